import { expect, test } from 'vitest'
import { statedUri } from '../../src/articles/ids.ts'
import { articleMigrations } from '../../src/articles/migrations.ts'
import { mintIds, readMinted, readOrigin, readPublishedSlugs, recordPublishedSlugs } from '../../src/articles/store.ts'
import { articleText } from '../support/content.ts'
import { onEachDatabase } from '../support/databases.ts'
import { openArticlesWorld } from './articles-world.ts'

const first = new Date('2026-11-24T09:00:00Z')
const later = new Date('2026-12-24T09:00:00Z')
const files = (...paths: string[]) => paths.map((path) => ({ path, takenOverId: undefined, fingerprint: 'f', textHash: 't' }))

onEachDatabase('the store of articles', articleMigrations, (open, engine) => {
  test('an id is minted once and then stays', async () => {
    await using world = await open()
    const minted = await mintIds(world.database, files('a.md', "it's ü.md"), 'https://one.example.org', first)
    expect(minted.get('a.md')?.id).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const again = await mintIds(world.database, files('a.md', 'new.md'), 'https://two.example.org', later)
    expect(again.get('a.md')).toEqual(minted.get('a.md'))
    expect(again.get('new.md')?.firstSeenAt).toEqual(later)
    expect(await readMinted(world.database)).toEqual(new Map([...minted, ...again]))
    expect(await readOrigin(world.database)).toBe('https://one.example.org')
  })

  test('two stores mint the same ids', async () => {
    await using one = await open()
    await using other = await open()
    const minted = await mintIds(one.database, files('a.md'), 'https://one.example.org', first)
    const elsewhere = await mintIds(other.database, files('a.md'), 'https://one.example.org', later)
    expect(elsewhere.get('a.md')?.id).toBe(minted.get('a.md')?.id)
  })

  test('thousands of ids are minted in a few statements', async () => {
    await using world = await open()
    const paths = Array.from({ length: 2_345 }, (_, index) => `articles/${index}.md`)
    const minted = await mintIds(world.database, files(...paths), 'https://one.example.org', first)
    expect(new Set([...minted.values()].map(({ id }) => id)).size).toBe(2_345)
  })

  test('published slugs are stored with the last file that had them', async () => {
    await using world = await open()
    await recordPublishedSlugs(world.database, [{ slug: 'a', path: 'a.md' }], first)
    await recordPublishedSlugs(world.database, [{ slug: 'a', path: 'b.md' }], later)
    expect(await readPublishedSlugs(world.database)).toEqual(new Map([['a', 'b.md']]))
  })

  test('an article keeps its id through an edit, a restart and a new address of the publication', async () => {
    await using world = await openArticlesWorld({ 'a.md': articleText(), 'b.md': articleText({ extra: 'id: my own id\n' }) }, { engine })
    const ids = () => world.articles.current().articles.map(({ id }) => id)
    const before = ids()
    expect(before[1]).toBe('tag:tide.example.org,2026:my%20own%20id')
    await world.nextChange(() => world.content.write('articles/a.md', articleText({ title: 'Other' })))
    await world.nextChange(() => world.articles.reload({ ...world.publication, url: 'https://moved.example.org' }))
    expect(ids()).toEqual(before)
    await world.restart()
    expect(ids()).toEqual(before)
  })
})

test.each([
  ['https://example.org/?p=1', 'https://example.org/?p=1'],
  ['urn:isbn:0451450523', 'urn:isbn:0451450523'],
  ['tag:example.org,2005:1', 'tag:example.org,2005:1'],
  ['https://example.org/ä', 'https://example.org/%C3%A4'],
  ['1234', 'tag:tide.example.org,2026:1234'],
  ['a b/ü#[x]', 'tag:tide.example.org,2026:a%20b/%C3%BC%23%5Bx%5D'],
  ['note: this', 'tag:tide.example.org,2026:note:%20this'],
])('an id of %j is %s', (written, uri) => {
  expect(statedUri(written, 'https://tide.example.org')).toBe(uri)
})
