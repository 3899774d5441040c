import { expect, test } from 'vitest'
import { plainField } from '../../../src/articles/front-matter/plain-field.ts'
import { bodyText, firstHeading, openingParagraph, type TextContext } from '../../../src/articles/markdown/plain-text.ts'
import { dialectNames } from '../../../src/publication/dialects.ts'

const plain: TextContext = { path: 'a.md', dialects: new Set() }
const every: TextContext = { path: 'a.md', dialects: new Set(dialectNames) }

test.each([
  ['# Why SELECT * FROM t is slow', 'Why SELECT * FROM t is slow'],
  ['# The `a*b*c` and _x_ **y** [z](w) \\*', 'The a*b*c and x y z *'],
  ['# Use the <del> element', 'Use the <del> element'],
  ['# Not <del>now</del> &amp; then<br>x', 'Not now & then x'],
  ['A title\nof two lines\n===', 'A title of two lines'],
  ['<!-- a\n\nb -->\n\n# One {#own}\n\nText', 'One'],
  ['# Low_tide_line ## ', 'Low_tide_line'],
  ['# 数据**（Data）。**后面', '数据（Data）。后面'],
])('the title of %j is %j', (body, title) => {
  expect(firstHeading(body, plain)?.text).toBe(title)
})

test('only a heading above all text is the title', () => {
  for (const body of ['Text\n\n# A', '```\n# A\n```', '    # A', '> # A', '- # A', '## A', '![a](b)\n\n# A', '\\# A'])
    expect(firstHeading(body, plain)).toBeUndefined()
  expect(firstHeading("import A from 'a'\n\n{% assign x = 1 %}\n\n# A\n\nText", every)?.text).toBe('A')
  const body = '<!-- x -->\r\n\r\n# A\r\nText'
  const found = firstHeading(body, plain)
  expect(body.slice(0, found?.start) + body.slice(found?.end)).toBe('<!-- x -->\r\n\r\nText')
})

test.each([
  ['- one\n\n  two\n\nThe first paragraph.', 'The first paragraph.'],
  ['# H\n\n## I\n\n- one **two**\n- three\n', 'H I one two three'],
  ['https://www.youtube.com/watch?v=abc\n\nAfter the film.', 'After the film.'],
  ['{{< youtube abc >}}\n\nAfter the film.', 'After the film.'],
  [':::note\nAside.\n:::\n\nThe text.', 'The text.'],
  ['<figure><img src="a.png"><figcaption>No</figcaption></figure>\n\n<div align="center">\n\n![a](b)\n\n</div>\n\nThe text.', 'The text.'],
  ['> Quote\n\n| a |\n|---|\n| b |\n\n    code\n\nThe text.', 'The text.'],
  ['<details>\n<summary>S</summary>\n\nHidden.\n\n</details>\n\nThe text.', 'The text.'],
  ['![Alt](a.png) The ship &mdash; and [here][1] more[^n].\n\n[1]: https://example.org\n[^n]: Note', 'The ship — and here more.'],
  ['A `List<String>` & 2 < 3, snake_case', 'A List<String> & 2 < 3, snake_case'],
  ['<p>In <b>HTML</b> &amp; more</p>\n<p>Second</p>', 'In HTML & more'],
  ['1. one\n2. two', 'one two'],
  ['```\ncode\n```', ''],
])('the summary of %j is %j', (body, summary) => {
  expect(openingParagraph(body, every)).toBe(summary)
})

test('a summary is found behind much that is none', () => {
  expect(openingParagraph(`${'- item\n'.repeat(3_000)}\nThe text.`, plain)).toBe('The text.')
  expect(openingParagraph(`A [link][x] ${'word '.repeat(600)}\n\n[x]: https://example.org`, plain)).toMatch(/^A link word .{200,240}…$/)
})

test.each([
  ['Ann&#8217;s boat &#038; the <del>old</del> quay', 'Ann’s boat & the old quay'],
  ['Use the <del> element', 'Use the <del> element'],
  ['<em>One</em> and <del>', 'One and <del>'],
  ['One</em> two', 'One</em> two'],
  ['A<br/>B and the <br> tag', 'A B and the <br> tag'],
  ['Vec<String> &lt;p&gt; R&D', 'Vec<String> <p> R&D'],
  ['Why {{ mustache }} and {x}', 'Why {{ mustache }} and {x}'],
])('the front matter %j means %j', (written, text) => {
  expect(plainField(written, new Set())).toBe(text)
})

test('the reading time counts what readers see', () => {
  expect(
    bodyText('# A\n\n[b](https://example.org/long/address) {{< c d="e" >}}\n\n`f`\n\n```js\ng\n```\n<p class="h">i</p>', every).split(
      /\s+/,
    ),
  ).toEqual(['A', 'b', 'f', 'g', 'i'])
})
