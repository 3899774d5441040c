import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readArticles } from '../../src/articles/articles.ts'
import { bodyForMail } from '../../src/email/body.ts'
import { atom } from '../../src/feeds/formats/atom.ts'
import { json } from '../../src/feeds/formats/json.ts'
import { rss } from '../../src/feeds/formats/rss.ts'
import { decodeEntities } from '../../src/platform/html/decode.ts'
import { readPublication } from '../../src/publication/read.ts'
import { makeContent } from '../support/content.ts'
import { english } from '../support/english.ts'
import { fixtureBlogs } from './blogs/blogs.ts'
import { png } from './files/image-bytes.ts'

test.each(fixtureBlogs)(
  'every address and title of $name stands on the page, in each feed and in mail',
  async ({ articles, files, title, shown, hidden }) => {
    await using content = await makeContent({}, `title: Blog\nurl: https://blog.example.org\narticles: ${articles}\n`)
    for (const [path, text] of Object.entries(files)) {
      await content.write(path, text)
      if (text === 'PNG') await writeFile(join(content.folder, path), png(600, 400))
    }
    const reading = await readPublication(content.folder, undefined, 'http://localhost:3000')
    if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
    const snapshot = await readArticles(reading.publication, new Date('2026-11-24T09:00:00Z'))
    const article = snapshot.articles.find((one) => one.title === title)
    if (!article) throw new Error(JSON.stringify([snapshot.problems, snapshot.articles.map((one) => one.title)]))
    const html = article.html()
    for (const syntax of hidden) expect(html.replace(/<code[\s\S]*?<\/code>/g, '')).not.toContain(syntax)
    const context = { publicationUrl: 'https://blog.example.org', topics: new Map(), readOn: () => 'Read on' }
    const entries = [rss, atom, json].map((writer) => decodeEntities(decodeEntities(writer.entry(article, context).replaceAll('\\"', '"'))))
    const mail = bodyForMail({ html, limit: 1_000_000, pictures: [] }, english).html
    for (const told of [html, mail, ...entries]) for (const one of shown) expect(told).toContain(one)
    for (const entry of entries) expect(entry).toContain(title)
  },
)
