import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Snapshot } from '../../src/articles/article.ts'
import { readArticles } from '../../src/articles/articles.ts'
import { atom } from '../../src/feeds/formats/atom.ts'
import { json } from '../../src/feeds/formats/json.ts'
import { rss } from '../../src/feeds/formats/rss.ts'
import { readPublication } from '../../src/publication/read.ts'
import { makeContent } from '../support/content.ts'

const feedContext = { publicationUrl: 'https://blog.example.org', topics: new Map() }

async function read(files: Readonly<Record<string, string>>): Promise<Snapshot> {
  await using content = await makeContent({}, 'title: Blog\nurl: https://blog.example.org\n')
  for (const [path, text] of Object.entries(files)) await content.write(join('articles', path), text)
  const reading = await readPublication(content.folder, undefined, 'http://localhost:3000')
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  return readArticles(reading.publication, new Date('2026-11-24T09:00:00Z'))
}

function withFields(body: string, fields = ''): string {
  return `---\ntitle: A title\npublish_date: 2026-11-01\n${fields}---\n${body}\n`
}

async function articleOf(body: string, fields = '') {
  const { articles, problems } = await read({ 'one.md': withFields(body, fields) })
  const [article] = articles
  if (!article) throw new Error(JSON.stringify(problems))
  return { ...article, html: article.html(), article, problems }
}

test.each(['\\u200B', '\\u3164', '\\u00AD', '\\u2800\\u200D', '&#8203;', ' \\u2060 '])(
  'a title of nothing but %s is refused as empty',
  async (title) => {
    const { articles, problems } = await read({ 'a.md': `---\ntitle: "${title}"\npublish_date: 2026-11-01\n---\nWords\n` })
    expect(articles).toEqual([])
    expect(problems).toMatchObject([{ severity: 'error', field: 'title', line: 2, reason: 'title is empty' }])
  },
)

test('an article without any words has no summary in a feed, not an empty one', async () => {
  const { article } = await articleOf('![A boat](https://pics.example.org/a.jpg)')
  expect(article.description).toBe('')
  expect(atom.entry(article, feedContext)).not.toContain('<summary')
  expect(rss.entry(article, feedContext)).not.toContain('<description')
  expect(json.entry(article, feedContext)).not.toContain('"summary"')
})

test('enclosures are read as names and as maps', async () => {
  const audio = 'https://pics.example.org/a.mp3'
  const { enclosures, problems } = await articleOf(
    'Words',
    `enclosures: [{ url: ${audio}, type: audio/x-own, length: 12 }, ${audio}, { url: "https://x.example.org/b" }]\n`,
  )
  expect(enclosures).toEqual([
    { url: audio, type: 'audio/x-own', bytes: 12 },
    { url: audio, type: 'audio/mpeg', bytes: 0 },
  ])
  expect(problems).toMatchObject([{ field: 'enclosures', reason: expect.stringContaining('write its type') }])
})
