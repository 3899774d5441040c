import { expect, test } from 'vitest'
import { type MainPath, openFeedsWorld, parseXml, readers } from './feeds-world.ts'

const article = (title: string, more: string) => `---
title: ${title}
publish_date: 2026-10-10
${more}---

The water rose at ${title}.
`
const files = {
  'both.md': article('Both', 'author: ["Mair Prys", "Owen Garrity"]\ntopics: ["Machine Learning", "C#", "R&D", craft]\n'),
  'octopus.md': article('Octopus', 'author: "🐙"\nid: tag:foo\n'),
  'urn.md': article('Urn', 'id: urn:x\n'),
  'uuid.md': article('Uuid', 'id: urn:uuid:not-a-uuid\nupdated_date: 2099-01-01\n'),
  'brackets.md': article('Brackets', 'id: "https://example.org/[x]"\nheroImage: "https://pics.example.org/a[1].jpg"\n'),
  'percent.md': article('Percent', 'id: "https://example.org/100%#a#b"\n'),
  'fine.md': article('Fine', 'id: "tag:example.org,2026:fine"\n'),
}

interface Entry {
  readonly id: string
  readonly url: string
  readonly title: string
  readonly summary: string | undefined
  readonly html: string
  readonly authors: readonly string[]
  readonly topics: readonly string[]
  readonly publishedAt: string
}

// biome-ignore lint/suspicious/noExplicitAny: parsed data, which tests inspect
type Node = Record<string, any>
const list = (value: Node | undefined): Node[] => (value === undefined ? [] : Array.isArray(value) ? value : [value])
const text = (value: unknown): string =>
  typeof value === 'object' && value !== null ? String((value as Node)['#'] ?? '') : String(value ?? '')
const decoded = (html: string) => html.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')

const read: Readonly<Record<string, (body: string) => Entry[]>> = {
  'feed.xml': (body) =>
    list(parseXml(body).rss.channel.item).map((item) => ({
      id: text(item.guid),
      url: text(list(item.link)[0]),
      title: text(item.title),
      summary: item.description === undefined ? undefined : decoded(text(item.description)),
      html: text(item['content:encoded']),
      authors: list(item['dc:creator']).map(text),
      topics: list(item.category).map(text),
      publishedAt: new Date(text(item.pubDate)).toISOString(),
    })),
  'atom.xml': (body) =>
    list(parseXml(body).feed.entry).map((entry) => ({
      id: text(entry.id),
      url: list(entry.link).find((link) => (link['@rel'] ?? 'alternate') === 'alternate')?.['@href'],
      title: text(entry.title),
      summary: entry.summary === undefined ? undefined : text(entry.summary),
      html: text(entry.content),
      authors: list(entry.author).map(({ name }) => text(name)),
      topics: list(entry.category).map((category) => category['@label']),
      publishedAt: text(entry.published),
    })),
  'feed.json': (body) =>
    list(JSON.parse(body).items).map((item) => ({
      id: item.id,
      url: item.url,
      title: item.title,
      summary: item.summary,
      html: item.content_html,
      authors: list(item.authors).map(({ name }) => name),
      topics: item.tags ?? [],
      publishedAt: item.date_published,
    })),
}

/** The archive that the live feed leads to. */
async function archiveOf(site: Awaited<ReturnType<typeof openFeedsWorld>>, path: string): Promise<string> {
  const { prevArchive } = readers[path as MainPath]((await site.fetch(path)).text)
  return new URL(prevArchive ?? '').pathname
}

test.each(['/', '/topics/c-sharp/', '/authors/owen-garrity/', '/?topics=c-sharp,craft', '/archive'])(
  'RSS, Atom and JSON agree on every field of every entry: %s',
  async (place) => {
    await using site = await openFeedsWorld(files, { publication: { feeds: { entries: place === '/archive' ? 1 : 30, hub: undefined } } })
    const all = await Promise.all(
      Object.entries(read).map(async ([name, entriesOf]) => {
        const [folder = '', query] = place.split('?')
        const live = `${folder}${name}${query ? `?${query}` : ''}`
        const address = place === '/archive' ? await archiveOf(site, `/${name}`) : live
        const { status, text } = await site.fetch(address)
        expect(status, address).toBe(200)
        return entriesOf(text)
      }),
    )
    expect(all[0]?.length).toBeGreaterThan(0)
    expect(all[1]).toEqual(all[0])
    expect(all[2]).toEqual(all[0])
  },
)

test('all authors and topics are shown as they are written, and ids are valid URIs', async () => {
  await using site = await openFeedsWorld(files)
  const { text } = await site.fetch('/feed.xml')
  const entries = new Map((read['feed.xml']?.(text) ?? []).map((entry) => [entry.title, entry]))
  expect(entries.get('Both')).toMatchObject({
    authors: ['Mair Prys', 'Owen Garrity'],
    topics: ['Machine Learning', 'C#', 'R&D', 'Craft & making'],
  })
  expect([...entries].map(([title, { id }]) => [title, id]).filter(([title]) => title !== 'Both')).toEqual(
    expect.arrayContaining([
      ['Octopus', 'tag:tide.example.org,2026:tag:foo'],
      ['Urn', 'tag:tide.example.org,2026:urn:x'],
      ['Uuid', 'tag:tide.example.org,2026:urn:uuid:not-a-uuid'],
      ['Brackets', 'https://example.org/%5Bx%5D'],
      ['Percent', 'https://example.org/100%25#a%23b'],
      ['Fine', 'tag:example.org,2026:fine'],
    ]),
  )
  expect(text).toContain('https://pics.example.org/a%5B1%5D.jpg')
  for (const path of ['/atom.xml', '/feed.json']) expect((await site.fetch(path)).text).not.toMatch(/\/authors\/["<]|2099/)
})

test('check tells ids that are no valid URI, and changes that are in the future', async () => {
  await using site = await openFeedsWorld(files)
  const { problems, byId } = site.world.articles.current()
  const told = problems.map(({ path, reason }) => `${path}: ${reason}`)
  expect(told).toEqual(
    expect.arrayContaining([
      'octopus.md: id "tag:foo" is not a valid URI; feeds show it as "tag:tide.example.org,2026:tag:foo"',
      'uuid.md: updated_date 2099-01-01 is in the future; it does not count before that day',
    ]),
  )
  expect(told.join()).not.toContain('fine.md')
  // Digests remember what they have carried by this id.
  expect(byId.has('tag:foo')).toBe(true)
})
