import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { countReadMinutes } from '../../src/articles/markdown/plain-text.ts'
import { parseArticle } from '../../src/articles/parse.ts'
import type { ParsedArticle } from '../../src/articles/parsed-article.ts'
import { makePublication } from './articles-world.ts'

const publication = makePublication('/nowhere')
const settings = { publication, authors: new Map([['rae', 'Rae Mooring']]), dialects: new Set<never>() }
const page = 'https://tide.example.org/articles/a-file'
const native = readFileSync(new URL('./native.md', import.meta.url), 'utf8')

function parse(fields: string, body = 'Body.', path = 'a-file.md') {
  return parseArticle(`---\n${fields}\n---\n\n${body}\n`, path, settings)
}

function parsed(fields: string, body?: string, path?: string): ParsedArticle {
  const outcome = parse(`title: T\npublish_date: 2026-11-20\n${fields}`, body, path)
  if (!outcome.parsed) throw new Error(JSON.stringify(outcome.problems))
  return outcome.parsed
}

test('every field of the native front matter is read', () => {
  const { parsed: article, problems } = parseArticle(native, 'tide-tables.md', settings)
  expect(problems).toEqual([])
  expect(article).toMatchObject({
    slug: 'tide-tables',
    title: "Who Needs a Tide Table? The Harbour's Oldest Book, Opened Again",
    subtitle: 'How a page of figures kept two hundred boats off the bar',
    authors: ['Ruth Addlestone'],
    statedMinutes: 8,
    publishedAt: new Date('2025-02-08T00:00:00Z'),
    heroAddress: 'https://pictures.example.org/TIDE/1739023034712_table.webp',
    topics: [],
    isDraft: false,
  })
  expect(article?.callToAction(page)).toMatchObject({ label: 'Read on', url: page })
  expect(article?.callToAction(page)?.text).toMatch(/^Keep your feet dry! .* water is doing\.$/)
})

test.each([
  ['cta: Join us', { text: undefined, label: 'Join us' }],
  ['cta: Join us\ncta_label: Go', { text: 'Join us', label: 'Go' }],
  [`cta: ${'x'.repeat(32)}`, { text: undefined, label: 'x'.repeat(32) }],
  [`cta: ${'x'.repeat(33)}`, { text: 'x'.repeat(33), label: 'Read on' }],
  ['cta_label: Go', { text: undefined, label: 'Go' }],
])('%s becomes a call to action', (fields, expected) => {
  expect(parsed(fields).callToAction(page)).toMatchObject(expected)
})

test.each([
  ['https://example.org/ä b', 'https://example.org/%C3%A4%20b'],
  ['mailto:a@example.org', 'mailto:a@example.org'],
  ['/subscribe', 'https://tide.example.org/subscribe'],
  ['//example.org/x', 'https://example.org/x'],
])('cta_url %s leads to %s', (written, url) => {
  expect(parsed(`cta: Go\ncta_url: '${written}'`).callToAction(page)?.url).toBe(url)
})

test.each(['javascript:alert(1)', 'data:text/html,x', 'http://[bad', 'ftp://example.org'])(
  'cta_url %s is reported, and the button links to the article',
  (written) => {
    const { parsed: article, problems } = parse(`title: T\npublish_date: 2026-11-20\ncta: Go\ncta_url: '${written}'`)
    expect(article?.callToAction(page)?.url).toBe(page)
    expect(problems).toMatchObject([{ severity: 'warning', field: 'cta_url', line: 5 }])
  },
)

test.each([
  ['8 mins', 8],
  ['12', 12],
  ['1 hour 5 min', 65],
  ['2h', 120],
  ['soon', undefined],
  ['0', undefined],
])('read_time %s is %s minutes', (written, minutes) => {
  expect(parsed(`read_time: ${written}`).statedMinutes).toBe(minutes)
})

test('reading time is counted if none is written: at least one minute, by characters in Chinese', () => {
  expect(countReadMinutes('word '.repeat(2300))).toBe(10)
  expect(countReadMinutes('')).toBe(1)
  expect(countReadMinutes('潮'.repeat(2500))).toBe(5)
})

