import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readArticles } from '../../src/articles/articles.ts'
import { renderMarkdown } from '../../src/articles/markdown/render-markdown.ts'
import { parseArticle } from '../../src/articles/parse.ts'
import { dialectNames } from '../../src/publication/dialects.ts'
import { articleText, makeContent } from '../support/content.ts'
import { makePublication } from './articles-world.ts'

const publication = makePublication('/content')
const settings = { publication, authors: new Map<string, string>(), dialects: new Set(dialectNames) }
const base = {
  publication,
  path: 'a.mdx',
  url: 'https://tide.example.org/articles/a',
  slug: 'a',
  addressOf: () => undefined,
  dialects: new Set(dialectNames),
  params: new Map<string, string>(),
}

/** Far above the expected time, far below quadratic time. */
const limitMs = 5_000

function timed<Value>(work: () => Value): Value {
  const began = performance.now()
  const value = work()
  expect(performance.now() - began).toBeLessThan(limitMs)
  return value
}

const signs = [
  '{{',
  '}}',
  '{%',
  '%}',
  '{{<',
  '>}}',
  '`',
  '```',
  '~~~',
  '$',
  '$$',
  '<',
  '</',
  '<A',
  '<A b={',
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  ':::',
  '!!!',
  '<!--',
  '-->',
  'import a from "b"',
  'export const a = (',
  '[^1]',
  '> ',
  '{: .a',
  '\n',
  ' ',
  '"',
  "'",
  '=',
  '{% for',
  '{% endraw %}',
  '{% raw %}',
  ':a:',
  '[[',
  '<pre>',
  '{#a}',
]

test.each(signs)('a body of nothing but %j is rendered in bounded time', (sign) => {
  for (const between of ['', ' a\n'])
    timed(() => renderMarkdown((sign + between).repeat(Math.floor(15_000 / (sign.length + between.length))), base))
})

test.each([
  ['850 KB of words', 'word and {{ more }} '.repeat(44_000)],
  ['forty thousand blank lines', `a${'\n'.repeat(40_000)}b {{ c }}`],
  ['deep quotes', `${'> '.repeat(5_000)}a`],
  ['deep lists', Array.from({ length: 400 }, (_, depth) => `${'  '.repeat(depth)}- a`).join('\n')],
  ['deep brackets', `${'['.repeat(20_000)}a${'](b)'.repeat(20_000)}`],
  ['deep elements', '<div><Foo>'.repeat(10_000)],
  ['deep emphasis', `${'*_'.repeat(20_000)}a`],
])('%s are read and rendered in bounded time', (_, body) => {
  const { parsed } = timed(() => parseArticle(`---\ntitle: T\npublish_date: 2026-11-20\n---\n${body}`, 'a.mdx', settings))
  expect(typeof timed(() => renderMarkdown(parsed?.body ?? '', base))).toBe('string')
})

test('any file becomes an article or a problem, and its HTML is safe to show', () => {
  const piece = fc.oneof(
    fc.constantFrom(...signs),
    fc.string({ maxLength: 12, unit: 'binary' }),
    fc.constantFrom(
      'title: a\n',
      'date: 2026-01-01\n',
      '---\n',
      '+++\n',
      'date = 2026-01-01\n',
      '- ',
      '  ',
      'tags: [',
      '&x',
      '*x',
      '!!js/function ',
    ),
  )
  const file = fc.tuple(
    fc.constantFrom('', '---\n', '+++\n', '{', '---\ntitle: T\ndate: 2026-01-01\n---\n'),
    fc.array(piece, { maxLength: 40 }),
  )
  fc.assert(
    fc.property(file, ([fence, pieces]) => {
      const text = fence + pieces.join('')
      const { parsed, problems } = parseArticle(text, 'a.mdx', settings)
      if (!parsed) {
        expect(problems.length).toBeGreaterThan(0)
        return
      }
      expect(`${parsed.title} ${parsed.description} ${parsed.authors.join()} ${parsed.topics.join()}`).not.toMatch(/\[object |Invalid Date/)
      expect(Number.isNaN(parsed.publishedAt.getTime())).toBe(false)
      const html = renderMarkdown(parsed.body, base)
      expect(html).not.toMatch(/\uFDD0|<script|\son\w+=/i)
      for (const [, address = ''] of html.matchAll(/<[^<>]*\s(?:href|src)="([^"]*)"/g))
        expect(address).toMatch(/^(?:https?:\/\/|mailto:|tel:)/)
    }),
    { numRuns: 400 },
  )
})

test('no path leads outside the folder: not by a link, a permalink, a picture or the authors file', async () => {
  await using outside = await makeContent({ 'secret.md': articleText({ title: 'Secret' }) })
  await using content = await makeContent({
    'a.md': articleText({ extra: 'permalink: /../../etc/passwd\n', body: '![x](../../../etc/x.png) [y](/../../etc/passwd)' }),
    'b.md': articleText({ title: 'B', extra: "slug: '../b'\n" }),
    'c.md': articleText({ title: 'C' }).replace(/heroImage: .*/, 'heroImage: ../../../../../etc/hostname.png'),
  })
  await symlink(join(outside.folder, 'articles/secret.md'), join(content.folder, 'articles/secret.md'))
  await symlink(join(outside.folder, 'articles'), join(content.folder, 'articles/folder'))
  await symlink('/etc/passwd', join(content.folder, 'articles/authors.yml'))
  const { articles, problems } = await readArticles(makePublication(content.folder), new Date('2026-11-24'))
  expect(articles.map(({ slug }) => slug)).toEqual(['a', 'c'])
  expect(articles.map((article) => article.html()).join()).not.toMatch(/<img|\.\.\//)
  expect(problems.map(({ path, field }) => [path, field])).toEqual(
    expect.arrayContaining([
      ['a.md', 'permalink'],
      ['b.md', 'slug'],
      ['c.md', 'heroImage'],
      ['secret.md', undefined],
    ]),
  )
})

test('a thousand files and nested folders are read', async () => {
  await using content = await makeContent({})
  let folder = join(content.folder, 'articles')
  for (let depth = 0; depth < 60; depth++) folder = join(folder, 'd')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'deep.md'), articleText())
  for (let index = 0; index < 1_000; index++)
    await writeFile(join(content.folder, `articles/n${index}.md`), `---\ntitle: A\npublish_date: 2026-01-01\n---\nText ${index}.\n`)
  const { articles, problems } = await readArticles(makePublication(content.folder), new Date('2026-11-24'))
  expect(problems).toEqual([])
  expect(articles).toHaveLength(1_001)
})
