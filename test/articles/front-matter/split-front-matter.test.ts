import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readSimpleYaml } from '../../../src/articles/front-matter/simple-yaml.ts'
import { readWholeYaml, splitFrontMatter } from '../../../src/articles/front-matter/split-front-matter.ts'

function fieldsOf(file: string): Record<string, unknown> {
  const split = splitFrontMatter(file)
  if (split.status === 'refused') throw new Error(split.reason)
  return { ...split.frontMatter.fields, body: split.frontMatter.body }
}

function refusal(file: string): { line: number | undefined; reason: string } {
  const split = splitFrontMatter(file)
  if (split.status !== 'refused') throw new Error('it was not refused')
  return { line: split.line, reason: split.reason }
}

test('scalars stay text', () => {
  const file = '---\ntitle: 1.10\nyear: 2024\non: yes\nday: 2025-02-08\nempty:\nnone: null\nquoted: "null"\n---\nBody\n'
  expect(fieldsOf(file)).toEqual({ title: '1.10', year: '2024', on: 'yes', day: '2025-02-08', quoted: 'null', body: 'Body\n' })
})

test.each([
  ['a byte order mark', '\uFEFF---\ntitle: a\n---\nb\nc'],
  ['CRLF', '---\r\ntitle: a\r\n---\r\nb\r\nc'],
  ['lone CR', '---\rtitle: a\r---\rb\rc'],
  ['blanks behind the fences', '---  \ntitle: a\n--- \t\nb\nc'],
])('%s makes no difference', (_, file) => {
  expect(fieldsOf(file)).toEqual({ title: 'a', body: 'b\nc' })
})

test.each(['js', 'javascript', 'JS', ' js ', 'coffee', 'cson', 'jsx', 'toString', '__proto__', 'constructor'])(
  'a fence marked %s is refused and its code never runs',
  (language) => {
    const file = `---${language}\n(globalThis.ranFrontMatter = true, {title: 'x'})\n---\n`
    expect(refusal(file).reason).toContain(`"${language.trim()}" is not supported`)
    expect(globalThis).not.toHaveProperty('ranFrontMatter')
  },
)

test.each([
  ['---\ntitle: a\n', 1, 'is not closed'],
  ['---\ntitle: a\n---oops\nb', 3, 'is closed by "---oops"'],
  ['---\ntitle: a\nsubtitle: one: two\n---\n', 3, 'put quotes around'],
  ['+++\ntitle = "a"\nwhen = soon\n+++\n', 3, 'not valid TOML'],
  ['+++\ntitle = "a"\n', 1, 'is not closed'],
  ['{\n  "title": "a",\n}\n', 1, 'not valid JSON'],
  ['{ "title": "a"\n', 1, 'its last brace is missing'],
  ['---\ntitle: "a\n---\n', 3, 'quote'],
  ['---\n- a\n- b\n---\n', 2, 'not a list of fields'],
  ['---\n? [a]\n: b\n---\n', 2, 'must be text'],
  [`---\na: ${'['.repeat(20_000)}\n---\n`, 2, 'nested too deeply'],
  [`---\na: ${'x'.repeat(70_000)}\n---\n`, 1, 'longer than 64 KB'],
])('%j is refused with line and reason', (file, line, reason) => {
  expect(refusal(file).line).toBe(line)
  expect(refusal(file).reason).toContain(reason)
})

test.each([
  ['TOML', '+++\ntitle = "a"\ndate = 2016-01-29\n[taxonomies]\ntags = ["b"]\n+++\nc'],
  ['YAML', '---\ntitle: a\ndate: 2016-01-29\ntaxonomies: { tags: [b] }\n---\nc'],
  ['YAML that ends as a document does', '---\ntitle: a\ndate: 2016-01-29\ntaxonomies: { tags: [b] }\n...\nc'],
  ['YAML below blank lines', '\n\n---\ntitle: a\ndate: 2016-01-29\ntaxonomies: { tags: [b] }\n---\nc'],
  ['YAML without its first line', 'title: a\ndate: 2016-01-29\ntaxonomies: { tags: [b] }\n---\nc'],
  ['YAML with a bracket that is not indented', '---\ntitle: a\ndate: 2016-01-29\ntaxonomies:\n  tags: [\n    b\n  ]\n---\nc'],
  ['JSON', '{\n"title": "a", "date": "2016-01-29", "taxonomies": { "tags": ["b"] } }\nc'],
  ['JSON by its fence', '---json\n{"title": "a", "date": "2016-01-29", "taxonomies": { "tags": ["b"] } }\n---\nc'],
])('front matter in %s is read', (_, file) => {
  expect(fieldsOf(file)).toEqual({ title: 'a', date: '2016-01-29', taxonomies: { tags: ['b'] }, body: 'c' })
})

