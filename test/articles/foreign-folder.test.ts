import { expect, test } from 'vitest'
import { readArticles } from '../../src/articles/articles.ts'
import { readPublication } from '../../src/publication/read.ts'
import { makeContent } from '../support/content.ts'
import { openArticlesWorld } from './articles-world.ts'

const now = new Date('2026-11-24T09:00:00Z')

function post(title: string, more = ''): string {
  return `---\ntitle: ${title}\n${more}---\n\nText of ${title}.\n`
}

/** Reads a folder of another generator. `settings`: further lines of `publication.yaml`. */
async function read(files: Readonly<Record<string, string>>, settings = '') {
  await using content = await makeContent({}, `title: T\nlanguage: en\n${settings}`)
  for (const [path, text] of Object.entries(files)) await content.write(path, text)
  const reading = await readPublication(content.folder, undefined, 'http://localhost:3000')
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  return await readArticles(reading.publication, now)
}

test('two files that state one slug are both published, the later one under another slug, which is told', async () => {
  const { articles, problems } = await read({
    'b/2019.md': post('Old', 'slug: gap\ndate: 2019-01-02\n'),
    'a/2021.md': post('New', 'slug: gap\ndate: 2021-03-04\n'),
    'c/2022.md': post('Newest', 'slug: gap\ndate: 2022-03-04\n'),
  })
  expect(articles.map(({ title, slug }) => [title, slug])).toEqual([
    ['Newest', 'c-2022'],
    ['New', 'a-2021'],
    ['Old', 'gap'],
  ])
  expect(problems).toMatchObject([
    {
      severity: 'warning',
      path: 'a/2021.md',
      field: 'slug',
      line: 3,
      reason: expect.stringMatching(/b\/2019\.md and a\/2021\.md.*"a-2021"/),
    },
    { severity: 'warning', path: 'c/2022.md', reason: expect.stringMatching(/b\/2019\.md and c\/2022\.md.*"c-2022"/) },
  ])
})

test('a slug that was published stays with its file when an older article wants it, and when the other one goes', async () => {
  const foreign = {
    isOwnFolder: false,
    fields: new Map(),
    links: undefined,
    ids: undefined,
    author: undefined,
    authorsFile: undefined,
    show: [],
    dialects: 'auto' as const,
    missingForMs: 3_600_000,
  }
  await using world = await openArticlesWorld(
    { 'm.md': post('First', 'slug: gap\ndate: 2021-03-04\n') },
    { publication: { articles: foreign } },
  )
  const slugs = () => Object.fromEntries(world.articles.current().articles.map(({ title, slug }) => [title, slug]))
  await world.nextChange(() => world.content.write('articles/a.md', post('Older', 'slug: gap\ndate: 2019-01-02\n')))
  expect(slugs()).toEqual({ First: 'gap', Older: 'a' })
  await world.restart()
  expect(slugs()).toEqual({ First: 'gap', Older: 'a' })
  await world.nextChange(() => world.content.remove('articles/m.md'))
  expect(slugs()).toEqual({ Older: 'a' })
  await world.restart()
  expect(slugs()).toEqual({ Older: 'a' })
})

test('an impossible date is told, and the date of the file name counts', async () => {
  const { articles, problems } = await read({
    '2024-01-11-x.md': post('X', 'date: 2024-02-30 11:00:00\n'),
    'y.md': post('Y', 'date: 2024-02-30\n'),
  })
  expect(articles.map(({ title, publishedAt }) => [title, publishedAt.toISOString()])).toEqual([['X', '2024-01-11T00:00:00.000Z']])
  expect(problems).toMatchObject([
    { severity: 'warning', path: '2024-01-11-x.md', field: 'date', line: 3, reason: expect.stringContaining('2024-01-11') },
    { severity: 'error', path: 'y.md', field: 'date' },
  ])
})

test.each([
  ['post.md', 'post.en.md'],
  ['post/index.md', 'post/index.en.md'],
  ['post.md', 'en/post.md'],
  ['blog/post.md', 'blog/en/post.md'],
  ['blog/tide/index.md', 'blog/tide/en/index.md'],
  ['tide/index.md', 'en/tide/index.md'],
])('%s beside %s is in another language where the publication is in English', async (other, own) => {
  const { articles, problems, leftOut } = await read({
    [other]: post('Marée', 'date: 2024-01-02\n'),
    [own]: post('Tide', 'date: 2024-01-02\n'),
  })
  expect(articles.map(({ title }) => title)).toEqual(['Tide'])
  expect(problems).toEqual([])
  expect(leftOut).toMatchObject([{ path: other, reason: 'translation', detail: expect.stringContaining(`of ${own}`) }])
})

