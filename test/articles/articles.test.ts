import { rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { readArticles } from '../../src/articles/articles.ts'
import { articleText } from '../support/content.ts'
import { openArticlesWorld } from './articles-world.ts'
import { png } from './files/image-bytes.ts'

const slugs = (snapshot: { articles: readonly { slug: string }[] }) => snapshot.articles.map(({ slug }) => slug)

test('articles come newest first, then by path; drafts and future ones are left out', async () => {
  await using world = await openArticlesWorld({
    'b.md': articleText({ date: '2026-11-10' }),
    'deep/in/a.md': articleText({ date: '2026-11-10' }),
    'new.md': articleText({ date: '2026-11-20' }),
    'draft.md': articleText({ extra: 'draft: true\n' }),
    'ahead.md': articleText({ date: '2026-11-25' }),
    'README.txt': 'not an article',
    '.hidden.md': articleText(),
  })
  const snapshot = world.articles.current()
  expect(slugs(snapshot)).toEqual(['new', 'b', 'a'])
  expect(snapshot.problems).toEqual([])
  expect(snapshot.nextDueAt).toEqual(new Date('2026-11-25T00:00:00Z'))
  expect(world.articles.find('ahead')).toEqual({ status: 'unknown' })
})

test('an article appears without a restart when it becomes due', async () => {
  await using world = await openArticlesWorld({ 'ahead.md': articleText({ date: '2026-11-25' }) })
  const snapshot = await world.nextChange(() => world.clock.set('2026-11-25T00:00:00Z'))
  expect(slugs(snapshot)).toEqual(['ahead'])
  expect(snapshot.nextDueAt).toBeUndefined()
})

test('a bad file is reported with field, line and reason and left out; the rest is served', async () => {
  await using world = await openArticlesWorld({
    'good.md': articleText(),
    'untitled.md': '---\npublish_date: 2026-11-01\n---\nx',
    'js.md': '---js\n{}\n---\n',
  })
  const { problems } = world.articles.current()
  expect(slugs(world.articles.current())).toEqual(['good'])
  expect(problems).toMatchObject([
    { severity: 'error', path: 'js.md', line: 1 },
    { severity: 'error', path: 'untitled.md', field: 'title', reason: 'title is missing' },
  ])
})

test('one changed file is read again; the others keep their objects and their HTML', async () => {
  await using world = await openArticlesWorld({ 'a.md': articleText(), 'b.md': articleText() })
  const before = world.articles.current()
  const after = await world.nextChange(() => world.content.write('articles/a.md', articleText({ title: 'Changed' })))
  expect(after.bySlug.get('a')?.title).toBe('Changed')
  expect(after.bySlug.get('b')).toBe(before.bySlug.get('b'))
  expect(before.bySlug.get('a')?.title).toBe('A tide comes in')
})

test('added and removed files are noticed, in new folders too', async () => {
  await using world = await openArticlesWorld({ 'a.md': articleText() })
  expect(slugs(await world.nextChange(() => world.content.write('articles/new/deep/b.md', articleText())))).toEqual(['a', 'b'])
  expect(slugs(await world.nextChange(() => world.content.remove('articles/a.md')))).toEqual(['b'])
})

test('a bad edit keeps the last good version in service, and is reported and logged once', async () => {
  const lines: { path?: string; field?: string; reason?: string }[] = []
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) })
  await using world = await openArticlesWorld({ 'a.md': articleText(), 'b.md': articleText() }, { log })
  const broken = await world.nextChange(() => world.content.write('articles/a.md', '---\ntitle: [\n---\n'))
  expect(broken.bySlug.get('a')?.title).toBe('A tide comes in')
  expect(broken.problems).toMatchObject([{ severity: 'error', path: 'a.md' }])
  await world.nextChange(() => world.content.write('articles/b.md', articleText({ title: 'Another' })))
  expect(lines.filter(({ path }) => path === 'a.md')).toHaveLength(1)
  const fixed = await world.nextChange(() => world.content.write('articles/a.md', articleText({ title: 'Fixed' })))
  expect(fixed.bySlug.get('a')?.title).toBe('Fixed')
  expect(fixed.problems).toEqual([])
})

