import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { articleText } from '../support/content.ts'
import type { Engine } from '../support/databases.ts'
import { openArticlesWorld } from './articles-world.ts'

const foreignBlog = {
  isOwnFolder: true,
  fields: new Map(),
  links: undefined,
  ids: undefined,
  author: undefined,
  authorsFile: undefined,
  show: [],
  dialects: 'auto' as const,
  missingForMs: 3_600_000,
}

test.each<Engine>(['sqlite', 'postgres'])(
  'an article renamed while the service runs keeps its id, and its old address redirects to it (%s)',
  async (engine) => {
    await using world = await openArticlesWorld(
      { 'old.md': articleText({ body: 'One.' }), 'b.md': articleText({ body: 'Two.' }) },
      { engine },
    )
    const before = world.articles.current().bySlug.get('old')
    const after = await world.nextChange(() =>
      rename(join(world.content.folder, 'articles/old.md'), join(world.content.folder, 'articles/new.md')),
    )
    expect(after.bySlug.get('new')?.id).toBe(before?.id)
    expect(after.bySlug.get('new')?.firstSeenAt).toEqual(before?.firstSeenAt)
    expect(after.problems).toEqual([])
    expect(world.articles.find('old')).toMatchObject({ status: 'moved', article: { slug: 'new' } })
    await world.restart()
    expect(world.articles.current().bySlug.get('new')?.id).toBe(before?.id)
  },
)

test('an article renamed while the service is down keeps its id; a copy and one of two equal files get their own', async () => {
  await using world = await openArticlesWorld({
    'old.md': articleText({ body: 'One.' }),
    'kept.md': articleText({ body: 'Two.' }),
    'twin-a.md': articleText({ title: 'Twin', body: 'Three.' }),
    'twin-b.md': articleText({ title: 'Twin', body: 'Three.' }),
  })
  const ids = new Map([...world.articles.current().bySlug].map(([slug, { id }]) => [slug, id]))
  await world.articles.close()
  const folder = join(world.content.folder, 'articles')
  await rename(join(folder, 'old.md'), join(folder, 'new.md'))
  await world.content.write('articles/copy.md', articleText({ body: 'Two.' }))
  await world.content.remove('articles/twin-a.md')
  await world.content.remove('articles/twin-b.md')
  await world.content.write('articles/twin-c.md', articleText({ title: 'Twin', body: 'Three.' }))
  await world.restart()
  const { bySlug } = world.articles.current()
  expect(bySlug.get('new')?.id).toBe(ids.get('old'))
  expect(bySlug.get('kept')?.id).toBe(ids.get('kept'))
  expect([...ids.values()]).not.toContain(bySlug.get('copy')?.id)
  expect([...ids.values()]).not.toContain(bySlug.get('twin-c')?.id)
})

test('updated moves when the text does, and only then', async () => {
  await using world = await openArticlesWorld({ 'a.md': articleText({ body: 'One two.' }) }, { now: '2026-11-24T09:00:00Z' })
  const updated = () => world.articles.current().bySlug.get('a')?.updatedAt.toISOString()
  expect(updated()).toBe('2026-11-10T00:00:00.000Z')
  await world.nextChange(() => world.content.write('articles/a.md', articleText({ body: 'One\n two.', topics: ['craft'] })))
  expect(updated()).toBe('2026-11-10T00:00:00.000Z')
  world.clock.set('2026-11-24T10:00:00Z')
  await world.nextChange(() => world.content.write('articles/a.md', articleText({ body: 'One two three.' })))
  expect(updated()).toBe('2026-11-24T10:00:00.000Z')
  world.clock.set('2026-11-24T11:00:00Z')
  await world.restart()
  expect(updated()).toBe('2026-11-24T10:00:00.000Z')
  await world.nextChange(() =>
    world.content.write('articles/a.md', articleText({ body: 'One two three.', extra: 'updated_date: 2026-11-20\n' })),
  )
  expect(updated()).toBe('2026-11-20T00:00:00.000Z')
})

test('ids of the former blog are taken over, by address or by a field, even after others were minted, and stay', async () => {
  const guid = 'https://old.example.org/?p=7'
  await using world = await openArticlesWorld({
    'a.md': articleText({ extra: `guid: ${guid}\n` }),
    'b.md': articleText({ title: 'B', extra: 'permalink: /2026/b.html\n' }),
  })
  const id = (slug: string) => world.articles.current().bySlug.get(slug)?.id
  const minted = id('b')
  expect(minted).toMatch(/^urn:uuid:/)
  await world.nextChange(() => world.articles.reload({ ...world.publication, articles: { ...foreignBlog, ids: 'guid' } }))
  expect(id('a')).toBe(guid)
  expect(id('b')).toBe(minted)
  const links = 'https://old.example.org/{year}/{slug}/'
  await world.nextChange(() => world.articles.reload({ ...world.publication, articles: { ...foreignBlog, ids: 'permalink', links } }))
  expect(id('a')).toBe(guid)
  expect(id('b')).toBe('https://old.example.org/2026/b.html')
  await world.nextChange(() => world.content.write('articles/b.md', articleText({ title: 'Other', extra: 'permalink: /2026/c.html\n' })))
  await world.restart()
  expect(id('b')).toBe('https://old.example.org/2026/b.html')
})

test('a blog with pages on another site links to them, and its articles are still served here', async () => {
  const links = 'https://blog.example.org/{year}/{month}/{day}/{slug}/'
  await using world = await openArticlesWorld({ 'deep/a.md': articleText() }, { publication: { articles: { ...foreignBlog, links } } })
  expect(world.articles.current().bySlug.get('a')?.url).toBe('https://blog.example.org/2026/11/10/a/')
  expect(world.articles.find('a').status).toBe('published')
})

test('the authors file maps ids to names, and an edit of it is noticed', async () => {
  await using world = await openArticlesWorld({
    'a.md': articleText().replace(/author: .*/, 'author: [ruth, Guest]'),
    'authors.yml': 'ruth: { name: Ruth }\n',
  })
  expect(world.articles.current().bySlug.get('a')?.authors).toEqual(['Ruth', 'Guest'])
  const after = await world.nextChange(() => world.content.write('articles/authors.yml', 'ruth: Ruth Addlestone\n'))
  expect(after.bySlug.get('a')?.authors).toEqual(['Ruth Addlestone', 'Guest'])
  const broken = await world.nextChange(() => world.content.write('articles/authors.yml', 'ruth: [\n'))
  expect(broken.problems).toMatchObject([{ severity: 'error', path: 'authors.yml' }])
})

test('two articles of one name on two days are both published; a slug that is written twice is an error', async () => {
  await using world = await openArticlesWorld({
    '2026-01-02-notes.md': articleText({ date: '2026-01-02' }),
    '2026-02-03-notes.md': articleText({ date: '2026-02-03', title: 'More' }),
  })
  expect([...world.articles.current().bySlug.keys()]).toEqual(['2026-02-03-notes', 'notes'])
})
