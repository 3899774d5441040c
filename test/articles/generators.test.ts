import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeContent } from '../support/content.ts'
import { png } from './files/image-bytes.ts'
import { blogs } from './generators/blogs.ts'

interface BlogOutput {
  readonly articles: readonly {
    readonly title: string
    readonly id: string
    readonly url: string
    readonly slug: string
    readonly html: string
    readonly description: string
    readonly authors: readonly string[]
    readonly topics: readonly string[]
    readonly publishedAt: string
    readonly updatedAt: string
    readonly hero?: { readonly url: string; readonly alt: string; readonly file?: string }
  }[]
  readonly problems: readonly {
    readonly severity: string
    readonly path: string
    readonly field?: string
    readonly line?: number
    readonly reason: string
  }[]
}

const run = promisify(execFile)
const contents: Awaited<ReturnType<typeof makeContent>>[] = []
const outputs = new Map<string, string>()
const results = new Map<string, BlogOutput>()
const zones = ['UTC', 'Asia/Tokyo', 'America/Los_Angeles']

beforeAll(async () => {
  for (const { files, publication } of blogs) {
    const content = await makeContent({}, publication)
    contents.push(content)
    for (const [path, text] of Object.entries(files)) {
      await content.write(path, text)
      if (text === 'PNG') await writeFile(join(content.folder, path), png(600, 400))
    }
  }
  const script = join(import.meta.dirname, 'generators/print-articles.ts')
  await Promise.all(
    zones.map(async (TZ) => {
      const folders = contents.map(({ folder }) => folder)
      const { stdout } = await run(process.execPath, [script, ...folders], { env: { PATH: process.env.PATH, TZ }, maxBuffer: 2 ** 26 })
      outputs.set(TZ, stdout)
    }),
  )
  const lines = outputs.get('UTC')?.trimEnd().split('\n') ?? []
  for (const [index, { name }] of blogs.entries()) results.set(name, JSON.parse(lines[index] ?? '{}'))
})

afterAll(async () => {
  for (const content of contents) await content[Symbol.asyncDispose]()
})

function of(blog: string, title: string) {
  const article = results.get(blog)?.articles.find((one) => one.title === title)
  if (!article) throw new Error(`${blog} has no "${title}": ${JSON.stringify(results.get(blog)?.problems)}`)
  return article
}

test.each(blogs)('exactly the articles of $name are found', ({ name, titles }) => {
  expect(results.get(name)?.articles.map(({ title }) => title)).toEqual(titles)
})

test('the same folders read under three time zones are the same to the byte', () => {
  expect(outputs.get('UTC')).not.toBe('')
  for (const zone of zones) expect(outputs.get(zone)).toBe(outputs.get('UTC'))
})

