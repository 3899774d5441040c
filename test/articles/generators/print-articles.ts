// Prints the articles of each content folder as one line of JSON: node print-articles.ts FOLDER …
import { readArticles } from '../../../src/articles/articles.ts'
import { readPublication } from '../../../src/publication/read.ts'

const now = new Date('2026-11-24T09:00:00Z')
for (const folder of process.argv.slice(2)) {
  const reading = await readPublication(folder, undefined, 'http://localhost:3000')
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  const { articles, problems } = await readArticles(reading.publication, now)
  const printed = articles.map((article) => ({
    ...article,
    html: article.html(),
    hero: article.hero && { ...article.hero, file: article.hero.file?.type },
  }))
  process.stdout.write(`${JSON.stringify({ articles: printed, problems })}\n`)
}
