import { truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readArticles } from '../../../src/articles/articles.ts'
import { listUnread } from '../../../src/articles/files/unread-files.ts'
import { readPublication } from '../../../src/publication/read.ts'
import { articleText, makeContent } from '../../support/content.ts'
import { openArticlesWorld } from '../articles-world.ts'

async function readingOf(folder: string) {
  const reading = await readPublication(folder, undefined, 'http://localhost:3000')
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  return reading.publication
}

test('a file of 3 GiB is refused by name without being read, and was not withdrawn', async () => {
  await using world = await openArticlesWorld({ 'big.md': articleText({ title: 'Big' }), 'small.md': articleText({ title: 'Small' }) })
  await truncate(join(world.content.folder, 'articles/big.md'), 3 * 1024 ** 3)
  await world.restart()
  const { bySlug, problems } = world.articles.current()
  expect([...bySlug.keys()]).toEqual(['small'])
  expect(problems).toMatchObject([
    { severity: 'error', path: 'big.md', reason: 'the file is longer than 8 MB: articles.max_file allows more' },
  ])
  // Not "gone", which would be a 410.
  expect(world.articles.find('big')).toEqual({ status: 'unknown' })
})

test('articles.max_file sets the limit, also behind a link', async () => {
  await using content = await makeContent({}, 'title: T\narticles: { max_file: 2KB }\n')
  await content.write('articles/long.md', articleText({ body: 'x'.repeat(2_048) }))
  await content.write('articles/short.md', articleText({ title: 'Short' }))
  const { articles, problems } = await readArticles(await readingOf(content.folder), new Date('2026-11-24T09:00:00Z'))
  expect(articles.map(({ title }) => title)).toEqual(['Short'])
  expect(problems).toMatchObject([{ path: 'long.md', reason: expect.stringContaining('longer than 2 KB') }])
})

test.each(['8', '8 GB', '0MB', '-1MB', '1e9MB'])('max_file: %s is no size', async (written) => {
  await using content = await makeContent({}, `title: T\narticles: { max_file: "${written}" }\n`)
  const reading = await readPublication(content.folder, undefined, 'http://localhost:3000')
  expect(reading).toMatchObject({ ok: false, problems: [{ field: 'articles.max_file', reason: 'must be a size such as 500KB or 8MB' }] })
})

test('the problems of one file are counted beyond the first twenty', async () => {
  await using content = await makeContent({}, 'title: T\n')
  const fields = Array.from({ length: 60 }, (_, index) => `image: a${index}.png`).join('\n')
  await content.write('articles/a.md', `---\ntitle: T\npublish_date: 2026-11-20\n${fields}\n---\nText\n`)
  const { articles, problems } = await readArticles(await readingOf(content.folder), new Date('2026-11-24T09:00:00Z'))
  expect(articles).toHaveLength(1)
  expect(problems).toHaveLength(21)
  expect(problems.some(({ reason }) => reason === 'and 40 more problems in this file')).toBe(true)
})

test('lists of people, databases and keys in the content folder are told, with the address of those that are served', async () => {
  await using content = await makeContent({}, 'title: T\nurl: https://blog.example.org\n')
  for (const path of ['readers.CSV', 'articles/a.sqlite', '.env.local', 'server.key', '.git/x.db', 'fine.png', 'notes.md', 'keyboard.svg'])
    await content.write(path, 'x')
  const { exposed } = await listUnread(await readingOf(content.folder))
  expect(exposed.map(({ path }) => path.slice(content.folder.length + 1)).sort()).toEqual(
    ['.env.local', 'articles/a.sqlite', 'readers.CSV', 'server.key'].sort(),
  )
  expect(exposed.find(({ path }) => path.endsWith('.CSV'))?.reason).toContain(
    'is public: anyone can read it at https://blog.example.org/media/readers.CSV',
  )
  expect(exposed.find(({ path }) => path.endsWith('.key'))?.reason).toContain('looks private')
})
