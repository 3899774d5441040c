import { expect, test } from 'vitest'
import { articleText } from '../support/content.ts'
import { mainPaths, openFeedsWorld, readers } from './feeds-world.ts'

/** Seventy articles over eight months, some on the same day. */
function seventy(): Record<string, string> {
  const files: Record<string, string> = {}
  for (let index = 0; index < 70; index++) {
    const date = new Date(Date.UTC(2026, 10, 20) - Math.floor(index / 2) * 7 * 86_400_000).toISOString().slice(0, 10)
    files[`${String(index).padStart(2, '0')}.md`] = articleText({ title: `Article ${index}`, date })
  }
  return files
}

type Site = Awaited<ReturnType<typeof openFeedsWorld>>

/** Follows prev-archive from the live feed. Returns the documents in order, with their addresses. */
async function walk(site: Site, path: (typeof mainPaths)[number]) {
  const documents: { path: string; text: string; ids: string[] }[] = []
  for (let next: string | undefined = path; next; ) {
    const { status, text } = await site.fetch(next)
    expect(status, next).toBe(200)
    const feed = readers[path](text)
    documents.push({ path: next, text, ids: feed.entries.map(({ id }) => id) })
    next = feed.prevArchive?.replace('https://tide.example.org', '')
  }
  return documents
}

test.each(mainPaths)('a walk from %s meets every entry once, newest first', async (path) => {
  await using site = await openFeedsWorld(seventy())
  const documents = await walk(site, path)
  expect(documents[0]?.ids).toHaveLength(30)
  expect(documents.flatMap(({ ids }) => ids)).toEqual(site.world.articles.current().articles.map(({ id }) => id))
})

test.each(mainPaths)('a new article leaves every archive below %s as it was', async (path) => {
  await using site = await openFeedsWorld(seventy())
  const before = await walk(site, path)
  for (let count = 0; count < 9; count++)
    await site.write(`articles/new-${count}.md`, articleText({ title: `New ${count}`, date: '2026-11-23' }))
  for (const { path: address, text } of before.slice(1)) expect((await site.fetch(address)).text, address).toBe(text)
  const after = await walk(site, path)
  expect(after.flatMap(({ ids }) => ids)).toEqual(site.world.articles.current().articles.map(({ id }) => id))
})

test('archives are marked as such and link the live feed', async () => {
  await using site = await openFeedsWorld(seventy())
  const rss = (await site.fetch('/feed/archive/2026-05.xml')).text
  expect(rss).toContain('<fh:archive/>')
  expect(rss).toContain('<atom:link href="https://tide.example.org/feed.xml" rel="current"/>')
  const atom = (await site.fetch('/atom/archive/2026-05.xml')).text
  expect(atom).toContain('<fh:archive/>')
  expect(atom).toContain('<link rel="current" href="https://tide.example.org/atom.xml"/>')
  expect((await site.fetch('/feed.xml')).text).not.toContain('<fh:archive/>')
})

test('a publication with one huge month has archives too', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`${index}.md`, articleText({ title: `${index}`, date: '2026-11-10' })]),
  )
  await using site = await openFeedsWorld(files)
  const documents = await walk(site, '/feed.xml')
  expect(documents.map(({ path, ids }) => [path, ids.length])).toEqual([
    ['/feed.xml', 30],
    ['/feed/archive/2026-11-10.xml', 10],
  ])
})

test('there is no archive of an empty month, the newest month, or an invalid name', async () => {
  await using site = await openFeedsWorld({ ...seventy(), 'ahead.md': articleText({ date: '2026-12-24' }) })
  for (const name of ['2026-11', '2026-12', '2019-01', '2026-13', '2026-10-999', '2026-10-0', '2026', 'x']) {
    expect((await site.fetch(`/feed/archive/${name}.xml`)).status, name).toBe(404)
  }
})
