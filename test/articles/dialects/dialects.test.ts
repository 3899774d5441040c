import { expect, test } from 'vitest'
import { renderMarkdown } from '../../../src/articles/markdown/render-markdown.ts'
import type { Dialect } from '../../../src/publication/dialects.ts'
import { makePublication } from '../articles-world.ts'

const other = 'https://tide.example.org/articles/other'

function render(body: string, dialects: readonly Dialect[], path = 'blog/this.md'): string {
  return renderMarkdown(body, {
    publication: makePublication('/content'),
    path,
    url: 'https://tide.example.org/articles/this',
    slug: 'this',
    dialects: new Set(dialects),
    params: new Map([['weather', 'Fog']]),
    addressOf: (to) => (/other/i.test(to) ? other : undefined),
  }).replace(/\n+/g, '\n')
}

const link = (address: string, words = address) => `<a href="${address}">${words}</a>`

test.each<[Dialect, string, string]>([
  [
    'hugo',
    '{{< img src="/media/harbour.jpg" alt="The harbour" >}}',
    '<img src="https://tide.example.org/media/harbour.jpg" alt="The harbour" />',
  ],
  ['hugo', '{{< img "/media/a.jpg" "The quay wall" >}}', '<img src="https://tide.example.org/media/a.jpg" alt="The quay wall" />'],
  ['hugo', '{{< card link="https://example.org/a" title="Docs" >}}', `<p>${link('https://example.org/a', 'Docs')}</p>`],
  [
    'hugo',
    '{{% unknown cover="https://example.org/c" %}}**in**{{% /unknown %}}',
    `<p>${link('https://example.org/c')} <strong>in</strong></p>`,
  ],
  ['hugo', '{{< param "weather" >}} and {{< param weather >}}', '<p>Fog and Fog</p>'],
  ['hugo', '{{< qr text="https://example.org/q" />}}', `<p>${link('https://example.org/q')}</p>`],
  [
    'hugo',
    '[a]({{< relref "other.md#low" >}}) [b]({{< ref path="/blog/other" >}})',
    `<p>${link(`${other}#low`, 'a')} ${link(other, 'b')}</p>`,
  ],
  ['hugo', '{{< x user="ann" id="123" >}}', `<p>${link('https://twitter.com/ann/status/123')}</p>`],
  [
    'hugo',
    '{{< details summary="More" >}}\nIn **it**.\n{{< /details >}}',
    '<details><summary>More</summary>\n<p>In <strong>it</strong>.</p>\n</details>',
  ],
  [
    'hugo',
    '{{< figure src="/a.png" alt="A" caption="Quay" attr="Ann" attrlink="https://example.org/ann" >}}',
    `<figure><img src="https://tide.example.org/a.png" alt="A" /><figcaption>Quay ${link('https://example.org/ann', 'Ann')}</figcaption></figure>`,
  ],
  ['jekyll', '[here](https://example.org/x){:\ntarget="_blank"}', `<p>${link('https://example.org/x', 'here')}</p>`],
  ['jekyll', '> Quote\n{: .wide title="T"}\n\n## H {#own .x}', '<blockquote>\n<p>Quote</p>\n</blockquote>\n<h2 id="own">H</h2>'],
  ['mdx', 'a <code style={{color: "#fff"}}>x</code>', '<p>a <code>x</code></p>'],
  ['mdx', '<code style={{color: "#fff"}}>x < y</code>', '<p><code>x &lt; y</code></p>'],
  ['mdc', '::note\nMind the **gap**.\n::', '<aside>\n<p>Mind the <strong>gap</strong>.</p>\n</aside>'],
  ['mdc', '::note[Mind]{.wide}\nIt.\n::', '<aside>\n<p><strong>Mind</strong></p>\n<p>It.</p>\n</aside>'],
  ['mdc', '::youtube[Film]{#abc123}', `<p>${link('https://www.youtube.com/watch?v=abc123')}</p>`],
  [
    'mdc',
    'An :abbr[HTML]{title="H"} and :link[Go]{href="https://example.org/g"}.',
    `<p>An <abbr title="H">HTML</abbr> and ${link('https://example.org/g', 'Go')}.</p>`,
  ],
  [
    'mdc',
    '::card\n---\nto: https://example.org/c\ntitle: C\n---\n#default\nIn\n::',
    `<p>${link('https://example.org/c', 'C')}</p>\n<p>In</p>`,
  ],
  ['mdc', '::outer\nA\n:::tip\nB\n:::\nC\n::', '<p>A</p>\n<aside>\n<p>B</p>\n</aside>\n<p>C</p>'],
  ['hashnode', '![A ship](https://example.org/s.png align="center")', '<p><img src="https://example.org/s.png" alt="A ship" /></p>'],
  ['hashnode', '%[https://youtu.be/abc]', `<p>${link('https://youtu.be/abc')}</p>`],
  [
    'obsidian',
    '[[2024-01-16-other|the other note]] [[folder/Other#Low tide]]',
    `<p>${link(other, 'the other note')} ${link(`${other}#low-tide`, 'Low tide')}</p>`,
  ],
  [
    'obsidian',
    '![[plan.png|300]] ![[plan.png|The plan]]',
    '<p><img src="https://tide.example.org/media/articles/blog/plan.png" alt="" /> <img src="https://tide.example.org/media/articles/blog/plan.png" alt="The plan" /></p>',
  ],
  ['obsidian', 'One %%a remark%% two\n\n%%\nmore\n%%\n\nThree, 100%% sure', '<p>One  two</p>\n<p>Three, 100%% sure</p>'],
  ['obsidian', '> [!my-kind]- Title\n> In', '<blockquote>\n<p><strong>Title</strong></p>\n<p>In</p>\n</blockquote>'],
  ['obsidian', '[[Nowhere|there]] [[#Low tide]]', `<p>there ${link('https://tide.example.org/articles/this#low-tide', 'Low tide')}</p>`],
  [
    'wordpress',
    '[caption id="a1"][![Ship](https://example.org/s.jpg)](https://example.org/s) At noon[/caption]',
    `<figure>\n<p>${link('https://example.org/s', '<img src="https://example.org/s.jpg" alt="Ship" />')}</p>\n<figcaption>At noon</figcaption>\n</figure>`,
  ],
  [
    'wordpress',
    '[caption]<img src="https://example.org/s.jpg"> By [Ann](https://example.org/ann)[/caption]',
    `<figure>\n<img src="https://example.org/s.jpg" />\n<figcaption>\n<p>By ${link('https://example.org/ann', 'Ann')}</p>\n</figcaption>\n</figure>`,
  ],
  [
    'wordpress',
    '[embed]https://example.org/v[/embed] [gallery ids="1,2"] [odd a="1"]In[/odd]',
    `<p>${link('https://example.org/v')}  In</p>`,
  ],
  [
    'wordpress',
    '[audio mp3="https://example.org/a.mp3"][/audio]',
    '<p><audio controls><source src="https://example.org/a.mp3" /></audio></p>',
  ],
  ['wordpress', '[sourcecode language="php"]\n$a = [b];\n[/sourcecode]', '<pre><code class="language-php">$a = [b];\n</code></pre>'],
])('%s: %j', (dialect, body, html) => {
  expect(render(body, [dialect])).toBe(html)
})

