import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import fc from 'fast-check'
import sanitizeHtml from 'sanitize-html'
import { expect, test } from 'vitest'
import { maxNesting, sanitizeOptions } from '../../src/articles/allowed-html.ts'
import { renderMarkdown } from '../../src/articles/markdown.ts'
import { cleanOwnMarkup } from '../../src/articles/own-markup.ts'
import { makePublication } from './articles-world.ts'

const base = {
  publication: makePublication('/content'),
  path: 'essays/this.md',
  url: 'https://tide.example.org/articles/this',
  slug: 'this',
  addressOf: (path: string) => (path === 'essays/other.md' ? 'https://tide.example.org/articles/other' : undefined),
}

/** HTML of the author's at the beginning brings the sanitizer in for all of the body. */
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

test('Markdown alone comes out as the sanitizer would have it', () => {
  fc.assert(
    fc.property(body, fc.constantFrom('essays/this.md', 'essays/this.mdx'), (markdown, path) => {
      expect(renderMarkdown(markdown, { ...base, path })).toBe(sanitized(markdown, path))
    }),
    { numRuns: 2_000 },
  )
})

/** Mostly what Markdown writes, now and then something else. */
function mostly(usual: readonly string[], odd: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof({ weight: 15, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: fc.constantFrom(...odd) })
}

const name = mostly(
  'p p p ul ol li li blockquote h1 h2 pre section table thead tbody tr th td a a em strong s sup code br hr img'.split(' '),
  'b div picture source track col wbr'.split(' '),
)
const attribute = mostly(
  [
    ...[' href="other.md"', ' href="#a"', ' href="javascript:a"', ' src="p.png"', ' src="data:a"', ' src="mailto:a@b"', ' cite="x:y"'],
    ...[' alt=""', ' alt=" src="', ' title="a &quot; &lt;b"', ' title=" src="', ' id="&amp;amp;"', ' start="3"'],
    ...[' class="language-js"', ' class="x"', ' style="a"', ' onclick="a"'],
  ],
  [' class="language-a language-b"', ' href=""', ' title=""', ' title="&#106;"', " title='a'", ' open', ' a-b="c"', '/'],
)
const text = mostly(
  ['a', '\n', '"', "'", '潮', '&amp;', '&lt;', '&gt;', '&quot;', '&amp;lt;'],
  ['&nbsp;', '&', '<', '>', '<!--', '-->', '</', '<?', '</p>', '</br>', '<em>'],
)
const markup = fc.letrec<{ content: string }>((tie) => ({
  content: fc.oneof(
    { maxDepth: 5 },
    text,
    fc
      .tuple(name, fc.array(attribute, { maxLength: 2 }), fc.array(tie('content'), { maxLength: 3 }))
      .map(([tag, given, content]) => `<${tag}${given.join('')}>${/^[bh]r$|^img$/.test(tag) ? '' : `${content.join('')}</${tag}>`}`),
  ),
})).content

test('whatever the markup, it comes out as from the sanitizer or is left to it', () => {
  let cleaned = 0
  fc.assert(
    fc.property(markup, (html) => {
      const clean = cleanOwnMarkup(html, base)
      if (clean === undefined) return
      if (clean.includes('<')) cleaned++
      expect(clean).toBe(sanitizeHtml(html, sanitizeOptions(base)))
    }),
    { numRuns: 10_000 },
  )
  expect(cleaned).toBeGreaterThan(1_000)
})

test.each([
  ['a tag that may not stand', '<script>alert(1)</script>'],
  ['a tag that Markdown does not write', '<picture><source></source></picture>'],
  ['a tag that is not closed', '<p><em>a</p>'],
  ['a tag that was not opened', 'a</em></p>'],
  ['a tag that is opened after it is closed', '</p></blockquote><blockquote><p>'],
  ['tags that are closed in another order', '<p><em><strong>a</em></strong></p>'],
  ['an empty element that is closed', '<p>a</br></p>'],
  ['a closing tag with attributes', '<p>a</p onclick="alert(1)">'],
  ['a block in a paragraph', '<p><ul><li>a</li></ul></p>'],
  ['a part without its whole', '<td>a</td>'],
  ['a link in a link', '<a href="b"><a href="c">d</a></a>'],
  ['a sign that is not escaped', '<p>a < b</p>'],
  ['a value without quotes', '<p><a href=//evil>a</a></p>'],
  ['a value with other signs escaped', '<p><a href="java&#115;cript:alert(1)">a</a></p>'],
  ['an attribute that stands twice', '<p><a href="javascript:a" href="b">a</a></p>'],
  ['two classes', '<pre><code class="language-a language-b">a</code></pre>'],
  ['a name that is not in small letters', '<p onClick="alert(1)">a</p>'],
  ['a tower', `${'<blockquote>'.repeat(maxNesting + 1)}a${'</blockquote>'.repeat(maxNesting + 1)}`],
  ['a picture on a tower', `${'<blockquote>'.repeat(maxNesting)}<img src="a.png" alt="">${'</blockquote>'.repeat(maxNesting)}`],
  ['a comment', '<p>a</p><!-- b -->'],
])('%s is left to the sanitizer', (_, html) => {
  expect(cleanOwnMarkup(html, base)).toBeUndefined()
})

test('no attribute stays that may not, and no address that runs something', () => {
  const html = '<p onclick="a" style="b"><a href="javascript:alert(1)" id="c" target="d">e</a><img src="data:f" alt="g"></p>'
  expect(cleanOwnMarkup(html, base)).toBe('<p><a id="c">e</a></p>')
})

test('a picture without an address is left out, whatever it is called', () => {
  expect(renderMarkdown('a ![b src=c](data:image/png;base64,A) d', base)).toBe('<p>a  d</p>')
})

test('as high as may be is cleaned, and no higher', () => {
  const tower = (height: number) => `${'<blockquote>'.repeat(height)}a${'</blockquote>'.repeat(height)}`
  expect(cleanOwnMarkup(tower(maxNesting), base)).toBe(sanitizeHtml(tower(maxNesting), sanitizeOptions(base)))
})

const everyKind = [
  ...['# A *heading* {#own}', '[x](https://example.org "t") `<b>` ~~s~~ **b** ![a](https://example.org/a.png)\\\n[^n] ^[note]', '> - 1'],
  ...['3. a', '---', '| a |\n|:-|\n| b |', '```js\na\n```', '    code', '[^n]: note'],
].join('\n\n')

test('the sanitizer is loaded with the first HTML of an author', () => {
  const isLoadedAfter = (markdown: string) => {
    const given = JSON.stringify({ ...base, publication: { url: base.publication.url, articles: {} } })
    const source = `import { createRequire } from 'node:module'
      import { renderMarkdown } from ${JSON.stringify(resolve('src/articles/markdown.ts'))}
      renderMarkdown(${JSON.stringify(markdown)}, { ...${given}, addressOf() {} })
      console.log(Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes('sanitize-html')))`
    return spawnSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' }).stdout
  }
  expect(isLoadedAfter(everyKind)).toBe('false\n')
  expect(isLoadedAfter('a <b>bold</b> word')).toBe('true\n')
})
