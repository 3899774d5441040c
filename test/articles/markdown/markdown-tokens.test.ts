import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import fc from 'fast-check'
import MarkdownIt, { type Token } from 'markdown-it'
import footnotes from 'markdown-it-footnote'
import sanitizeHtml from 'sanitize-html'
import { expect, test } from 'vitest'
import { maxNesting, sanitizeOptions } from '../../../src/articles/markdown/allowed-html.ts'
import { cleanTokens, type RenderEnv, writeAsSanitized } from '../../../src/articles/markdown/markdown-tokens.ts'
import { renderMarkdown } from '../../../src/articles/markdown/render-markdown.ts'
import { makePublication } from '../articles-world.ts'

const base = {
  publication: makePublication('/content'),
  path: 'essays/this.md',
  url: 'https://tide.example.org/articles/this',
  slug: 'this',
  dialects: new Set<never>(),
  params: new Map(),
  addressOf: (path: string) => (path === 'essays/other.md' ? 'https://tide.example.org/articles/other' : undefined),
}

/** Raw HTML at the beginning makes the sanitizer process the whole body. */
function sanitized(body: string, path: string): string {
  return renderMarkdown(`<div></div>\n\n${body}`, { ...base, path })
    .replace('<div></div>', '')
    .trim()
}

const pieces = [
  ...['# Tide', '## a {#b}', '## {#"<b>}', 'word', 'it\'s "so" & so', '1 < 2 > 0', '潮 🌊', 'a\\\nb', 'a  \nb', '\\<b\\>'],
  ...['&nbsp;&copy;&#1;&amp;lt;', '&#0;&#xD800;&#xFFFE;', '&NewLine;', '\0', '\uD800', '\uFFFE', '\uFDD00\uFDD1', '\u0085', '\uFEFF'],
  ...['**b**', '*i*', '~~s~~', '`c < "d"`', '***x', '> q', '>>> deep', '- one', '3. three', '   - in', '---', '    code', 'H\n==='],
  ...['[x](other.md)', '[x](gone.md "a \\"t\\" & <u>")', '[](x)', '[x]()', '[x](</a b?c=1&d=2#e>)', '[x](//h/"q")', '[x](\\\\\\\\h)'],
  ...['[x](javascript:alert(1))', '[x](java&Tab;script:a)', '[x](javascript&colon;a)', '[x](\u0001data:a,b)', '[x](foo:bar)'],
  ...['![a "b" & <c>](pic.png "t")', '![ src=](data:image/png;base64,A)', '![a](mailto:a@b)', '![a](https://e.org/a.png?b=1&c=2)'],
  ...['[![a](p.png)](other.md)', '![![a](b)](c "&#10; onerror=")', '[r]: other.md "t"', '[r]', '$a_b$', '[x [^n] ^[y](z)](w)', '[', '](b)'],
  ...['https://e.org/a?b=1&c="d"', 'www.e.org', '<mailto:a@e.org>', '<https://e.org/`>', '| a | b |\n|:-|-:|\n| c | `d|` |'],
  ...['[^n]', '[^n]: note **b**', '^[inline "note"]', '[^m]: > [^n]: - [^o]: ', '[^m]', '[^o]', '> [^o]: ', '- [^n]: # h'],
  ...['```js\na && "b"\n```', '```c++ {1,2}\n<x>\n```', '~~~ "odd" name\nx\n~~~', '```a&quot;onclick=\n```', '```&#32;a\u00A0b\n```'],
  ...['```\nopen', '[^__proto__]: x', '|a|\n|-|', '\u2028', '\r', '\t', '<vbscript:a>'],
]
const body = fc
  .array(fc.tuple(fc.constantFrom(...pieces), fc.constantFrom('\n\n', '\n', ' ', '', '\n> ', '\n   ', '\n\n    ')), { maxLength: 14 })
  .map((parts) => parts.flat().join(''))

test('Markdown without HTML renders as the sanitizer would write it', () => {
  fc.assert(
    fc.property(body, fc.constantFrom('essays/this.md', 'essays/this.mdx'), (markdown, path) => {
      expect(renderMarkdown(markdown, { ...base, path })).toBe(sanitized(markdown, path))
    }),
    { numRuns: 2_000 },
  )
})

/** One token as the Markdown parser would make it, or an unusual one. */
interface Plan {
  readonly type: string
  readonly tag: string
  readonly nesting: -1 | 0 | 1
  readonly attributes?: readonly [string, string][]
  readonly content?: string
  readonly info?: string
}