test.each([
  [
    '<callout-note>\n\tRead [the guide](https://example.org/g) and **do** it.\n</callout-note>',
    `<aside>\n<p>Read ${link('https://example.org/g', 'the guide')} and <strong>do</strong> it.</p>\n</aside>`,
  ],
  [
    '<div className="a">\n\t<Foo>\n\t\t# Low tide\n\n\t\t- a\n\t\t\t- b\n\t</Foo>\n</div>',
    '<div>\n<h2 id="low-tide">Low tide</h2>\n<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ul>\n</div>',
  ],
  ['<Foo>\n    ```js\n    a\n      b\n    ```\n</Foo>', '<pre><code class="language-js">a\n  b\n</code></pre>'],
  ['<section>In **one** line</section>', '<section>\n<p>In <strong>one</strong> line</p>\n</section>'],
  ['<Card url="https://example.org/c" title="C" />', `<p>${link('https://example.org/c', 'C')}</p>`],
  [
    '- item\n\n  <Foo>\n    more **of** it\n  </Foo>\n\n- next',
    '<ul>\n<li>\n<p>item</p>\n<p>more <strong>of</strong> it</p>\n</li>\n<li>\n<p>next</p>\n</li>\n</ul>',
  ],
])('an .mdx file is MDX without any setting: %j', (body, html) => {
  expect(render(body, ['mdx'], 'a.mdx')).toBe(html)
})

const forms = [
  ...[
    '{{< img src="a.png" >}}',
    '{{ x }}',
    '{% x %}',
    '[a](b){: .c}',
    '::note',
    ':::note',
    ':abbr[x]',
    '[[a]]',
    '![[a.png]]',
    '%%a%%',
    '[caption]a[/caption]',
  ],
  ...['![a](https://e.org/a.png align="left")', '%[https://e.org]', '==a=='],
]

test.each(forms)('no dialect leaves %j as it is', (form) => {
  const words = (html: string) =>
    html
      .replace(/<[^<>]*>/g, '')
      .replace('&lt;', '<')
      .replace('&gt;', '>')
  expect(words(render(form, []))).toContain(
    form
      .replace(/\[a\]\(b\)/, 'a')
      .replace('](https://e.org)', '')
      .replace('](https://e.org/a.png', '](https://e.org/a.png'),
  )
})

test.each(forms)('%j in code is never touched', (form) => {
  const all: Dialect[] = ['hugo', 'jekyll', 'mdx', 'mdc', 'obsidian', 'wordpress', 'hashnode']
  const shown = form.replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  for (const code of [
    `\`\`\`\n${form}\n\`\`\``,
    `Text:\n\n    ${form}\n\nText`,
    `- one\n\n      ${form}`,
    `In \`${form}\`.`,
    `<pre>${form.replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</pre>`,
  ])
    expect(render(code, all).replace(/ rel="[^"]*"/g, '')).toContain(shown)
})

test('what stands in noscript is shown, unless it only counts visits', () => {
  expect(render('<noscript><img src="https://example.org/c.png" alt="Chart"></noscript>', [])).toBe(
    '<img src="https://example.org/c.png" alt="Chart" />',
  )
  expect(render('<noscript><img height="1" width="1" src="https://example.org/t"></noscript>', [])).toBe('')
})

test('emphasis ends beside Chinese and Japanese punctuation', () => {
  expect(render('**数据（Data）。**后面 __「潮」__は *外*。', [])).toContain('<strong>数据（Data）。</strong>后面')
  expect(render('snake_case_name 2*3*4 **a**b', [])).toBe('<p>snake_case_name 2<em>3</em>4 <strong>a</strong>b</p>')
})
