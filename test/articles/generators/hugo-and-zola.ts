import type { Blog } from './blogs.ts'

const hugo: Blog = {
  name: 'Hugo',
  publication:
    'title: Hugo\nurl: https://blog.example.org\narticles: { folder: content, links: "https://blog.example.org/posts/{slug}/", ids: permalink }\n',
  files: {
    'content/_index.md': '---\ntitle: Home\n---\n',
    'content/posts/_index.md': '+++\ntitle = "Posts"\n+++\n',
    'content/about.md': '+++\ntitle = "About"\n+++\nMe.',
    'content/search.md': '---\ntitle: Search\nlayout: search\n---\n',
    'content/posts/toml.md':
      '\uFEFF+++\r\ntitle = "In TOML"\r\ndate = 2016-01-29T10:00:00+02:00\r\nlastmod = 2017-01-01\r\ndraft = false\r\ntags = ["Go", "Web dev"]\r\n[cover]\r\nimage = "/images/cover.png"\r\nalt = "A cover"\r\n+++\r\n\r\nFirst words. See [the other]({{< ref "bundle/index.md" >}}) and {{< relref "posts/yaml.md#part" >}}.\r\n\r\n{{< figure src="/images/cover.png" title="The cover" >}}\r\n\r\n{{% notice tip %}}\r\nMind **this**.\r\n{{% /notice %}}\r\n',
    'content/posts/yaml.md':
      '---\ntitle: "In YAML: with a colon"\nDate: 2016-1-29\nauthors: [Ann, { name: Ben }]\ncategories:\n  - Notes\nsummary: "Said **so** in short"\n---\n\n## Part {#part}\n\n{{< highlight go "linenos=table" >}}\nfunc f() { /* {{< figure >}} */ }\n{{< /highlight >}}\n\nShown as `{{</* youtube abc */>}}`: {{< youtube w7Ft2ymGmfc >}}\n\n<!--more-->\n\nRest {{< unknown "x" >}}.[^1]\n\n[^1]: A note.\n',
    'content/posts/bundle/index.md':
      '---\ntitle: A bundle\ndate: 25 Aug 2024\nresources:\n  - src: one.png\n---\n![One](one.png)\n\n{{< gist someone 1234abcd >}}\n',
    'content/posts/bundle/one.png': 'PNG',
    'content/posts/json.md': '{\n  "title": "In JSON",\n  "date": "2019-05-01T00:00:00Z",\n  "tags": "one"\n}\n\nWords of JSON.\n',
    'content/posts/draft.md': '+++\ntitle = "Not yet"\ndate = 2020-01-01\ndraft = true\n+++\n',
    'static/images/cover.png': 'PNG',
  },
  titles: ['A bundle', 'In JSON', 'In TOML', 'In YAML: with a colon'],
}

const zola: Blog = {
  name: 'Zola',
  publication: 'title: Zola\nurl: https://zola.example.org\narticles: content\n',
  files: {
    'content/_index.md': '+++\nsort_by = "date"\n+++\n',
    'content/blog/_index.md': '+++\n+++\n',
    'content/blog/2021-03-04-hello.md':
      '+++\ntitle = "Hello"\n[taxonomies]\ntags = ["a tag"]\n[extra]\nauthor = "Zoe"\n+++\n\nSee [there](@/blog/there.md).\n\n{{ youtube(id="w7Ft2ymGmfc") }}\n\n{% quote(author="V") %}\nA saying\n{% end %}\n',
    'content/blog/there.md':
      '+++\ntitle = "There"\ndate = 2021-03-05\nupdated = 2021-04-01\n+++\n\n{{ resize_image(path="blog/a.png", width=3) }} Words.\n',
  },
  titles: ['There', 'Hello'],
}

export const hugoAndZola: readonly Blog[] = [hugo, zola]
