import type { Blog } from './blogs.ts'

const eleventy: Blog = {
  name: 'Eleventy',
  publication: 'title: Eleventy\nurl: https://eleventy.example.org\narticles: src\n',
  files: {
    'src/posts/posts.json': '{"layout":"post"}',
    'src/posts/one.md':
      '---\ntitle: One\ndate: 2022-05-06T00:00:00.000Z\ntags:\n\t- posts\n\t- css\npermalink: \'/{{ page.fileSlug }}/\'\n---\n\n{% image "./a.png", "An alt" %}\n\n{{ collections.all | length }} left. {% renderTemplate %}x{% endrenderTemplate %}\n\n[two](./two.md)\n',
    'src/posts/two.md': '---js\n{ title: "runs", date: process.exit(1) }\n---\n',
    'src/posts/three.md': '---json\n{ "title": "Three", "date": "2022-05-08" }\n---\nWords [one](../one/).\n',
    'src/posts/four.md': '---\ntitle: Four\ntitle: Four again\ndate: git Last Modified\n---\n',
  },
  titles: ['Three', 'One'],
}

const astro: Blog = {
  name: 'Astro',
  publication: 'title: Astro\nurl: https://astro.example.org\narticles: src/content/blog\n',
  files: {
    'src/content/blog/first.md':
      "---\ntitle: 'First'\ndescription: 'Of Astro'\npubDate: 'Jul 08 2022'\nupdatedDate: 'Jul 09 2022'\nheroImage: '../../assets/hero.png'\ntags: [astro, { name: Web }]\n---\n\nA table:\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n:::tip[Look]\nInner\n:::\n",
    'src/content/blog/second.mdx':
      "---\ntitle: Second\npubDatetime: 2022-09-10T05:00:00Z\nauthor: '[Jane](https://jane.example.org)'\n---\nimport { Image } from 'astro:assets';\nimport pic from './pic.png'\nexport const year = () => {\n  return new Date().getFullYear()\n}\n\n# Second\n\n<Image src={pic} alt=\"A pic\" />\n\n<Callout type={{ a: 1 }} title=\"Mind\">\n  In **it** {/* no */} {year()}\n</Callout>\n\n```js\nimport x from 'y'\nexport const z = <Foo bar={{ a: 1 }} />\n```\n\n<div style={{ color: 'red' }} className=\"a\">boxed</div>\n",
    'src/content/blog/third.md': '---\ntitle: Third\npubDate: 2017-02-29\n---\nx',
    'src/content/blog/pic.png': 'PNG',
    'src/assets/hero.png': 'PNG',
  },
  titles: ['Second', 'First'],
}

const docusaurus: Blog = {
  name: 'Docusaurus',
  publication:
    'title: Docusaurus\nurl: https://docs.example.org\narticles: { folder: blog, links: "https://docs.example.org/blog/{year}/{month}/{day}/{slug}" }\n',
  files: {
    'blog/authors.yml': 'wil:\n  name: Wil Write\n  title: Writer\n',
    'blog/2019-05-28-first/index.md':
      '---\nslug: /first-steps/\ntitle: First steps\nauthors: [wil, { name: Guest, url: https://x.example }]\ntags: [hello]\nhide_table_of_contents: true\n---\n\nOpening words.\n\n<!-- truncate -->\n\n![A](./a.png)\n\n:::note Mind\n\nThis [other](../2019-05-29-second.mdx) and [doc](/docs/intro).\n\n:::\n\n```jsx title="src/a.js" {1,3}\n<App/>\n```\n',
    'blog/2019-05-28-first/a.png': 'PNG',
    'blog/2019-05-29-second.mdx':
      '---\nauthors:\n  - wil\n---\n\nimport Tabs from \'@theme/Tabs\';\n\n# Second steps {#top}\n\n<Tabs>\n  <TabItem value="a" label="A">\n\n    In a tab: {\'text\'}\n\n  </TabItem>\n</Tabs>\n\n<iframe width="5" src="https://www.youtube.com/embed/w7Ft2ymGmfc"></iframe>\n\n<img src={require(\'./2019-05-28-first/a.png\').default} alt="B" />\n',
    'blog/2020/01/02/in-folders.md': '# In folders\n\nBy day.\n',
  },
  titles: ['In folders', 'Second steps', 'First steps'],
}

const next: Blog = {
  name: 'Next',
  publication:
    'title: Next\nurl: https://next.example.org\narticles: { folder: posts, fields: { publish_date: when, description: false, heroImage: meta.og.image } }\n',
  files: {
    'posts/a.mdx':
      "export const meta = {\n  title: 'By export',\n  when: '2023-01-02',\n  tags: ['x'],\n}\n\nIt's **MDX**.\n\n<Link href=\"/b\">to b</Link>\n\nexport default ({ children }) => <Layout meta={meta}>{children}</Layout>\n",
    'posts/b.mdx':
      "---\ntitle: With front matter\nwhen: 2023-01-03\ndescription: left off\nmeta: { og: { image: 'https://pictures.example.org/b.png' } }\n---\nThe body speaks.\n",
    'posts/c.mdx': '---\ntitle: שלום\nwhen: "2023-01-04"\n---\nטקסט בעברית\n\nNBSP\u00A0here\n',
  },
  titles: ['שלום', 'With front matter', 'By export'],
}

export const scripted: readonly Blog[] = [eleventy, astro, docusaurus, next]