test.each(['', 'Just text.\n', '----\nJust text: of course\n\nMore.\n', 'Note: this\n---\n', '{{< figure >}}\n', '{% include x %}'])(
  '%j has no front matter',
  (file) => {
    expect(fieldsOf(file)).toEqual({ body: file })
  },
)

test.each([
  ['---\ntitle: a\ntitle: b\n---\n', 3, 'title is written twice', { title: 'b' }],
  ['---\ntitle: b\ntags: [\nc,\nd\n]\nx:\n\t- y\n---\n', 4, 'indented with a tab', { title: 'b', tags: ['c', 'd'], x: ['y'] }],
  ['---\ntitle: b\ntags:\n\t- c\n---\n', 4, 'indented with a tab', { title: 'b', tags: ['c'] }],
])('%j is read as meant, with a remark', (file, line, reason, fields) => {
  const split = splitFrontMatter(file)
  expect(split).toMatchObject({ status: 'split', frontMatter: { fields, remarks: [{ line }] } })
  expect(split.status === 'split' && split.frontMatter.remarks[0]?.reason).toContain(reason)
})

test.each([
  ['a long line of dashes', '------\ntitle: "a"\n---\nb'],
  ['two long lines of dashes', '-----\n# a comment\ntitle: a\n-----\nb'],
  ['a licence in a comment above', '<!-- SPDX: MIT -->\n\n---\ntitle: a\n---\nb'],
  ['two comments above', '{/* MDX */}\n<!--\na\nb\n-->\n+++\ntitle = "a"\n+++\nb'],
  ['blank lines and two byte order marks above', '\uFEFF\uFEFF \n\n---\ntitle: a\n---\nb'],
  ['a quoted text that goes on at the margin', '---\ntitle: "a"\n---\nb'],
  ['JSON between semicolons', ';;;\n{"title": "a"}\n;;;\nb'],
  ['JSON without braces between semicolons', ';;;\n"title": "a"\n;;;\nb'],
  ['JSON without braces above semicolons', '"title": "a"\n;;;\nb'],
  ['fields between semicolons', ';;;;;\ntitle: a\n;;;;;\nb'],
  ['TOML named at its fence', '+++toml\ntitle = "a"\n+++\nb'],
])('front matter with %s is read', (_, file) => {
  expect(fieldsOf(file)).toEqual({ title: 'a', body: 'b' })
})

test.each([
  ['"a title that goes on\non the next line"', 'a title that goes on on the next line'],
  ["'it''s one\n\nof two'", "it's one\nof two"],
  ['"a \\"quoted\\"\nword"', 'a "quoted" word'],
])('a quoted text that goes on at the margin is read as other YAML readers do: %j', (written, title) => {
  expect(fieldsOf(`---\nlayout: x\ntitle: ${written}\ndate: 2024-01-02\n---\nb`)).toEqual({
    layout: 'x',
    title,
    date: '2024-01-02',
    body: 'b',
  })
  expect(fieldsOf(`---\nseo:\n  title: ${written}\ntext: |\n  it's\n  "kept"\n---\n`)).toMatchObject({
    seo: { title },
    text: 'it\'s\n"kept"\n',
  })
})

test.each([
  ['Pelican', 'Title: Tide tables\nDate: 2024-02-03\nTags: a b; c, d\nSummary: One\n    and two\n\nText.\n\nHead\n----\n'],
  ['Python-Markdown', 'title:   Tide tables\ndate:    2024-02-03\ntags: a b\n      c, d\nsummary: One and two\n\nText.\n\nHead\n----\n'],
  ['Frog', '    Title: Tide tables\n    Date: 2024-02-03\n    Tags: a b,  "c, d"\n    Summary: One and two\n\nText.\n\nHead\n----\n'],
  ['Nikola', '<!--\n.. title: Tide tables\n.. date: 2024-02-03\n.. tags: a b\n.. summary: One and two\n-->\n\nText.\n\nHead\n----\n'],
])('the metadata lines of %s are read', (_, file) => {
  const { title, date, summary, body } = fieldsOf(file)
  expect({ title, date, summary }).toEqual({ title: 'Tide tables', date: '2024-02-03', summary: 'One and two' })
  expect(String(body).trim()).toBe('Text.\n\nHead\n----')
})

