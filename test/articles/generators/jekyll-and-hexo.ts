import type { Blog } from './blogs.ts'

const jekyll: Blog = {
  name: 'Jekyll',
  publication:
    'title: Jekyll\nurl: https://jekyll.example.org\narticles: { author: Site Author, links: "https://jekyll.example.org/{year}/{month}/{day}/{slug}.html" }\n',
  files: {
    'index.md': '---\nlayout: home\n---\n',
    'README.md': '# How to build\n',
    'about.markdown': '---\nlayout: page\ntitle: About\n---\n',
    '_layouts/post.md': 'no article',
    '_drafts/soon.md': '---\ntitle: Soon\n---\n',
    '_data/authors.yml': 'jo:\n  display_name: Jo March\n  email: jo@example.org\n',
    '_posts/2020-01-02-first-post.markdown':
      '---\nlayout: post\nauthor: jo\ntags: ruby rails\nexcerpt_separator: <!--more-->\n---\n\n# First post\n\nThe opening, [next]({% post_url 2020-01-03-second %}).\n\n![Pic]({{ site.baseurl }}/assets/pic.png){: width="700" .center}\n\n{% highlight ruby linenos %}\nputs \'{{ site.title }}\'\n{% endhighlight %}\n\n* TOC\n{:toc}\n\nPara.\n{: .lead}\n\n{% raw %}{{ shown }}{% endraw %}\n',
    '_posts/2020-01-03-second.md':
      '---\ntitle: Second &amp; last\ncategories: News\nimage:\n  path: /assets/pic.png\npermalink: /news/:title/\n---\n{% include figure.html src="/assets/pic.png" caption="A pic" %}\n\n{% if site.x %}One{% else %}Two{% endif %}{% for p in site.posts %}{{ p.title }}{% endfor %}\n\nBack to [first](/2020/01/02/first-post.html) and {{ "/feed" | relative_url }}.\n\n<div markdown="1">\n{% comment %}hidden{% endcomment %}\n</div>\n',
    '_posts/2020/2020-02-30-impossible.md': '---\ntitle: Impossible\n---\n',
    '_posts/2021-01-01-second.md': '---\ntitle: Second again\npublished: true\n---\nWords.',
    '_posts/2021-02-02-hidden.md': '---\ntitle: Hidden\npublished: false\n---\nWords.',
    'assets/pic.png': 'PNG',
  },
  titles: ['Second again', 'Second & last', 'First post'],
}

const hexo: Blog = {
  name: 'Hexo',
  publication: 'title: Hexo\nurl: https://hexo.example.org\nlanguage: zh-CN\ntimezone: Asia/Shanghai\narticles: source\n',
  files: {
    'source/about/index.md': '---\ntitle: 关于\n---\n',
    'source/_drafts/x.md': 'title: x\n---\n',
    'source/_posts/你好.md':
      '---\ntitle: 你好，世界\ndate: 2018-03-04 05:06:07\nupdated: 2018-03-05 00:00:00\ncategories:\n- [生活, 随笔]\ntags:\n- 潮\n---\n\n欢迎来到这里。\n\n<!-- more -->\n\n{% asset_img pic.png 图 %}\n\n{% codeblock lang:js %}\nalert(1)\n{% endcodeblock %}\n\n{% blockquote David, Book %}\n话\n{% endblockquote %}\n\n{% post_link 旧 一篇旧文 %}\n\n{% note info %}\n注意\n{% endnote %}\n',
    'source/_posts/你好/pic.png': 'PNG',
    'source/_posts/旧.md': 'title: 旧文\ndate: 2017/3/4\ntags: [a]\n---\n旧的。',
  },
  titles: ['你好，世界', '旧文'],
}

export const jekyllAndHexo: readonly Blog[] = [jekyll, hexo]
