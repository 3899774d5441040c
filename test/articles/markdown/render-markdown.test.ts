import { expect, test } from 'vitest'
import { renderMarkdown } from '../../../src/articles/markdown/render-markdown.ts'
import { makePublication } from '../articles-world.ts'

const published = new Map([['essays/other.md', 'https://tide.example.org/articles/other']])

function render(body: string): string {
  return renderMarkdown(body, {
    publication: makePublication('/content'),
    path: 'essays/this.md',
    url: 'https://tide.example.org/articles/this',
    slug: 'this',
    dialects: new Set(),
    params: new Map(),
    addressOf: (path) => published.get(path),
  })
}

test.each([
  ['[x](./other.md)', 'https://tide.example.org/articles/other'],
  ['[x](other.md#low-tide)', 'https://tide.example.org/articles/other#low-tide'],
  ['[x](other)', 'https://tide.example.org/articles/other'],
  ['[x](#low-tide)', 'https://tide.example.org/articles/this#low-tide'],
  ['[x](/subscribe?a=1&b=2)', 'https://tide.example.org/subscribe?a=1&amp;b=2'],
  ['[x](sibling)', 'https://tide.example.org/articles/sibling'],
  ['[x](chart.pdf)', 'https://tide.example.org/media/articles/essays/chart.pdf'],
  ['[x](<../../maps/a chart.pdf?v=1#p2>)', 'https://tide.example.org/media/maps/a%20chart.pdf?v=1#p2'],
  ['[x](https://пример.example/ä?q=ö)', 'https://xn--e1afmkfd.example/%C3%A4?q=%C3%B6'],
  ['[x](//example.org/a)', 'https://example.org/a'],
  ['[x](mailto:a@example.org)', 'mailto:a@example.org'],
  ['https://example.org/a', 'https://example.org/a'],
  ['<a href="other.md">x</a>', 'https://tide.example.org/articles/other'],
])('%s leads to %s', (markdown, href) => {
  expect(render(markdown)).toContain(`href="${href}"`)
})

test.each([
  '[x](not-there.md)',
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '<a href="java\nscript:alert(1)">x</a>',
  '<a href="java&#09;script:alert(1)">x</a>',
  '<a href="\u0001javascript:alert(1)">x</a>',
  '[x](vbscript:x)',
  '[x](data:text/html,x)',
  '[x](file:///etc/passwd)',
  '[x](http://[bad)',
  '[x](../../../etc/shadow.txt)',
])('%s links to nothing', (markdown) => {
  expect(render(markdown)).not.toContain('href')
  expect(render(markdown)).toContain('x')
})

test('pictures are addressed below /media/, and those outside the content folder are left out', () => {
  expect(render('![a](pic.png)')).toContain('<img src="https://tide.example.org/media/articles/essays/pic.png" alt="a" />')
  expect(render("![a](<../../images/it's 50%25.jpg>)")).toContain('src="https://tide.example.org/media/images/it%27s%2050%25.jpg"')
  expect(render('![a](../../../secret.png)')).not.toContain('<img')
  expect(render('![a](data:image/png;base64,AAAA)')).not.toContain('<img')
  expect(render('<img alt="none">')).not.toContain('<img')
})

test.each([
  '<script>alert(1)</script>',
  '<style>body { display: none }</style>',
  '<form action="/x"><input name="a"><button>b</button></form>',
  '<b onclick="alert(1)">x</b>',
  '<img src="x.png" onerror="alert(1)">',
  '<svg onload="alert(1)"><circle/></svg>',
  '<object data="x"></object><embed src="x">',
  '<p style="position: fixed" class="c">x</p>',
  '<meta http-equiv="refresh" content="0"><base href="//x"><link rel="stylesheet" href="x">',
  '<math><mtext><script>alert(1)</script></mtext></math>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
])('%s loses scripts, styles and forms', (html) => {
  const withoutValues = render(html).replace(/"[^"]*"/g, '""')
  expect(withoutValues).not.toMatch(/<(?!\/?(?:b|p|img)\b)|\son\w+=|style|class|alert\(1\)<\/script|javascript/i)
})

test('code keeps its characters and its language', () => {
  expect(render('```js\na < b && "c"\n```')).toBe('<pre><code class="language-js">a &lt; b &amp;&amp; "c"\n</code></pre>')
})

test('each heading has an id of its own', () => {
  expect(render('# Low tide\n\n## Low tide\n\n### 潮')).toMatch(/id="low-tide"[\s\S]*id="low-tide-1"[\s\S]*id="潮"/)
})

test('the output has only characters that XML allows', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  expect(render('a\u0000\u0008\uFFFE\uD800b &#1; <p title="&#7;">c</p>')).not.toMatch(/[\u0000-\u0008\uFFFE\uD800]/)
})

test('many opening tags do not nest without limit', () => {
  expect(render('<div>'.repeat(5_000)).length).toBeLessThan(2_000)
})