const pairs: Readonly<Record<string, string>> = {
  ...{ blockquote: 'blockquote', bullet_list: 'ul', em: 'em', footnote: '', footnote_block: '', heading: 'h2', link: 'a', list_item: 'li' },
  ...{
    ordered_list: 'ol',
    paragraph: 'p',
    s: 's',
    strong: 'strong',
    table: 'table',
    tbody: 'tbody',
    td: 'td',
    th: 'th',
    thead: 'thead',
    tr: 'tr',
  },
}
const attributes = fc.array(
  fc.constantFrom<[string, string]>(
    ...([
      ['href', 'other.md'],
      ['href', '#a'],
      ['href', 'javascript:a'],
      ['href', ''],
      ['src', 'p.png'],
      ['src', 'data:a'],
    ] as [string, string][]),
    ...([
      ['title', 'a "b" <c> & &amp;'],
      ['title', ' src='],
      ['id', 'a"b'],
      ['start', '3'],
      ['style', 'a'],
      ['onclick', 'a'],
    ] as [string, string][]),
    ...([
      ['class', 'x'],
      ['cite', 'x:y'],
      ['data-a', 'b'],
    ] as [string, string][]),
  ),
  { maxLength: 2 },
)
const once = (given: readonly [string, string][]) => [...new Map(given)]
const contents = fc.constantFrom('a', '\n', '"', "'", '潮', '&', '<', '>', '&lt;', '&amp;lt;', '<b>', '<!--', '</p>')
const singleTags: Readonly<Record<string, string>> = { hr: 'hr', image: 'img', code_inline: 'code' }
const single = fc
  .tuple(
    fc.constantFrom(
      'text',
      'text',
      'code_inline',
      'code_block',
      'fence',
      'hardbreak',
      'softbreak',
      'hr',
      'image',
      'footnote_ref',
      'footnote_anchor',
    ),
    attributes,
    contents,
    fc.constantFrom('', 'js', 'c++ {1}', 'a"b', '&#32;', 'a&quot;onclick=', 'a\u00A0b'),
  )
  .map(([type, given, content, info]): Plan[] => [
    {
      ...{ type, tag: singleTags[type] ?? '', nesting: 0, content, info },
      attributes: type === 'image' ? [['alt', ''], ...once(given)] : type === 'hr' ? once(given) : [],
    },
  ])
const odd = fc.constantFrom<Plan[]>(
  ...Object.entries(pairs).map(([type, tag]): Plan[] => [{ type: `${type}_close`, tag, nesting: -1 }]),
  ...Object.entries(pairs).map(([type, tag]): Plan[] => [{ type: `${type}_open`, tag, nesting: 1 }]),
  [{ type: 'html_inline', tag: '', nesting: 0, content: '<script>alert(1)</script>' }],
  [{ type: 'html_block', tag: '', nesting: 0, content: '<p onclick="a">' }],
  [{ type: 'mark', tag: 'iframe', nesting: 0 }],
)
const plans = fc.letrec<{ content: Plan[] }>((tie) => ({
  content: fc.oneof(
    { maxDepth: 5 },
    { weight: 20, arbitrary: single },
    {
      weight: 30,
      arbitrary: fc
        .tuple(fc.constantFrom(...Object.entries(pairs)), attributes, fc.array(tie('content'), { maxLength: 3 }))
        .map(([[type, tag], given, content]): Plan[] => [
          { type: `${type}_open`, tag, nesting: 1, attributes: once(given) },
          ...content.flat(),
          { type: `${type}_close`, tag, nesting: -1 },
        ]),
    },
    { weight: 1, arbitrary: odd },
  ),
})).content

const markdown = new MarkdownIt({ html: true }).use(footnotes)
writeAsSanitized(markdown)
const state = new markdown.core.State('', markdown, {})

function tokensOf(plan: readonly Plan[]): Token[] {
  return plan.map(({ type, tag, nesting, attributes: given = [], content = '', info = '' }) => {
    const token = new state.Token(type, tag, nesting)
    token.attrs = given.map(([name, value]) => [name, value])
    token.children = type === 'image' ? [] : null
    return Object.assign(token, { content, info, meta: { id: 0, subId: 1 } })
  })
}

const env: RenderEnv = { docId: 'this', base }

