import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
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
function sanitized(body: string): string {
  return renderMarkdown(`<div></div>\n\n${body}`, base).replace('<div></div>', '').trim()
}

const pieces = [
  ...['# Tide', '## a {#b}', 'word', 'it\'s "so" & so', '1 < 2 > 0', '&nbsp;&copy;&#1;&amp;lt;', '潮 🌊', 'a\\\nb', 'a  \nb', '\\<b\\>'],
  ...['**b**', '*i*', '~~s~~', '`c < "d"`', '***x', '> q', '>>> deep', '- one', '3. three', '   - in', '---', '    code', 'H\n==='],
  ...['[x](other.md)', '[x](gone.md "a \\"t\\" & <u>")', '[x](javascript:alert(1))', '[](x)', '[x](</a b?c=1&d=2#e>)', '[x](//h/"q")'],
  ...['![a "b" & <c>](pic.png "t")', '![](data:image/png;base64,A)', '![a](https://e.org/a.png?b=1&c=2)', '[![a](p.png)](other.md)'],
  ...['https://e.org/a?b=1&c="d"', 'www.e.org', '[^n]', '[^n]: note **b**', '^[inline "note"]', '| a | b |\n|:-|-:|\n| c | `d|` |'],
  ...['```js\na && "b"\n```', '```c++ {1,2}\n<x>\n```', '~~~ "odd" name\nx\n~~~', '```\nopen', '[r]: other.md "t"', '[r]', '$a_b$'],
]
const body = fc
  .array(fc.tuple(fc.constantFrom(...pieces), fc.constantFrom('\n\n', '\n', ' ', '', '\n> ', '\n   ', '\n\n    ')), { maxLength: 14 })
  .map((parts) => parts.flat().join(''))

test('Markdown alone comes out as the sanitizer would have it', () => {
  fc.assert(
    fc.property(body, (markdown) => {
      expect(renderMarkdown(markdown, base)).toBe(sanitized(markdown))
    }),
    { numRuns: 300 },
  )
})

test.each([
  ['a tag that may not stand', '<script>alert(1)</script>'],
  ['a tag that is not closed', '<p><em>a</p>'],
  ['a tag that was not opened', 'a</em></p>'],
  ['a sign that is not escaped', '<p>a < b</p>'],
  ['a value without quotes', '<p><a href=//evil>a</a></p>'],
  ['a value with other signs escaped', '<p><a href="java&#115;cript:alert(1)">a</a></p>'],
  ['a name that is not in small letters', '<p onClick="alert(1)">a</p>'],
  ['a tower', `${'<blockquote>'.repeat(60)}a${'</blockquote>'.repeat(60)}`],
  ['a comment', '<p>a</p><!-- b -->'],
])('%s is left to the sanitizer', (_, html) => {
  expect(cleanOwnMarkup(html, base)).toBeUndefined()
})

test('no attribute stays that may not, and no address that runs something', () => {
  const html = '<p onclick="a" style="b"><a href="javascript:alert(1)" id="c" target="d">e</a><img src="data:f" alt="g"></p>'
  expect(cleanOwnMarkup(html, base)).toBe('<p><a id="c">e</a></p>')
})

test('the sanitizer is loaded with the first HTML of an author', () => {
  const isLoadedAfter = (markdown: string) => {
    const source = `import { createRequire } from 'node:module'
      import { renderMarkdown } from ${JSON.stringify(resolve('src/articles/markdown.ts'))}
      renderMarkdown(${JSON.stringify(markdown)}, ${JSON.stringify({ ...base, publication: { url: base.publication.url, articles: {} } })})
      console.log(Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes('sanitize-html')))`
    return spawnSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' }).stdout
  }
  expect(isLoadedAfter('## A *heading*\n\n[x](https://example.org) `<b>`')).toBe('false\n')
  expect(isLoadedAfter('a <b>bold</b> word')).toBe('true\n')
})