test.each(blogs)('no syntax of $name is shown outside of code', ({ name }) => {
  for (const { html, title, description, ...rest } of results.get(name)?.articles ?? []) {
    const shown = `${title}\n${description}\n${html.replace(/<(code|pre)\b[^>]*>[\s\S]*?<\/\1>/g, '')}`.replace('{{ shown }}', '')
    expect(shown).not.toMatch(/\[object |undefined|Invalid Date|NaN|\{\{|\{%|:::|\{:|\{#|^import |^export |<[A-Z]|\bclassName\b|\/\*/m)
    expect(JSON.stringify(rest)).not.toMatch(/\[object |"undefined"|Invalid Date|NaN/)
    for (const [, address = ''] of shown.matchAll(/\s(?:href|src|poster|cite)="([^"]*)"/g))
      expect(address).toMatch(/^(?:https?:\/\/|mailto:)/)
  }
})

test('dates, also unusual ones, are read as meant', () => {
  expect(of('Hugo', 'In TOML')).toMatchObject({ publishedAt: '2016-01-29T08:00:00.000Z', updatedAt: '2017-01-01T00:00:00.000Z' })
  expect(of('Hugo', 'In YAML: with a colon').publishedAt).toBe('2016-01-29T00:00:00.000Z')
  expect(of('Hugo', 'A bundle').publishedAt).toBe('2024-08-25T00:00:00.000Z')
  expect(of('Hexo', '你好，世界').publishedAt).toBe('2018-03-03T21:06:07.000Z')
  expect(of('Docusaurus', 'In folders').publishedAt).toBe('2020-01-02T00:00:00.000Z')
  expect(of('Jekyll', 'First post').publishedAt).toBe('2020-01-02T00:00:00.000Z')
})

test('problems are reported with file, field and line', () => {
  const problems = [...results.values()].flatMap((one) => one.problems)
  expect(problems.find(({ path }) => path === 'third.md')).toMatchObject({ severity: 'error', field: 'pubDate', line: 3 })
  expect(problems.find(({ path }) => path === '_posts/2020/2020-02-30-impossible.md')?.reason).toContain(
    'names a day that 2020-02 does not have',
  )
  expect(problems.find(({ path }) => path === 'posts/two.md')).toMatchObject({ severity: 'error', line: 1 })
  expect(problems.filter(({ severity }) => severity === 'error').map(({ path }) => path)).toEqual([
    '_posts/2020/2020-02-30-impossible.md',
    'posts/two.md',
    'third.md',
  ])
})

test('authors, topics, descriptions and pictures are found under any of their names', () => {
  expect(of('Hugo', 'In YAML: with a colon')).toMatchObject({ authors: ['Ann', 'Ben'], topics: ['notes'], description: 'Said so in short' })
  expect(of('Hugo', 'In TOML')).toMatchObject({
    topics: ['go', 'web-dev'],
    hero: { url: 'https://blog.example.org/media/static/images/cover.png', alt: 'A cover', file: 'image/png' },
  })
  expect(of('Hugo', 'A bundle').hero?.url).toBe('https://blog.example.org/media/content/posts/bundle/one.png')
  expect(of('Zola', 'Hello')).toMatchObject({ authors: ['Zoe'], topics: ['a-tag'] })
  expect(of('Jekyll', 'First post')).toMatchObject({ authors: ['Jo March'], topics: ['ruby', 'rails'], description: 'The opening, next.' })
  expect(of('Jekyll', 'Second & last')).toMatchObject({ authors: ['Site Author'], topics: ['news'], hero: { file: 'image/png' } })
  expect(of('Hexo', '你好，世界')).toMatchObject({ topics: ['生活', '随笔', '潮'], description: '欢迎来到这里。' })
  expect(of('Eleventy', 'One').topics).toEqual(['css'])
  expect(of('Astro', 'First')).toMatchObject({
    topics: ['astro', 'web'],
    hero: { url: 'https://astro.example.org/media/src/assets/hero.png' },
  })
  expect(of('Docusaurus', 'First steps')).toMatchObject({ authors: ['Wil Write', 'Guest'], topics: ['hello'] })
  expect(of('Next', 'With front matter')).toMatchObject({
    description: 'The body speaks.',
    hero: { url: 'https://pictures.example.org/b.png' },
  })
})

test('links between articles, to the pages of the site and to files become addresses', () => {
  expect(of('Hugo', 'In TOML').html).toContain('href="https://blog.example.org/posts/bundle/"')
  expect(of('Jekyll', 'First post').html).toContain('href="https://jekyll.example.org/news/second/"')
  expect(of('Jekyll', 'First post').html).toContain('src="https://jekyll.example.org/media/assets/pic.png"')
  expect(of('Jekyll', 'Second & last').html).toContain('href="https://jekyll.example.org/2020/01/02/first-post.html"')
  expect(of('Zola', 'Hello').html).toContain('href="https://zola.example.org/articles/there"')
  expect(of('Hexo', '你好，世界').html).toContain('<a href="https://hexo.example.org/articles/%E6%97%A7">一篇旧文</a>')
  expect(of('Hexo', '你好，世界').html).toContain('/media/source/_posts/%E4%BD%A0%E5%A5%BD/pic.png"')
  expect(of('Docusaurus', 'First steps').html).toContain('href="https://docs.example.org/blog/2019/05/29/second"')
  expect(of('Docusaurus', 'First steps').html).toContain('href="https://docs.example.org/docs/intro"')
  expect(of('Next', 'By export').html).toContain('<a href="https://next.example.org/articles/b">to b</a>')
})

test('code samples stay unchanged, and pictures and videos become pictures and links', () => {
  expect(of('Hugo', 'In YAML: with a colon').html).toContain('func f() { /* {{&lt; figure &gt;}} */ }')
  expect(of('Hugo', 'In YAML: with a colon').html).toContain('<code>{{&lt; youtube abc &gt;}}</code>')
  expect(of('Hugo', 'In YAML: with a colon').html).toContain('https://www.youtube.com/watch?v=w7Ft2ymGmfc')
  expect(of('Jekyll', 'First post').html).toContain('<code class="language-ruby">puts \'{{ site.title }}\'')
  expect(of('Astro', 'Second').html).toContain("import x from 'y'\nexport const z = &lt;Foo bar={{ a: 1 }} /&gt;")
  expect(of('Astro', 'Second').html).toContain('src="https://astro.example.org/media/src/content/blog/pic.png"')
  expect(of('Docusaurus', 'Second steps').html).toContain('https://www.youtube.com/watch?v=w7Ft2ymGmfc')
})

test('the ids of the former blog are taken over', () => {
  expect(of('Hugo', 'In JSON').id).toBe('https://blog.example.org/posts/json/')
})
