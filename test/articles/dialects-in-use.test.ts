import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readArticles } from '../../src/articles/articles.ts'
import { lintArticles } from '../../src/articles/lint.ts'
import { articleText, makeContent } from '../support/content.ts'
import { makePublication, openArticlesWorld } from './articles-world.ts'

const now = new Date('2026-11-24T09:00:00Z')

async function dialectsOf(files: Readonly<Record<string, string>>, dialects: 'auto' | [] | ['hugo'] = 'auto') {
  await using content = await makeContent({})
  for (const [path, text] of Object.entries(files))
    await content.write(path, path.endsWith('.md') || path.endsWith('.mdx') ? articleText({ title: path, body: text }) : text)
  const base = makePublication(content.folder)
  const snapshot = await readArticles({ ...base, articles: { ...base.articles, dialects } }, now)
  return { found: [...snapshot.dialects.keys()], html: new Map(snapshot.articles.map((article) => [article.path, article.html()])) }
}

test.each([
  ['{{< figure src="/a.png" >}}', 'hugo'],
  ['Text {{% note %}}in{{% /note %}} line', 'hugo'],
  ['{% include a.html %}', 'jekyll'],
  ['[a](https://example.org/){:target="_blank"}', 'jekyll'],
  ['A block\n{: .wide}', 'jekyll'],
  ['[caption id="a"]<img src="/a.png"> A[/caption]', 'wordpress'],
  ['![[a.png]]', 'obsidian'],
  ['<code style={{color: "#fff"}}>x</code>', 'mdx'],
  [':::note\nIt.\n:::', 'mdc'],
  ['![a](https://example.org/a.png align="center")', 'hashnode'],
])('%j in one file names its dialect', async (form, dialect) => {
  expect((await dialectsOf({ 'articles/a.md': form })).found).toEqual([dialect])
  expect((await dialectsOf({ 'articles/a.md': `\`\`\`\n${form}\n\`\`\`\n\n\`${form.replaceAll('\n', ' ')}\`` })).found).toEqual([])
})

test.each([
  ['::note\nIt.\n::', 'mdc'],
  ['See [[other]].', 'obsidian'],
  ['It is {{ page.title }}.', 'jekyll'],
  ['An {% x %} in a line', 'jekyll'],
  ['[gallery ids="1"]', 'wordpress'],
])('%j may be prose, and counts from three files on', async (form, dialect) => {
  const two = { 'articles/a.md': form, 'articles/b.md': `${form}\n\n${form}` }
  expect((await dialectsOf(two)).found).toEqual([])
  expect((await dialectsOf({ ...two, 'articles/c.md': form })).found).toEqual([dialect])
})

test.each([
  ['hugo.toml', '', ['hugo']],
  ['config.toml', "baseURL = 'https://example.org'", ['hugo']],
  ['config.toml', 'base_url = "https://example.org"', ['jekyll']],
  ['config.json', '{"port": 1}', []],
  ['_config.yml', '', ['jekyll']],
  ['astro.config.mjs', '', ['mdx', 'mdc']],
  ['docusaurus.config.ts', '', ['mdx', 'mdc']],
  ['nuxt.config.ts', '', ['mdc']],
  ['next.config.js', '', ['mdx']],
  ['.obsidian/app.json', '{}', ['obsidian']],
])('%s names the dialects of its generator', async (name, text, dialects) => {
  expect((await dialectsOf({ [name]: text, 'articles/a.md': 'Text' })).found).toEqual(dialects)
})

test('prose in brackets and braces stays prose, and an empty list reads none', async () => {
  const prose = 'Sets {a, b}, {{ mustache }}, [1], [[note]], ::before, {:ok} and 100%% sure.'
  const { html } = await dialectsOf({ 'articles/a.md': prose })
  expect(html.get('a.md')).toBe(`<p>${prose}</p>`)
  const off = await dialectsOf({ 'hugo.toml': '', 'articles/a.md': '{{< a >}}', 'articles/b.mdx': '{1 + 1}<Foo>x</Foo>' }, [])
  expect(off.found).toEqual([])
  expect(off.html.get('a.md')).toBe('<p>{{&lt; a &gt;}}</p>')
  expect(off.html.get('b.mdx')).toBe('<p>x</p>')
})

test('a dialect that was found stays in use after its file is gone, and other files are read with it at once', async () => {
  await using world = await openArticlesWorld({
    'a.md': articleText({ title: 'A', body: 'See [[b]].' }),
    'b.md': articleText({ title: 'B', body: 'B' }),
  })
  const shown = () =>
    world.articles
      .current()
      .articles.find(({ path }) => path === 'a.md')
      ?.html()
  expect(shown()).toBe('<p>See [[b]].</p>')
  await world.nextChange(() => writeFile(join(world.publication.articlesFolder, 'c.md'), articleText({ title: 'C', body: '![[a.png]]' })))
  expect(shown()).toBe('<p>See <a href="https://tide.example.org/articles/b">b</a>.</p>')
  await world.nextChange(() => writeFile(join(world.publication.articlesFolder, 'c.md'), articleText({ title: 'C', body: 'Nothing' })))
  await world.restart()
  expect([...world.articles.current().dialects]).toEqual([['obsidian', 'c.md']])
  expect(shown()).toContain('<a href')
})

test('check asks the resolver that the page uses, and sees the links of shortcodes', async () => {
  await using content = await makeContent({
    'jsx.md': articleText({ title: 'JSX', extra: 'aliases: [/2021/old]\n' }),
    'a.md': articleText({
      title: 'A',
      body: '[one](/blog/jsx) [two](/2021/old/) [three]({{< ref "jsx" >}}) [four](/blog/nowhere)\n\n{{< img src="/gone.png" alt="x" >}}',
    }),
  })
  const publication = makePublication(content.folder)
  const snapshot = await readArticles(publication, now)
  const findings = await lintArticles(publication, snapshot)
  expect(findings.filter(({ field }) => field === 'body').map(({ line, reason }) => `${line} ${reason}`)).toEqual([
    '14 the link /blog/nowhere is broken: there is no such page',
    '16 the picture /gone.png is broken: there is no such page',
  ])
})
