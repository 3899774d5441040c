import { expect, test } from 'vitest'
import { openingParagraph } from '../../../src/articles/markdown/plain-text.ts'
import { renderMarkdown } from '../../../src/articles/markdown/render-markdown.ts'
import { type Dialect, dialectNames } from '../../../src/publication/dialects.ts'
import { makePublication } from '../articles-world.ts'

function render(body: string, path = 'blog/this.md', dialects: readonly Dialect[] = dialectNames): string {
  return renderMarkdown(body, {
    publication: makePublication('/content'),
    path,
    url: 'https://tide.example.org/articles/this',
    slug: 'this',
    dialects: new Set(dialects),
    params: new Map([['by', 'Ann']]),
    addressOf: (to) => (to.includes('other') ? 'https://tide.example.org/articles/other' : undefined),
  })
}

const watch = '<a href="https://www.youtube.com/watch?v=abc123">https://www.youtube.com/watch?v=abc123</a>'

test.each([
  ['{{< youtube abc123 >}}', `<p>${watch}</p>`],
  ['{{< youtube id="abc123" >}}', `<p>${watch}</p>`],
  ['{{ youtube(id="abc123") }}', `<p>${watch}</p>`],
  ['{% include youtube.html id="abc123" %}', `<p>${watch}</p>`],
  [
    '{% include image.html url="/a.png" description="A" %}\n![b](/b.png)',
    '<figure><img src="https://tide.example.org/a.png" alt="A" /><figcaption>A</figcaption></figure>\n<p><img src="https://tide.example.org/b.png" alt="b" /></p>',
  ],
  ['<YouTube id="abc123" />', `<p>${watch}</p>`],
  ['<iframe width="5" src="//www.youtube.com/embed/abc123?x=1" allowfullscreen></iframe>', `<p>${watch}</p>`],
  ['{% gist user/abc %}', '<p><a href="https://gist.github.com/user/abc">https://gist.github.com/user/abc</a></p>'],
  ['![a]({{ site.baseurl }}/a.png)', '<p><img src="https://tide.example.org/a.png" alt="a" /></p>'],
  ['<a href={{ site.url }}/a>x</a>', '<p><a href="https://tide.example.org/a">x</a></p>'],
  ['{{ "/a" | relative_url }} {{ page.title }}{% assign x = 1 %}', '<p>/a</p>'],
  ['{{< unknown >}}one{{< /unknown >}} {{< alone />}}', '<p>one</p>'],
  ['{{< button href="https://x.example/" >}}Go{{< /button >}} now', '<p><a href="https://x.example/">Go</a> now</p>'],
  ['{% for post in site.posts %}{{ post.title }}{% endfor %}{% if a %}yes{% else %}no{% endif %}', '<p>yes</p>'],
  [
    '[x]({% post_url 2020-01-01-other %}) [y]({{< ref "other.md" >}})',
    '<p><a href="https://tide.example.org/articles/other">x</a> <a href="https://tide.example.org/articles/other">y</a></p>',
  ],
  ['[y]({{< ref "other.md" >}}) {{</* x */>}}', '<p><a href="https://tide.example.org/articles/other">y</a></p>'],
  ['{% raw %}{{ kept }}{% endraw %}', '<p>{{ kept }}</p>'],
  ['`{{</* x */>}}` `{% raw %}{{ y }}{% endraw %}`', '<p><code>{{&lt; x &gt;}}</code> <code>{{ y }}</code></p>'],
  ['{% highlight js linenos %}\na {{ b }}\n{% endhighlight %}', '<pre><code class="language-js">a {{ b }}\n</code></pre>'],
  ['$$\\frac{{a}}{{b}}$$ for $5 {{ x }} or $6', '<p>$$\\frac{{a}}{{b}}$$ for $5  or $6</p>'],
  ['* TOC\n{:toc}\n\n## A {#b .c}\n\nText\n{: .lead}\n\n{::comment}no{:/comment}', '<h2 id="b">A</h2>\n<p>Text</p>'],
  [
    '![a](b.png){: width="7"} `x`{:.y} [c](https://d.example){:target="_blank"}',
    '<p><img src="https://tide.example.org/media/articles/blog/b.png" alt="a" /> <code>x</code> <a href="https://d.example/">c</a></p>',
  ],
  [':::tip[Mind]\nIt.\n:::', '<aside>\n<p><strong>Mind</strong></p>\n<p>It.</p>\n</aside>'],
  ['!!! note "Mind"\n    It.\n\nAfter', '<aside>\n<p><strong>Mind</strong></p>\n<p>It.</p>\n</aside>\n<p>After</p>'],
  ['> [!NOTE]\n> It.', '<blockquote>\n<p><strong>Note</strong></p>\n<p>It.</p>\n</blockquote>'],
  ['- [ ] a\n- [x] b', '<ul>\n<li>☐ a</li>\n<li>☑ b</li>\n</ul>'],
  ['[[toc]]\n\n[TOC]\n\n:tada: at 10:30:45 [[Page|label]]', '<p>🎉 at 10:30:45 label</p>'],
  ['<!-- a {{ b }} -->One<!--more--> two', '<p>One two</p>'],
  ['List<String> and {braces} in Markdown', '<p>List and {braces} in Markdown</p>'],
])('%j is shown as %j', (body, html) => {
  expect(render(body)).toBe(html)
})