test('if two files share a slug, the first by path is published, and the reason names both', async () => {
  await using world = await openArticlesWorld({
    'b.md': articleText({ title: 'B', extra: 'slug: same\n' }),
    'a.md': articleText({ title: 'A', extra: 'slug: same\n' }),
  })
  const snapshot = world.articles.current()
  expect(snapshot.articles.map(({ title }) => title)).toEqual(['A'])
  expect(snapshot.problems).toMatchObject([{ severity: 'error', path: 'b.md', field: 'slug' }])
  expect(snapshot.problems[0]?.reason).toMatch(/a\.md.*b\.md/)
  expect(slugs(await world.nextChange(() => world.content.remove('articles/a.md')))).toEqual(['same'])
})

test('a link to another article follows its slug, and is removed with it', async () => {
  await using world = await openArticlesWorld({
    'a.md': articleText({ body: '[other](b.md)' }),
    'b.md': articleText({ extra: 'slug: one\n' }),
  })
  expect(world.articles.current().bySlug.get('a')?.html()).toContain('/articles/one"')
  const moved = await world.nextChange(() => world.content.write('articles/b.md', articleText({ extra: 'slug: two\n' })))
  expect(moved.bySlug.get('a')?.html()).toContain('/articles/two"')
  const gone = await world.nextChange(() => world.content.remove('articles/b.md'))
  expect(gone.bySlug.get('a')?.html()).not.toContain('href')
})

test('a local hero is read by its bytes; one that is missing, outside or not a picture is a warning', async () => {
  const hero = (address: string) => articleText().replace(/heroImage: .*/, `heroImage: '${address}'`)
  await using world = await openArticlesWorld({
    'remote.md': hero('https://pictures.example.org/ä.jpg'),
    'missing.md': hero('../images/none.png'),
    'outside.md': hero('../../../../etc/hostname'),
    'script.md': hero('javascript:alert(1)'),
  })
  await world.content.write('images/fake.png', 'not a picture')
  await writeFile(join(world.content.folder, 'images/true.png'), png(1200, 630))
  await symlink('/etc/hostname', join(world.content.folder, 'images/link.png'))
  for (const [name, address] of [
    ['beside', '../images/true.png'],
    ['fromroot', '/images/true.png'],
    ['frommedia', '/media/images/true.png'],
    ['fromcontent', 'images/true.png'],
    ['fake', '../images/fake.png'],
    ['link', '../images/link.png'],
  ]) {
    await world.content.write(`articles/${name}.md`, hero(address ?? ''))
  }
  await world.restart()
  const { bySlug, problems } = world.articles.current()
  expect(bySlug.get('remote')?.hero).toEqual({ url: 'https://pictures.example.org/%C3%A4.jpg', alt: 'A tide comes in', file: undefined })
  for (const slug of ['beside', 'fromroot', 'frommedia', 'fromcontent']) {
    expect(bySlug.get(slug)?.hero, slug).toMatchObject({
      url: 'https://tide.example.org/media/images/true.png',
      file: { type: 'image/png', bytes: 34, width: 1200, height: 630 },
    })
  }
  const bad = ['fake', 'link', 'missing', 'outside', 'script']
  expect(bad.map((slug) => bySlug.get(slug)?.hero)).toEqual(bad.map(() => undefined))
  expect(problems.map(({ path, field, severity }) => [path, field, severity])).toEqual(
    bad.map((slug) => [`${slug}.md`, 'heroImage', 'warning']),
  )
})

test('a hero file that is added later is noticed', async () => {
  const text = articleText().replace(/heroImage: .*/, "heroImage: '../images/late.png'")
  await using world = await openArticlesWorld({ 'a.md': text })
  expect(world.articles.current().problems).toHaveLength(1)
  await world.content.write('images/other.txt', 'makes the folder')
  const snapshot = await world.nextChange(() => writeFile(join(world.content.folder, 'images/late.png'), png(10, 10)))
  expect(snapshot.articles[0]?.hero?.file?.width).toBe(10)
  expect(snapshot.problems).toEqual([])
})

