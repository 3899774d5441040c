import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Snapshot } from '../../src/articles/article.ts'
import { readArticles } from '../../src/articles/articles.ts'
import { frameIds } from '../../src/articles/markdown/article-frame.ts'
import { validFragment } from '../../src/articles/markdown/valid-fragment.ts'
import { bodyForMail } from '../../src/email/body.ts'
import { atom } from '../../src/feeds/formats/atom.ts'
import { json } from '../../src/feeds/formats/json.ts'
import { rss } from '../../src/feeds/formats/rss.ts'
import { decodeEntities } from '../../src/platform/html/decode.ts'
import { readPublication } from '../../src/publication/read.ts'
import { makeContent } from '../support/content.ts'
import { english } from '../support/english.ts'

const feedContext = { publicationUrl: 'https://blog.example.org', topics: new Map(), readOn: () => 'Read on' }

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

test('ids of the text occur once on the page, and links into the text lead to them', async () => {
  const frame = ['partials/frame', 'partials/invitation', 'article'].map((name) =>
    readFileSync(new URL(`../../templates/pages/${name}.liquid`, import.meta.url), 'utf8'),
  )
  const ids = frame.flatMap((text) => [...text.matchAll(/ id="([^"{]+)"/g)].map(([, id = '']) => id))
  expect([...new Set(ids)].filter((id) => !frameIds.includes(id))).toEqual([])
  const page = 'https://blog.example.org/articles/one'
  const { html } = await articleOf(
    '## Main\n\n## Story\n\n[a](#main) [b](#story) [c](#place) [d](#tide)\n\n## Story\n\n<p id="main">x</p>\n\n<a name="place">y</a>\n\n## Tide\n\n`<p id="main">`',
  )
  const written = [...html.matchAll(/<[a-z0-9]+ id="([^"]+)"/g)].map(([, id]) => id)
  expect(written).toEqual(['main-1', 'story-1', 'story-1-1', 'main-2', 'place', 'tide'])
  expect([...html.matchAll(/href="([^"]+)"/g)].map(([, href]) => href)).toEqual(
    ['main-1', 'story-1', 'place', 'tide'].map((id) => `${page}#${id}`),
  )
  expect(html).toContain('&lt;p id="main"&gt;')
})

test('the alignment of a table is kept on the page, in each feed and in mail', async () => {
  const { article, html } = await articleOf(
    '| a | b |\n|--:|:-:|\n| 1 | 2 |\n\n<table><tr><td style="color: red; text-align: right">3</td></tr></table>',
  )
  const mail = bodyForMail({ html, limit: 1_000_000, pictures: [] }, english).html
  const entries = [rss, atom, json].map((writer) => decodeEntities(writer.entry(article, feedContext).replaceAll('\\"', '"')))
  for (const shown of [html, mail, ...entries]) {
    expect(shown.match(/<t[hd] align="(?:right|center)">/g)).toHaveLength(5)
  }
})

test.each([
  ['stray ends of elements', 'a</source></p></div>b</li>c', 'a<p></p>bc'],
  ['a list in a paragraph', '<p>a<ul><li>b</ul>c</p>', '<p>a</p><ul><li>b</li></ul>c<p></p>'],
  ['items without a list', '<div><li>a<li>b</div><dt>c<dd>d', '<div><ul><li>a</li><li>b</li></ul></div><dl><dt>c</dt><dd>d</dd></dl>'],
  ['cells without a table', '<div><tr><td>a</td><td>b</td></tr></div>', '<div>ab</div>'],
  ['text in a list', '<ul>a<li>b</li><p>c</p></ul>', '<ul><li>a</li><li>b</li><li><p>c</p></li></ul>'],
  ['text in a table', '<table>a<tr><td>b</td></tr></table>', 'a<table><tbody><tr><td>b</td></tr></tbody></table>'],
  ['a block in a phrase', '<span><div>a</div></span>', '<div>a</div>'],
  ['a block in a heading', '<h2>a<div>b</div></h2>', '<h2>a b </h2>'],
  ['a summary and a caption apart', '<summary>a</summary><figcaption>b</figcaption>', '<p>a</p><div>b</div>'],
  [
    'a link in a link',
    '<div><a href="https://a.example/">a<a href="https://b.example/">b</a></a></div>',
    '<div><a href="https://a.example/">a</a><a href="https://b.example/">b</a></div>',
  ],
  ['sources alone', '<div><source src="https://a.example/a.mp3"><track src="https://a.example/t.vtt">a</div>', '<div>a</div>'],
])('%s become a valid fragment with every word', (_, written, html) => {
  expect(validFragment(written)).toBe(html)
})

test('a valid fragment stays as it is', () => {
  const html =
    '<details open><summary>a</summary><dl><dt>b</dt><dd>c</dd></dl></details>\n<ruby>d<rp>(</rp><rt>e</rt></ruby><figure><picture><source src="https://a.example/a.avif" /><img src="https://a.example/a.jpg" alt="" /></picture><figcaption>"f" &amp; g</figcaption></figure><ol start="3"><li value="4">h<br />i</li></ol><a href="https://a.example/"><h2>j</h2></a>'
  expect(validFragment(html)).toBe(html)
})

test('headings stand below the title of the page, whether Markdown or HTML', async () => {
  const { html } = await articleOf('Words\n\n# One\n\n<h1 title="a &lt;h1">Two</h1>\n\n## Three\n\n###### Six\n\n`<h1>`')
  expect([...html.matchAll(/<(h[1-6])/g)].map(([, name]) => name)).toEqual(['h2', 'h2', 'h3', 'h6'])
})

test.each([
  ['lists', Array.from({ length: 120 }, (_, level) => `${'  '.repeat(level)}- level${level}`).join('\n')],
  ['quotes', Array.from({ length: 120 }, (_, level) => `${'>'.repeat(level + 1)} level${level}\n${'>'.repeat(level + 1)}`).join('\n')],
  ['emphases', Array.from({ length: 120 }, (_, level) => `level${level} *a **b`).join(' ')],
  ['elements', Array.from({ length: 120 }, (_, level) => `<div>level${level}`).join('\n')],
])('no word of deeply nested %s is lost', async (_, body) => {
  const { html } = await articleOf(body)
  const shown = html.replace(/<[^>]*>/g, ' ')
  for (let level = 0; level < 120; level++) expect(shown).toMatch(new RegExp(`level${level}(?!\\d)`))
})