test('metadata lines keep their lists and line numbers, and an empty one is not there', () => {
  const split = splitFrontMatter('\nTitle: a\nAuthors: Ann; Bo\nTags: c, d e\nSlug:\n\nb')
  if (split.status === 'refused') throw new Error(split.reason)
  expect({ ...split.frontMatter.fields }).toEqual({ title: 'a', authors: ['Ann', 'Bo'], tags: ['c', 'd e'] })
  expect(split.frontMatter.lines.get('tags')).toBe(4)
  expect(split.frontMatter.isThere).toBe(true)
})

test.each([
  'Note: this is prose.\n\nMore.\n',
  'Summary: the water rose.\n\nMore.\n',
  'Question: who?\nAnswer: we.\n\nMore.\n',
  'Title: a\nWarning: not a field\n\nb',
  'Title: of the song\nwas unknown.\n',
  '<!-- a remark: here -->\n\nText',
  '    Title: code\n    x = 1\n',
])('prose that begins like metadata is prose: %j', (file) => {
  expect(fieldsOf(file)).toEqual({ body: file })
})

test.each([
  ['~~~\n{% set title = "a" %}\n~~~\nb', 'template language'],
  ['~~~{% set title = "a" %}~~~\nb', 'template language'],
  ['---\n#lang pollen\ntitle: a\n---\nb', '"#lang pollen" is not supported'],
  ['{:title "a"\n :date "2024-01-02"}\nb', 'EDN'],
  ['@def title = "a"\nb', 'Julia'],
  ['\u2014\ntitle: a\n\u2014\nb', 'long dashes'],
])('front matter in another language is named: %j', (file, words) => {
  expect(refusal(file)).toMatchObject({ line: 1, reason: expect.stringContaining(words) })
})

test('long front matter that is nearly valid is refused in time', () => {
  const began = performance.now()
  for (const piece of ['"a', "x: 'a\n", 'a: [\n', '<!--', '<!-- -->\n', 'Title: a\n', ';;;\n', '----\n', ' ', '{#'])
    for (const start of ['', '---\n', '<!--\n', 'Title: a\n']) splitFrontMatter(start + piece.repeat(60_000 / piece.length))
  expect(performance.now() - began).toBeLessThan(10_000)
})

test('an impossible date stays unchanged in every format', () => {
  expect(fieldsOf('---\ndate: 2017-02-29\n---\n').date).toBe('2017-02-29')
  expect(fieldsOf('+++\ndate = 2017-02-29 # leap\n+++\n').date).toBe('2017-02-29')
})

test('an alias bomb is refused', () => {
  const bomb = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join('\n')
  expect(refusal(`---\na0: &a0 [x, x]\n${bomb}\n---\n`).reason).toContain('alias')
})

test('forty thousand blank lines are read', () => {
  expect(fieldsOf(`---\ntitle: a\n${'\n'.repeat(40_000)}---\n${'\n'.repeat(40_000)}b`)).toMatchObject({ title: 'a' })
})

test('a field called __proto__ is a field', () => {
  expect(fieldsOf('---\n__proto__: { polluted: yes }\n---\n')).not.toHaveProperty('polluted')
  expect({}).not.toHaveProperty('polluted')
})

test('two reads of one text share no objects', () => {
  const file = '---\ntags: [a]\n---\n'
  expect(fieldsOf(file).tags).not.toBe(fieldsOf(file).tags)
})

test('line numbers are those of the file', () => {
  const split = splitFrontMatter('---\n# a comment\ntitle: a\n\nsubtitle: >\n  b\n  c\nauthor: d\n---\n')
  expect(split.status === 'split' && [...split.frontMatter.lines]).toEqual([
    ['title', 3],
    ['subtitle', 5],
    ['author', 8],
  ])
})

test('any file is split or refused with a reason', () => {
  const pieces = fc.constantFrom(
    '---',
    '---js',
    '\n',
    '\r\n',
    ':',
    ' ',
    '- ',
    '&a',
    '*a',
    '"',
    "'",
    '{',
    '[',
    '|',
    '>',
    '!!',
    '%',
    '#',
    'title',
    '\t',
    '\0',
    '\uD800',
  )
  const files = fc.array(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 60 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(
      fc.oneof(
        files,
        files.map((text) => `---\n${text}`),
      ),
      (file) => {
        const split = splitFrontMatter(file)
        return split.status === 'split' ? typeof split.frontMatter.body === 'string' : split.reason.length > 0
      },
    ),
    { numRuns: 2000 },
  )
})