test('an unmarked file is the original beside files in other languages, and where it states the language', async () => {
  const { articles } = await read({
    'post.md': post('Tide', 'date: 2024-01-02\n'),
    'post.fr.md': post('Marée', 'date: 2024-01-02\n'),
    'two.md': post('Two', 'date: 2024-01-03\nlang: en-US\n'),
    'two.en.md': post('Two again', 'date: 2024-01-04\n'),
  })
  expect(articles.map(({ title }) => title)).toEqual(['Two again', 'Two', 'Tide'])
})

test('authors files are found beside and above posts that lie deeper, the nearest first', async () => {
  const { articles, problems } = await read({
    'authors.yml': 'ann: { name: Ann Above }\nbo: Bo Above\n',
    'blog/authors.yml': 'ann: { name: Ann Blog }\n',
    'blog/2024/x.md': post('X', 'date: 2024-01-05\nauthors: [ann, bo]\n'),
    'notes/_data/authors.json': '[{ "id": "ann", "name": "Ann Notes" }]',
    'notes/deep/y.md': post('Y', 'date: 2024-01-04\nauthor: ann\n'),
    'more/data/authors.toml': '[ann]\nname = "Ann More"\n',
    'more/z.md': post('Z', 'date: 2024-01-03\nauthor: ann\n'),
    'list/authors.yaml': '- id: ann\n  name: Ann List\n',
    'list/w.md': post('W', 'date: 2024-01-02\nauthor: ann\n'),
    'v.md': post('V', 'date: 2024-01-01\nauthor: ann\n'),
    'bad/authors.yml': 'ann: [\n',
  })
  expect(articles.map(({ title, author }) => [title, author])).toEqual([
    ['X', 'Ann Blog, Bo Above'],
    ['Y', 'Ann Notes'],
    ['Z', 'Ann More'],
    ['W', 'Ann List'],
    ['V', 'Ann Above'],
  ])
  expect(problems).toMatchObject([{ severity: 'error', path: 'bad/authors.yml' }])
})

test('an authors file above a named folder is found', async () => {
  const files = {
    'src/data/authors.json': '{ "ann": { "name": "Ann" } }',
    'src/content/blog/x.md': post('X', 'date: 2024-01-05\nauthor: ann\n'),
  }
  const { articles } = await read(files, 'articles: { folder: src/content/blog }\n')
  expect(articles[0]?.author).toBe('Ann')
})

test('by and spoiler are author and description', async () => {
  const { articles } = await read({ 'x.md': post('X', 'date: 2024-01-05\nby: Ann\nspoiler: It floats.\n') })
  expect(articles).toMatchObject([{ author: 'Ann', description: 'It floats.' }])
})

test('a plain text of tags is split at commas; Jekyll splits it at spaces', async () => {
  const tags = 'date: 2024-01-05\ntags: number two\n'
  const { articles } = await read({
    'posts/x.md': post('X', tags),
    'source/_posts/y.md': post('Y', tags),
    '_posts/2024-01-05-z.md': post('Z', tags),
    '_posts/2024-01-05-one.md': post('One', 'tag: number two\n'),
    '_posts/2024-01-05-comma.md': post('Comma', 'tags: number two, three\n'),
  })
  expect(Object.fromEntries(articles.map(({ title, writtenTopics }) => [title, writtenTopics]))).toEqual({
    X: ['number two'],
    Y: ['number two'],
    Z: ['number', 'two'],
    One: ['number two'],
    Comma: ['number two', 'three'],
  })
})

test('a file called post or page has the name of its folder only where it is alone there', async () => {
  const text = post('T', 'date: 2024-01-05\n')
  const { articles } = await read({ 'a/post.md': text, 'a/other.md': text, 'b/post.md': text, 'b/post.fr.md': text, 'c/page.mdx': text })
  expect(articles.map(({ path, slug }) => [path, slug])).toEqual([
    ['a/other.md', 'other'],
    ['a/post.md', 'post'],
    ['b/post.md', 'b'],
    ['c/page.mdx', 'c'],
  ])
})

test('a notebook is read, except beside the Markdown made from it', async () => {
  const text = post('T', 'date: 2024-01-05\n')
  const { articles, leftOut } = await read({ 'a.qmd': text, 'b.Rmd': text, 'b.md': text })
  expect(articles.map(({ path }) => path)).toEqual(['a.qmd', 'b.md'])
  expect(leftOut).toMatchObject([{ path: 'b.Rmd', reason: 'notebook' }])
})
