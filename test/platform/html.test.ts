import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeEntities } from '../../src/platform/html/decode.ts'
import { escapeAroundEntities, escapeInAnyQuotes, escapeMarkup, escapeText } from '../../src/platform/html/escape.ts'
import { editAttribute, editHtml, insertInto, type OpenTag, readHtml } from '../../src/platform/html/read.ts'

const pieces = fc.constantFrom(
  ...[
    '<p>',
    '</p>',
    '<P Class="a &amp; b" id=c hidden>',
    "<a href='x?a=1&amp;b=2'>",
    '</a>',
    '<br>',
    '<br/>',
    '</br>',
    '<img src="a"',
    ' alt>',
  ],
  ...['<li>', '<td>', '<b', '</', '<', '>', '"', "'", '&eacute;', '&#233;', '&copy', '&', 'words', ' \n', '潮🌊', '\0'],
  ...[
    '<!-- c -->',
    '<!--',
    '-->',
    '<!doctype html>',
    '<?php ?>',
    '<![CDATA[x]]>',
    '<style>a>b{}',
    '</style>',
    '<script>"<p>"',
    '</script>',
  ],
  ...['<svg>', '<circle/>', '</svg>', '<title>', '</title>', '<textarea>', '<iframe>', '<form>', '<image>'],
)
const html = fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join(''))

function opening(source: string): OpenTag {
  const found = readHtml(source).find((part) => part.kind === 'open')
  if (found?.kind !== 'open') throw new Error(`no opening tag in ${source}`)
  return found
}

function textOf(source: string): string {
  return readHtml(source)
    .map((part) => (part.kind === 'text' ? part.text : ''))
    .join('')
}

test('parts are in order and do not overlap, and unedited bytes stay the same', () => {
  fc.assert(
    fc.property(html, (source) => {
      const parts = readHtml(source)
      for (const [index, { start, end }] of parts.entries()) {
        expect(start).toBeGreaterThanOrEqual(parts[index - 1]?.end ?? 0)
        expect(end).toBeGreaterThanOrEqual(start)
      }
      expect(
        editHtml(
          source,
          parts.map((part) => ({ ...part, text: source.slice(part.start, part.end) })),
        ),
      ).toBe(source)
    }),
    { numRuns: 2_000 },
  )
})

test('an attribute value is decoded and can be replaced', () => {
  const source = `<A HREF='x?a=1&amp;b=2'  title=t hidden>`
  const { tag, attributes } = opening(source)
  expect(tag).toBe('a')
  expect([...attributes].map(([name, { value }]) => [name, value])).toEqual([
    ['href', 'x?a=1&b=2'],
    ['title', 't'],
    ['hidden', ''],
  ])
  const edits = [...attributes].map(([name, range]) => editAttribute(name, range, 'a"&<b'))
  expect(editHtml(source, edits)).toBe('<A href="a&quot;&amp;&lt;b"  title="a&quot;&amp;&lt;b" hidden="a&quot;&amp;&lt;b">')
})

test('the first of two attributes with one name counts, as in browsers', () => {
  expect(opening('<a href="a" href="b">').attributes.get('href')?.value).toBe('a')
})

test('text contains decoded entities, but no comments, styles or scripts', () => {
  expect(textOf('<style>a{}</style>An &eacute;t&#233;<!-- no --> &amp; <script>"<b>no</b>"</script>more')).toBe('An été & more')
})

test('a tag is void, or is closed according to HTML', () => {
  const shape = (source: string) =>
    readHtml(source).map((part) =>
      part.kind === 'open' ? (part.isVoid ? `${part.tag}.` : `<${part.tag}`) : part.kind === 'close' ? `${part.tag}>` : part.kind,
    )
  expect(shape('<p>a<p>b<br><img src="x"/></p></i>')).toEqual(['<p', 'text', 'p>', '<p', 'text', 'br.', 'img.', 'p>'])
  expect(shape('<ul><li>a<li>b</ul>')).toEqual(['<ul', '<li', 'text', 'li>', '<li', 'text', 'li>', 'ul>'])
})

test('text is inserted after the first opening tag of a name, if there is one', () => {
  expect(insertInto('<!-- <head> --><HEAD class=a><p>', 'head', '<base>')).toBe('<!-- <head> --><HEAD class=a><base><p>')
  expect(insertInto('<p>', 'head', '<base>')).toBeUndefined()
})

test('escaped text is read back unchanged, as text and in either quotes', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'&<>"\'a;#3 '.split('')) }), (text) => {
      expect(textOf(`<p>${escapeText(text)}</p>`)).toBe(text)
      expect(textOf(`<p>${escapeMarkup(text)}</p>`)).toBe(text)
      expect(opening(`<p title="${escapeMarkup(text)}">`).attributes.get('title')?.value).toBe(text)
      expect(opening(`<p title='${escapeInAnyQuotes(text)}'>`).attributes.get('title')?.value).toBe(text)
    }),
  )
})

test('entities of the author stay', () => {
  expect(escapeAroundEntities('a & b &amp; &#233; <"c">')).toBe('a &amp; b &amp; &#233; &lt;&quot;c&quot;&gt;')
})

test('entities are decoded once, and only with a semicolon', () => {
  expect(decodeEntities('&amp;lt; &eacute;&#233;&#xE9; R&D ?a=1&copy=2 &nothing;')).toBe('&lt; ééé R&D ?a=1&copy=2 &nothing;')
})

test('the parser and the entities are loaded on first use', () => {
  const loadedAfter = (...statements: readonly string[]) => {
    const source = `import { createRequire } from 'node:module'
      import { readHtml } from ${JSON.stringify(resolve('src/platform/html/read.ts'))}
      import { decodeEntities } from ${JSON.stringify(resolve('src/platform/html/decode.ts'))}
      ${statements.join(';')}
      const files = Object.keys(createRequire(import.meta.url).cache)
      console.log(['htmlparser2', 'entities'].filter((name) => files.some((file) => file.includes('/node_modules/' + name + '/'))).join())`
    return spawnSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' }).stdout.trim()
  }
  expect(loadedAfter(`decodeEntities('R&D')`)).toBe('')
  expect(loadedAfter(`decodeEntities('&amp;')`)).toBe('entities')
  expect(loadedAfter(`readHtml('<p>')`)).toContain('htmlparser2')
})
