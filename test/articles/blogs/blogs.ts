/** One post of a fixture blog, written from the documentation of its generator, and what readers must find of it. */
export interface FixtureBlog {
  readonly name: string
  /** Text of its publication.yaml, after `title` and `url`. */
  readonly articles: string
  /** Text by path below the content folder. */
  readonly files: Readonly<Record<string, string>>
  readonly title: string
  /** Addresses and words of the body, as they must be shown. */
  readonly shown: readonly string[]
  /** Signs of syntax that must not be shown. */
  readonly hidden: readonly string[]
}

const e = 'https://example.org'
const youtube = 'https://www.youtube.com/watch?v=w7Ft2ymGmfc'

export const fixtureBlogs: readonly FixtureBlog[] = [
  {
    name: 'Hugo',
    articles: 'content/posts',
    files: {
      'hugo.toml': "baseURL = 'https://example.org/'\n",
      'content/posts/a.md': `+++\ntitle = 'Low &amp; high'\ndate = 2024-01-02\n[params]\n  vessel = 'Mary Ann'\n+++\nBy {{< param vessel >}}.\n\n{{< figure src="${e}/a.png" alt="Quay" caption="At noon" link="${e}/full" attr="Ann" attrlink="${e}/ann" >}}\n\n{{< youtube w7Ft2ymGmfc >}}\n\n{{% callout note %}}Mind the **gap** [here](${e}/gap).{{% /callout %}}\n\n{{< details summary="More" >}}\n[in](${e}/in)\n{{< /details >}}\n\n{{< gist ann 23932424365401ffa5e9d9810102a477 >}} {{< vimeo 55073825 >}} {{< instagram CxOWiQNP2MO >}} {{< x user="SanDiegoZoo" id="1453110110599868418" >}} {{< qr text="${e}/qr" />}}\n`,
    },
    title: 'Low & high',
    shown: [
      'Mary Ann',
      `${e}/a.png`,
      `${e}/full`,
      `${e}/ann`,
      youtube,
      `${e}/gap`,
      `${e}/in`,
      'https://gist.github.com/ann/23932424365401ffa5e9d9810102a477',
      'https://vimeo.com/55073825',
      'https://www.instagram.com/p/CxOWiQNP2MO/',
      'SanDiegoZoo/status/1453110110599868418',
      `${e}/qr`,
    ],
    hidden: ['{{', '}}'],
  },
  {
    name: 'Jekyll',
    articles: '_posts',
    files: {
      '_config.yml': 'title: x\n',
      '_posts/2024-01-02-a.md': `---\nlayout: post\ntitle: "Ann&#8217;s boat"\n---\n{% include figure.html src="${e}/a.png" caption="Quay" %}\n\n[out](${e}/out){:target="_blank"}\n{: .lead}\n\n{% highlight ruby %}\nputs 1\n{% endhighlight %}\n\n{% for p in site.posts %}x{% endfor %}<img src="${e}/b.png">\n`,
    },
    title: 'Ann’s boat',
    shown: [`${e}/a.png`, `${e}/out`, `${e}/b.png`, 'puts 1'],
    hidden: ['{%', '{:'],
  },
  {
    name: 'Eleventy',
    articles: 'posts',
    files: {
      'eleventy.config.js': '',
      'posts/a.md': `---\ntitle: Tides\ndate: 2024-01-02\n---\n{% image "${e}/a.png", "Quay" %}\n\n[o]({{ "${e}/o" | url }}) {{ collections.all.length }}\n\n{% youtube "w7Ft2ymGmfc" %}\n`,
    },
    title: 'Tides',
    shown: [`${e}/a.png`, `${e}/o`, youtube],
    hidden: ['{%', '{{'],
  },
  {
    name: 'Astro',
    articles: 'src/content/blog',
    files: {
      'astro.config.mjs': '',
      'src/content/blog/a.md': `---\ntitle: Tides\npubDate: 2024-01-02\n---\n::note\nMind [it](${e}/it).\n::\n\n:::tip[Look]\n[there](${e}/there)\n:::\n\nSets {a, b} stay.\n`,
    },
    title: 'Tides',
    shown: [`${e}/it`, `${e}/there`, 'Look', 'Sets {a, b} stay.'],
    hidden: ['::'],
  },
  {
    name: 'Docusaurus',
    articles: 'blog',
    files: {
      'docusaurus.config.ts': '',
      'blog/2024-01-02-a/index.mdx': `---\nslug: a\n---\nimport Tabs from '@theme/Tabs'\n\n# The tabs\n\n<Tabs>\n  <TabItem value="a">\n    In **a** [tab](${e}/tab)\n\n    \`\`\`js\n    const a = { b: 1 }\n    \`\`\`\n  </TabItem>\n</Tabs>\n\n:::note Mind\n[it](${e}/it)\n:::\n\n<a href="${e}/jsx" style={{color: 'red'}}>x</a>\n`,
    },
    title: 'The tabs',
    shown: [`${e}/tab`, '<strong>a</strong>', 'const a = { b: 1 }', `${e}/it`, `${e}/jsx`],
    hidden: ['import Tabs', '<Tab', ':::', 'style='],
  },
  {
    name: 'Hexo',
    articles: 'source/_posts',
    files: {
      '_config.yml': '',
      'source/_posts/a.md': `---\ntitle: 潮\ndate: 2024-01-02 03:04:05\n---\n**数据（Data）。**后面\n\n{% img left ${e}/a.png 300 200 'Quay' %}\n\n{% blockquote Ann ${e}/ann Book %}\nWords\n{% endblockquote %}\n\n{% link Text ${e}/link %}\n\n{% youtube w7Ft2ymGmfc %}\n`,
    },
    title: '潮',
    shown: ['<strong>数据（Data）。</strong>', `${e}/a.png`, `${e}/ann`, youtube],
    hidden: ['{%', '**'],
  },
  {
    name: 'Zola',
    articles: 'content',
    files: {
      'config.toml': 'base_url = "https://example.org"\n',
      'content/a.md': `+++\ntitle = "Tides"\ndate = 2024-01-02\n+++\n{{ youtube(id="w7Ft2ymGmfc") }}\n\n{% quote(author="Ann") %}\nWords [out](${e}/out)\n{% end %}\n\n{{ image(src="${e}/a.png", alt="Quay") }}\n`,
    },
    title: 'Tides',
    shown: [youtube, `${e}/out`, `${e}/a.png`],
    hidden: ['{{', '{%'],
  },
  {
    name: 'Next',
    articles: 'posts',
    files: {
      'next.config.mjs': '',
      'posts/a.mdx': `export const meta = { title: 'By export', date: '2024-01-02' }\n\nText.\n\n<Image src="${e}/a.png" alt="Quay" width={300} />\n\n<callout-note>\n\tRead [the guide](${e}/g) and **do** it.\n</callout-note>\n\n<LinkCard url="${e}/card" />\n`,
    },
    title: 'By export',
    shown: [`${e}/a.png`, `${e}/g`, '<strong>do</strong>', `${e}/card`],
    hidden: ['export const', 'callout'],
  },
  {
    name: 'Nuxt Content',
    articles: 'content',
    files: {
      'nuxt.config.ts': '',
      'content/1.a.md': `---\ntitle: Tides\ndate: 2024-01-02\n---\n::alert{type="info"}\nMind [it](${e}/it).\n::\n\n::card\n---\nto: ${e}/card\ntitle: Card\n---\n#default\nIn :icon{name="x"} :link[here]{href="${e}/here"}\n::\n\n![Quay](${e}/a.png){width="300"}\n`,
    },
    title: 'Tides',
    shown: [`${e}/it`, `${e}/card`, `${e}/here`, `${e}/a.png`],
    hidden: ['::', '#default', '{'],
  },
  {
    name: 'Gatsby',
    articles: 'content',
    files: {
      'gatsby-config.js': '',
      'content/blog/a/index.mdx': `---\ntitle: "The <del>old</del> quay"\ndate: "2024-01-02"\n---\nimport { X } from './x'\n\n<X>\n\n[out](${e}/out)\n\n</X>\n\n<iframe src="https://www.youtube.com/embed/w7Ft2ymGmfc"></iframe>\n\n<audio controls><source src="${e}/a.mp3" /></audio>\n`,
    },
    title: 'The old quay',
    shown: [`${e}/out`, youtube, `${e}/a.mp3`],
    hidden: ['import', '<X'],
  },
  {
    name: 'Pelican',
    articles: 'content',
    files: {
      'pelicanconf.py': '',
      'content/a.md': `---\nTitle: Tides\nDate: 2024-01-02 10:20\nCategory: Sea\n---\n!!! note "Mind"\n    It is [here](${e}/here).\n\n[TOC]\n\nSets {a} and [[b]].\n\n![Quay](${e}/a.png)\n`,
    },
    title: 'Tides',
    shown: [`${e}/here`, `${e}/a.png`, 'Sets {a} and [[b]].', '<strong>Mind</strong>'],
    hidden: ['!!!', '[TOC]'],
  },
  {
    name: 'Obsidian',
    articles: 'notes',
    files: {
      '.obsidian/app.json': '{}',
      'files/plan.png': 'PNG',
      'notes/2024-01-01-other.md': '---\ntitle: Other\n---\nText.\n',
      'notes/a.md': `---\ntitle: Tides\ndate: 2024-01-02\n---\n[[2024-01-01-other|the other]] [[2024-01-01-other#Low tide]] ![[plan.png|300]] %%remark%% ==mark==\n\n> [!tip]- Title\n> [in](${e}/in)\n`,
    },
    title: 'Tides',
    shown: ['https://blog.example.org/articles/other"', '/articles/other#low-tide', '/media/files/plan.png', `${e}/in`, 'mark'],
    hidden: ['[[', '%%', '==', '[!tip]', 'remark'],
  },
]