test.each([
  ['topics: [AI, Open Source, ai]', ['ai', 'open-source']],
  ['topics: Craft & making, coast', ['craft', 'coast']],
  ['topics: [2024, true]', ['2024', 'true']],
  ['topics: Погода', ['погода']],
  ['topics: []', []],
  ['topics: [C#, C, C++, .NET, ASP.NET, F#, Node.js]', ['c-sharp', 'c', 'c-plus-plus', 'dot-net', 'asp-net', 'f-sharp', 'node-js']],
  [
    "tags: ['#coast', 'C++17', 'LGBTQ+', 'Rock+Roll', 'C# 12', 'c/.net', '... and so on']",
    ['coast', 'c-plus-plus-17', 'lgbtq-plus', 'rock-roll', 'c-sharp-12', 'c-dot-net', 'and-so-on'],
  ],
])('the topics of %s become keys', (fields, keys) => {
  expect(parsed(fields).topics).toEqual(keys)
})

test.each([
  ['', 'essays/The first one.md', 'The-first-one'],
  ['', 'essays/first/index.md', 'first'],
  ['slug: Kept_as-Is', 'a.md', 'Kept_as-Is'],
  ['slug: 10', 'a.md', '10'],
])('the slug of %j in %s is %s', (fields, path, slug) => {
  expect(parsed(fields, '', path).slug).toBe(slug)
})

test.each(['a/b', '..', '.', 'a?b', 'a#b', 'a\\b', '%2e%2e'])('slug %s is refused', (slug) => {
  expect(parse(`title: T\npublish_date: 2026-11-20\nslug: '${slug}'`)).toMatchObject({
    parsed: undefined,
    problems: [{ severity: 'error', field: 'slug', line: 4 }],
  })
})

test('every error of a file is reported at once, each with its line', () => {
  const { problems } = parse('title: ""\npublish_date: [1]\nslug: a/b')
  expect(problems.map(({ field, line, reason }) => [field, line, reason])).toEqual([
    ['title', 2, 'title is empty'],
    ['publish_date', 3, 'publish_date must be text'],
    ['slug', 4, 'slug contains "/", which would change the address'],
  ])
})

test('missing fields are reported by name', () => {
  expect(parse('author: x').problems.map(({ reason }) => reason)).toEqual(['title is missing', 'publish_date is missing'])
})

test('an impossible publish date is an error, an impossible updated date a warning', () => {
  expect(parse('title: T\npublish_date: 2017-02-29')).toMatchObject({
    parsed: undefined,
    problems: [{ severity: 'error', field: 'publish_date' }],
  })
  expect(parse('title: T\npublish_date: 2017-02-28\nupdated_date: soon')).toMatchObject({
    parsed: { statedUpdatedAt: undefined },
    problems: [{ severity: 'warning', field: 'updated_date' }],
  })
})

test('a draft may lack any field', () => {
  for (const written of ['true', 'yes', 'on', '1', 'True']) {
    expect(parse(`draft: ${written}`)).toMatchObject({ parsed: undefined })
    expect(parse(`draft: ${written}`).problems.every(({ severity }) => severity === 'warning')).toBe(true)
  }
  expect(parsed('draft: false').isDraft).toBe(false)
})

test('control characters and lone surrogates are cleaned from every text', () => {
  const article = parse('title: "a\\u0000b\\u0007c\\uD800d\\uFFFEe\\nf"\npublish_date: 2026-11-20').parsed
  expect(article?.title).toBe('abc\uFFFDde f')
})

test('a description is taken from the subtitle, else from the opening paragraph', () => {
  expect(parsed('subtitle: S').description).toBe('S')
  expect(parsed('', '# Heading\n\n![pic](x.png)\n\nThe *first* [real](x) line.\n\nMore.').description).toBe('The first real line.')
  expect(parsed('', 'word '.repeat(200)).description.length).toBeLessThan(245)
})

test('the language is read from the front matter, else from the file name; other values are ignored', () => {
  expect(parsed('language: he').language).toBe('he')
  expect(parsed('locale: pt_br').language).toBe('pt-BR')
  expect(parsed('').language).toBeUndefined()
  for (const none of ['C++', 'English', '"a\\" onload=\\"x"', '[en, de]']) expect(parsed(`language: ${none}`).language).toBeUndefined()
})
