import { expect, test } from 'vitest'
import { dialectSigns } from '../../src/articles/dialects/dialect-signs.ts'
import { normaliseBody } from '../../src/articles/dialects/normalise-body.ts'
import { firstHeading, openingParagraph } from '../../src/articles/markdown/plain-text.ts'
import { renderMarkdown } from '../../src/articles/markdown/render-markdown.ts'
import { parseArticle } from '../../src/articles/parse.ts'
import { dialectNames } from '../../src/publication/dialects.ts'
import { makePublication } from './articles-world.ts'

const dialects = new Set(dialectNames)
const publication = makePublication('/nowhere')
const base = {
  publication,
  url: 'https://tide.example.org/articles/a',
  slug: 'a',
  dialects,
  params: new Map<string, string>(),
  addressOf: () => '/',
}

function read(body: string, path: string): void {
  const context = { path, dialects, params: new Map<string, string>(), addressOf: () => '/', fileNamed: () => undefined }
  dialectSigns(body, path)
  normaliseBody(body, context)
  firstHeading(body, context)
  openingParagraph(body.slice(0, 16_000), context)
}

function render(body: string, path: string): void {
  renderMarkdown(body, { ...base, path })
}

/** The best of three, in milliseconds. */
function timeOf(work: () => void): number {
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < 3; run++) {
    const began = performance.now()
    work()
    best = Math.min(best, performance.now() - began)
  }
  return best
}

/**
 * Four times the length may take four times as long, and twice that for the collector. Quadratic work would take sixteen times. Below
 * 50 ms, the clock decides. A busy machine gets further tries.
 */
function expectLinear(work: (length: number) => () => void, told: string): void {
  let ratio = 0
  for (let tries = 0; tries < 8; tries++) {
    const long = timeOf(work(65_536))
    if (long < 50) return
    ratio = long / timeOf(work(16_384))
    if (ratio <= 8) return
  }
  expect(ratio, told).toBeLessThanOrEqual(8)
}

function repeated(marker: string, length: number): string {
  return marker.repeat(Math.ceil(length / marker.length)).slice(0, length)
}

const markers = [
  ...[
    '{{<',
    '{{< a ',
    '{{%',
    '{%',
    '{% a ',
    '{{ ',
    '{:',
    '{: .a',
    '{#a ',
    '{.a',
    '{::',
    '[caption ',
    '[caption]',
    '[a b="',
    '[/a]',
    '![[',
    '[[a|',
    '%%',
    '==a',
    ' ^a',
  ],
  ...[
    '%[https://',
    '![a](b align="',
    ':a[',
    ':a[b]{',
    '::a\n',
    ':::a\n',
    '::\n',
    ':::\n',
    '::a{b="\n',
    '<A ',
    '<A>\n',
    '</A>\n',
    '<a-b>\n',
    '<a b={{',
    '{`',
    "{'",
    '<div>\n',
  ],
  ...[
    '<noscript>',
    '<script',
    '<iframe ',
    '<pre>',
    '`',
    '$',
    '# \t ',
    '# {',
    '> [!a',
    '    {{ x\n\n',
    '!!! a\n',
    '- [',
    'import a\n',
    'export const a = (',
    '<!--',
    '{/*',
    '[a][',
    '<b',
    '&a;',
  ],
]

test.each(markers)('%j repeated is read in proportion to its length', (marker) => {
  for (const path of ['a.md', 'a.mdx']) {
    expectLinear((length) => {
      const body = repeated(marker, length)
      return () => read(body, path)
    }, path)
  }
})

const blocks = [
  '# \t ',
  '> ',
  '- ',
  '1. ',
  '- [ ] a\n',
  '| a ',
  '|-\n',
  '***',
  '*a ',
  '_a_ ',
  '~~',
  '[a](',
  '![',
  '[^a]',
  '[a]: b\n',
  '^[a',
  '<a name="x">',
  '<h1 id="a">',
  '<b>',
  '</p>',
  '<li>',
  '<td>',
  '<table>',
  '<ul><p>',
  '<dt>',
  '<span><div>',
  '# a\n',
  '#a [b](#a)\n\n',
  'https://a.b/',
  '<p>a</p>\n',
  '&#x41;',
  '\\',
  '\u200b',
]

test.each(blocks)('%j repeated is shown in proportion to its length', (marker) => {
  expectLinear((length) => {
    const body = repeated(marker, length)
    return () => render(body, 'a.md')
  }, marker)
})

/** Front matter that repeats a unit, with its count. */
const frontMatters: readonly (readonly [string, string, (index: number) => string, string])[] = [
  ['YAML fields', '---\n', (index) => `k${index}: a\n`, '---\n'],
  ['YAML lists', '---\n', (index) => `k${index}: [a]\n`, '---\n'],
  ['YAML aliases', '---\na: &a [x]\n', (index) => `k${index}: *a\n`, '---\n'],
  ['YAML aliases in one list', '---\na: &a [x]\nb: [', () => '*a, ', ']\n---\n'],
  ['YAML anchors', '---\n', (index) => `k${index}: &a [x]\n`, '---\n'],
  ['YAML merge keys', '---\na: &a { b: c }\n', () => '<<: *a\n', '---\n'],
  ['YAML brackets', '---\na: ', () => '[', '\n---\n'],
  ['YAML indents', '---\na:\n', () => ' - - -\n', '---\n'],
  ['YAML quotes', '---\na: "', () => '\\" ', '\n---\n'],
  ['tabs', '---\na: b\n', () => '\tc: d\n', '---\n'],
  ['blank lines', '---\na: b\n', () => '\n', '---\n'],
  ['TOML fields', '+++\n', (index) => `k${index} = 1\n`, '+++\n'],
  ['TOML tables', '+++\n', (index) => `[k${index}]\n`, '+++\n'],
  ['TOML dates', '+++\n', (index) => `k${index} = 2026-01-01\n`, '+++\n'],
  ['JSON fields', '---json\n{', (index) => `"k${index}": 1,\n`, '"z": 1}\n---\n'],
  ['metadata lines', '', (index) => `Key${index}: a\n`, '\n'],
  ['comments', '<!--\n', (index) => `.. k${index}: a\n`, '-->\n'],
  ['fences', '', () => '---\n', ''],
  ['long fences', '', () => '-----', '\n'],
]

test.each(frontMatters)('%s are read in proportion to their length', (name, open, unit, end) => {
  expectLinear((length) => {
    let file = open
    // Longer front matter is refused unread.
    for (let index = 0; file.length < length - 1_000; index++) file += unit(index)
    file += end
    return () => fieldsOf(file)
  }, name)
})

function fieldsOf(file: string): void {
  parseArticle(file, 'a.md', { publication, authors: new Map(), dialects })
}