test('a symbolic link that leads outside the content folder is not an article', async () => {
  await using outside = await openArticlesWorld({ 'secret.md': articleText() })
  await using world = await openArticlesWorld({ 'a.md': articleText() })
  await symlink(join(outside.content.folder, 'articles/secret.md'), join(world.content.folder, 'articles/secret.md'))
  await world.restart()
  expect(slugs(world.articles.current())).toEqual(['a'])
  expect(world.articles.current().problems[0]?.reason).toContain('outside the content folder')
})

test('an edit of the publication applies to all articles', async () => {
  await using world = await openArticlesWorld({ 'a.md': articleText({ date: '2026-11-10' }) })
  const id = world.articles.current().articles[0]?.id
  const snapshot = await world.nextChange(() =>
    world.articles.reload({ ...world.publication, url: 'https://moved.example.org', timezone: 'Asia/Tokyo' }),
  )
  expect(snapshot.articles[0]).toMatchObject({
    id,
    url: 'https://moved.example.org/articles/a',
    publishedAt: new Date('2026-11-09T15:00:00Z'),
  })
})

test('a published article that is removed or a draft again is gone; one with an error is not', async () => {
  await using world = await openArticlesWorld({
    'removed.md': articleText(),
    'drafted.md': articleText(),
    'broken.md': articleText(),
    'renamed.md': articleText({ extra: 'slug: old\n' }),
  })
  await world.content.remove('articles/removed.md')
  await world.content.write('articles/drafted.md', articleText({ extra: 'draft: true\n' }))
  await world.content.write('articles/broken.md', '---\ntitle\n---\n')
  await world.content.write('articles/renamed.md', articleText({ extra: 'slug: new\n' }))
  await world.restart()
  expect(world.articles.find('removed')).toEqual({ status: 'gone' })
  expect(world.articles.find('drafted')).toEqual({ status: 'gone' })
  expect(world.articles.find('broken')).toEqual({ status: 'unknown' })
  expect(world.articles.find('never')).toEqual({ status: 'unknown' })
  expect(world.articles.find('old')).toMatchObject({ status: 'moved', article: { slug: 'new' } })
  expect(world.articles.find('new')).toMatchObject({ status: 'published' })
})

test('reading without a database finds the same articles with the same ids', async () => {
  await using world = await openArticlesWorld({ 'a.md': articleText(), 'b.md': '---\n---\n' })
  const read = await readArticles(world.publication, world.clock.now())
  const served = world.articles.current()
  expect(read.articles.map(({ id }) => id)).toEqual(served.articles.map(({ id }) => id))
  expect(read.problems).toEqual(served.problems)
})

test('a missing articles folder means no articles, and they appear once it exists', async () => {
  await using world = await openArticlesWorld({})
  await rm(join(world.content.folder, 'articles'), { recursive: true, force: true })
  await world.restart()
  expect(world.articles.current().articles).toEqual([])
  expect(slugs(await world.nextChange(() => world.content.write('articles/a.md', articleText())))).toEqual(['a'])
})

test('a body of a megabyte, a binary file and a file in another encoding become articles or problems', async () => {
  await using world = await openArticlesWorld({
    'long.md': articleText({ body: 'A word. '.repeat(120_000) }),
    'too-long.md': articleText({ body: 'x'.repeat(8 * 1024 * 1024) }),
  })
  await writeFile(join(world.content.folder, 'articles/binary.md'), png(1, 1))
  await writeFile(join(world.content.folder, 'articles/latin.md'), Buffer.from(articleText({ title: 'caf\xe9' }), 'latin1'))
  await world.restart()
  const { bySlug, problems } = world.articles.current()
  expect([...bySlug.keys()]).toEqual(['latin', 'long'])
  expect(bySlug.get('latin')?.title).toBe('caf\uFFFD')
  expect(problems.map(({ path, severity }) => [path, severity])).toEqual([
    ['binary.md', 'error'],
    ['binary.md', 'error'],
    ['binary.md', 'warning'],
    ['latin.md', 'warning'],
    ['too-long.md', 'error'],
  ])
})