test.each([
  ["import A from \"./a\"\nimport {\n B,\n} from 'b'\nexport const c = () => (\n <p>it's</p>\n)\n\nOne", '<p>One</p>'],
  [
    'import pic from "./pic.png"\n\n<Image src={pic} alt="p" />',
    '<img src="https://tide.example.org/media/articles/blog/pic.png" alt="p" />',
  ],
  ["<img src={require('./a.png').default} alt='a' />", '<img src="https://tide.example.org/media/articles/blog/a.png" alt="a" />'],
  ['<Foo bar={{ a: 1 }} baz="x>y">\n  Two {"three"}{/* four */} {five.six}\n</Foo>', '<p>Two three</p>'],
  ['<Callout title="Mind">\n    It.\n</Callout>', '<aside>\n<p><strong>Mind</strong></p>\n<p>It.</p>\n</aside>'],
  [
    '`{a}` and \\{b}\n\n```js\nimport x from "y"\n```',
    '<p><code>{a}</code> and {b}</p>\n<pre><code class="language-js">import x from "y"\n</code></pre>',
  ],
])('the MDX %j is shown as %j', (body, html) => {
  expect(render(body, 'blog/this.mdx')).toBe(html)
})

test('footnote ids differ between articles', () => {
  const html = render('A[^1] and B[^1].\n\n[^1]: Note.')
  expect(html).toContain('<a href="https://tide.example.org/articles/this#fn-this-1" id="fnref-this-1">')
  expect(html).toContain('<li id="fn-this-1">')
})

test.each([
  ['{{< figure src="a.png" >}}\n\nimport A from "a"\n\n# T\n\nOne [two](b.md)[^1] &amp; `three`.', 'One two & three.'],
  ['In `_posts` and _there_, `a*b*c`', 'In _posts and there, a*b*c'],
  ['Title\n=====\n\na | b\n---|---\n1 | 2\n\n<p>In <b>HTML</b></p>', 'In HTML'],
])('%j gets the description %j', (body, description) => {
  expect(openingParagraph(body, { path: 'a.md', dialects: new Set(dialectNames) })).toBe(description)
})

test('Markdown below a component that shows a picture is rendered', () => {
  expect(render('<Image src="/a.png" alt="A" />\n**bold**', 'blog/this.mdx')).toBe(
    '<img src="https://tide.example.org/a.png" alt="A" />\n<p><strong>bold</strong></p>',
  )
})