/** HTML of tokens without the sanitizer; `undefined` if they need it. */
function clean(plan: readonly Plan[]): string | undefined {
  const tokens = tokensOf(plan)
  return cleanTokens(tokens, markdown, base) ? markdown.renderer.render(tokens, markdown.options, env) : undefined
}

test('any tokens render as the sanitizer would write them, or are left to it', () => {
  let cleaned = 0
  fc.assert(
    fc.property(plans, (plan) => {
      const html = clean(plan)
      if (html === undefined) return
      if (html.includes('<')) cleaned++
      expect(html).toBe(sanitizeHtml(markdown.renderer.render(tokensOf(plan), markdown.options, env), sanitizeOptions(base)))
    }),
    { numRuns: 10_000 },
  )
  expect(cleaned).toBeGreaterThan(1_000)
})

const around = (type: string, tag: string, content: readonly Plan[], given: readonly [string, string][] = []): Plan[] => [
  { type: `${type}_open`, tag, nesting: 1, attributes: given },
  ...content,
  { type: `${type}_close`, tag, nesting: -1 },
]
const word: Plan = { type: 'text', tag: '', nesting: 0, content: 'a' }
const tower = (height: number): Plan[] => (height === 0 ? [word] : around('blockquote', 'blockquote', tower(height - 1)))

test.each<[string, Plan[]]>([
  ['HTML of the author', [{ type: 'html_inline', tag: '', nesting: 0, content: '<b>' }]],
  ['a token of another plugin', around('mark', 'mark', [word])],
  ['an element that is not closed', around('paragraph', 'p', []).slice(0, 1)],
  ['an element that was not opened', around('paragraph', 'p', []).slice(1)],
  [
    'elements that are closed in another order',
    [
      ...around('em', 'em', []).slice(0, 1),
      ...around('s', 's', []).slice(0, 1),
      ...around('em', 'em', []).slice(1),
      ...around('s', 's', []).slice(1),
    ],
  ],
  ['a block in a paragraph', around('paragraph', 'p', around('bullet_list', 'ul', []))],
  ['a part without its whole', around('td', 'td', [word])],
  ['a link in a link', around('link', 'a', around('link', 'a', [word]))],
  ['a language with other signs than a name has', [{ type: 'fence', tag: 'code', nesting: 0, info: 'a"b' }]],
  ['a tower', tower(maxNesting)],
])('%s is left to the sanitizer', (_, plan) => {
  expect(clean(plan)).toBeUndefined()
})

test('only allowed attributes stay, and no address that runs code', () => {
  const link = around(
    'link',
    'a',
    [word],
    [
      ['href', 'javascript:alert(1)'],
      ['title', 'c'],
      ['target', 'd'],
    ],
  )
  const picture: Plan = {
    type: 'image',
    tag: 'img',
    nesting: 0,
    attributes: [
      ['src', 'data:f'],
      ['alt', 'g'],
    ],
  }
  expect(
    clean(
      around(
        'paragraph',
        'p',
        [...link, picture],
        [
          ['onclick', 'a'],
          ['style', 'b'],
        ],
      ),
    ),
  ).toBe('<p><a title="c">a</a></p>')
})

test('a picture without an address is left out, whatever its alt text', () => {
  expect(renderMarkdown('a ![b src=c](data:image/png;base64,A) d', base)).toBe('<p>a  d</p>')
})

const everyKind = [
  ...['# A *heading* {#own}', '[x](https://example.org "t") `<b>` ~~s~~ **b** ![a](https://example.org/a.png)\\\n[^n] ^[note]', '> - 1'],
  ...['3. a', '---', '| a |\n|:-|\n| b |', '```js\na\n```', '    code', '[^n]: note'],
].join('\n\n')

test('the sanitizer is loaded with the first raw HTML', () => {
  const isLoadedAfter = (markdown: string) => {
    const given = JSON.stringify({ ...base, publication: { url: base.publication.url, articles: {} } })
    const source = `import { createRequire } from 'node:module'
      import { renderMarkdown } from ${JSON.stringify(resolve('src/articles/markdown/render-markdown.ts'))}
      renderMarkdown(${JSON.stringify(markdown)}, { ...${given}, dialects: new Set(), params: new Map(), addressOf() {} })
      console.log(Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes('sanitize-html')))`
    return spawnSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' }).stdout
  }
  expect(isLoadedAfter(everyKind)).toBe('false\n')
  expect(isLoadedAfter('a <b>bold</b> word')).toBe('true\n')
})