/** Simple and nearly simple blocks: characters with a meaning in YAML, in places where they may have it. */
const nearlySimple = fc
  .array(
    fc.tuple(
      fc.oneof(
        { weight: 3, arbitrary: fc.stringMatching(/^[a-f]{1,3}$/) },
        fc.constantFrom('a-b', '_x', 'null', 'true', '__proto__', 'ü', '1', ''),
      ),
      fc.oneof({ weight: 5, arbitrary: fc.constant(': ') }, fc.constantFrom(':', ':  ', ' : ', ': \t', ' ')),
      fc.oneof(
        fc.string({ unit: fc.constantFrom(...`ab1 :#,[]{}&*!|>'"%@\`-?.~\\=<\t\u00a0é漢😀\u2028\u0085\ufeff`), maxLength: 12 }),
        fc.constantFrom(
          'null',
          'Null',
          'true',
          '1.10',
          '0x1f',
          '2026-11-24',
          "'it''s'",
          '"a b"',
          '[a, b]',
          '[ a,b ]',
          '[a, true]',
          '[]',
          '',
          'x #y',
          'x: y',
          '- z',
          '~',
        ),
      ),
      fc.oneof({ weight: 5, arbitrary: fc.constant('\n') }, fc.constantFrom(' \n', '\n\n', '\n  more\n', '\n# note\n', '\n- item\n')),
    ),
    { maxLength: 4 },
  )
  .map((lines) => lines.map((parts) => parts.join('')).join(''))

test('the fast path reads the same values as the YAML package', () => {
  fc.assert(
    fc.property(nearlySimple, (block) => {
      const simple = readSimpleYaml(block)
      if (!simple) return
      const lines = new Map<string, number>()
      expect({ ...readWholeYaml(block, { lines, remarks: [] }) }).toEqual({ ...simple.fields })
      expect([...lines]).toEqual([...simple.lines])
    }),
    { numRuns: 5_000 },
  )
  const usual =
    "title: 'It''s here'\n\nauthor: B. Ench (2026, at sea) \ntopics: [a, b-c]\npublish_date: 2026-10-31\ncta: \"Read on: there\"\n"
  expect({ ...readSimpleYaml(usual)?.fields }).toEqual({
    title: "It's here",
    author: 'B. Ench (2026, at sea)',
    topics: ['a', 'b-c'],
    publish_date: '2026-10-31',
    cta: 'Read on: there',
  })
})

test('merge keys give the fields that a map does not state itself', () => {
  const file =
    '---\nbase: &base { title: Base, topics: [a] }\nmore: &more { <<: *base, author: B }\n<<: [*more, { title: Last }]\ntitle: Own\nlist: { <<: *base, title: In }\n---\n'
  expect(fieldsOf(file)).toMatchObject({ title: 'Own', topics: ['a'], author: 'B', list: { title: 'In', topics: ['a'] } })
  expect(fieldsOf('---\n"<<": { title: a }\nx: 1\n---\n')).not.toHaveProperty('title')
})

test('a map that merges itself is refused', () => {
  expect(refusal('---\na: &a { <<: *a, title: T }\n<<: *a\n---\n').reason).toMatch(/^the front matter cannot be read/)
})

test('too many aliases are refused with their line, before any is resolved', () => {
  const lines = Array.from({ length: 101 }, (_, index) => `k${index}: *a`).join('\n')
  expect(refusal(`---\na: &a [x]\n${lines}\n---\n`)).toEqual({
    line: 103,
    reason: 'the front matter has more than 100 aliases (*name)',
  })
})

test.each([
  [
    'TOML',
    '+++\ntitle = "a"\n"quoted key" = 1\n[params]\nx = 2\n[[list]]\ny.z = 3\n+++\n',
    { title: 2, 'quoted key': 3, params: 4, list: 6 },
  ],
  ['JSON', '---json\n{\n"title": "a: \\"b\\": c",\n\n "other" : 1\n}\n---\n', { title: 3, other: 5 }],
])('each field of %s has its line', (_, file, lines) => {
  const split = splitFrontMatter(file)
  if (split.status === 'refused') throw new Error(split.reason)
  expect(Object.fromEntries(split.frontMatter.lines)).toEqual(lines)
})
