import fc from 'fast-check'
import { XMLValidator } from 'fast-xml-parser'
import { expect, test } from 'vitest'
import { mainPaths, openFeedsWorld, type ReadFeed, readers } from './feeds-world.ts'
import { type HostileCase, hostileCases } from './hostile-cases.ts'

const fileName = (index: number) => `case-${String(index).padStart(3, '0')}.md`

function fileOf({ file, fields = '', body = 'Body.' }: HostileCase): string {
  if (file !== undefined) return file
  const title = /^title:/m.test(fields) ? '' : 'title: T\n'
  return `---\n${title}publish_date: 2026-11-01\n${fields}\n---\n\n${body}\n`
}

// All cases share one folder, because no case may affect another.
const site = await openFeedsWorld(Object.fromEntries(hostileCases.map((one, index) => [fileName(index), fileOf(one)])), {
  publication: { feeds: { entries: 1_000, hub: undefined } },
})
const { articles } = site.world.articles.current()
const feeds = new Map<string, ReadFeed>()
const texts = new Map<string, string>()
for (const path of mainPaths) {
  const { text } = await site.fetch(path)
  texts.set(path, text)
  feeds.set(path, readers[path](text))
}
await site[Symbol.asyncDispose]()

test('the table has enough cases', () => {
  expect(hostileCases.length).toBeGreaterThanOrEqual(80)
})

test('each document is well formed and has no character that its format forbids', () => {
  for (const path of ['/feed.xml', '/atom.xml']) expect(XMLValidator.validate(texts.get(path) ?? ''), path).toBe(true)
  for (const text of texts.values()) {
    expect(text.isWellFormed()).toBe(true)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
    expect(text).not.toMatch(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/)
    expect(text).not.toMatch(/Invalid Date|NaN|<injected/)
  }
})

test('ids and addresses are the same in all formats, absolute and ASCII', () => {
  const [rss, ...others] = mainPaths.map((path) => feeds.get(path)?.entries.map(({ id, url }) => [id, url]))
  for (const other of others) expect(other).toEqual(rss)
  for (const [id = '', url = ''] of rss ?? []) {
    expect(id).toMatch(/^[a-z][a-z0-9+.-]*:[!-~]+$/)
    expect(url).toMatch(/^https:\/\/tide\.example\.org\/articles\/[!-~]+$/)
  }
  expect(new Set(rss?.map(([id]) => id)).size).toBe(rss?.length)
})

test.each(hostileCases.map((one, index) => [one.name, index, one] as const))('%s', (_, index, { expected }) => {
  const article = articles.find(({ path }) => path === fileName(index))
  if (!expected) {
    expect(article).toBeUndefined()
    return
  }
  expect(article).toBeDefined()
  for (const path of mainPaths) {
    const entry = feeds.get(path)?.entries.find(({ id }) => id === article?.id)
    expect(entry, path).toBeDefined()
    const { html, notHtml, ...same } = expected
    expect(entry, path).toMatchObject(same)
    if (html) expect(entry?.html, path).toMatch(html)
    if (notHtml) expect(entry?.html, path).not.toMatch(notHtml)
  }
})

test('any text in any field survives in all three formats', { timeout: 120_000 }, async () => {
  const signs = fc.constantFrom(
    '<',
    '>',
    '&',
    '"',
    "'",
    ']]>',
    '<![CDATA[',
    '&amp',
    'insertion:0;',
    '$&',
    '\\',
    ':',
    '#',
    '- ',
    '🌊',
    'ä',
    '\u00A0',
    '潮',
  )
  const texts = fc
    .array(fc.oneof({ weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 6 }) }, { weight: 2, arbitrary: signs }), {
      minLength: 1,
      maxLength: 12,
    })
    .map((parts) => `x${parts.join('')}x`)
    // Characters that no format allows are removed, and have their own cases above.
    // Complete entities and pairs of inline elements are resolved; they have their own cases too.
    .filter((text) => !/&#?\w+;|<\/[a-z]/i.test(text))
    .filter((text) => !/[\p{Cc}\p{Cs}\uFDD0-\uFDEF\uFFFE\uFFFF\u2028\u2029]/u.test(text))
  // An author's email address is removed, and of a link only the text is kept: both have their own tests.
  const authors = texts.filter((text) => !/<[^<>]+@[^<>]+>|\]\(/.test(text))
  const entries = fc.array(fc.record({ title: texts, description: texts, author: authors }), { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(entries, async (written) => {
      const files = written.map(({ title, description, author }, index) => [
        fileName(index),
        `---\ntitle: ${JSON.stringify(title)}\ndescription: ${JSON.stringify(description)}\nauthor: ${JSON.stringify(author)}\npublish_date: 2026-11-01\n---\n\n${title}\n`,
      ])
      await using world = await openFeedsWorld(Object.fromEntries(files))
      for (const path of mainPaths) {
        const read = readers[path]((await world.fetch(path)).text)
        const said = read.entries.map(({ title, summary, author }) => ({ title, description: summary, author }))
        expect(said).toEqual(written)
      }
    }),
    { numRuns: 25 },
  )
})
