import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { png } from '../articles/files/image-bytes.ts'
import { articleText } from '../support/content.ts'
import { mainPaths, openFeedsWorld, parseXml, readAtom, readers, readJson, readRss } from './feeds-world.ts'

const three = {
  'old.md': articleText({ title: 'Old', date: '2026-11-01', topics: ['coast'] }),
  'middle.md': articleText({ title: 'Middle', date: '2026-11-10', topics: ['craft', 'ropes'] }),
  'new.md': articleText({ title: 'New', date: '2026-11-20', topics: ['coast', 'craft'], extra: 'updated_date: 2026-11-22\n' }),
  'draft.md': articleText({ title: 'Draft', extra: 'draft: true\n' }),
  'ahead.md': articleText({ title: 'Ahead', date: '2026-12-01' }),
}

describe.each(mainPaths)('%s', (path) => {
  const read = readers[path]

  test('contains the published articles, newest first, with all fields', async () => {
    await using site = await openFeedsWorld(three)
    const { status, headers, text } = await site.fetch(path)
    expect(status).toBe(200)
    expect(headers['content-type']).toMatch(/^application\/(rss\+xml|atom\+xml|feed\+json); charset=utf-8$/)
    const feed = read(text)
    expect(feed.title).toBe('The Test Tide')
    expect(feed.self).toBe(`https://tide.example.org${path}`)
    expect(feed.entries.map(({ title }) => title)).toEqual(['New', 'Middle', 'Old'])
    const article = site.world.articles.current().bySlug.get('new')
    expect(feed.entries[0]).toMatchObject({
      id: article?.id,
      url: 'https://tide.example.org/articles/new',
      summary: 'An account of New, from the first boat to the last.',
      author: 'Ruth Addlestone',
      topics: ['Coast and weather', 'Craft & making'],
      publishedAt: '2026-11-20T00:00:00.000Z',
    })
    const html = feed.entries[0]?.html ?? ''
    expect(html).toMatch(/^<p><img src="https:\/\/pictures\.example\.org\/New\.jpg"/)
    expect(html).toContain('The water rose.')
    expect(html).toMatch(
      /<blockquote><p>Walk the quay[^<]*<\/p><p><a href="https:\/\/tide\.example\.org\/articles\/new"><strong>Read on<\/strong>/,
    )
    expect(text).not.toMatch(/Draft|Ahead|undefined|\[object|Invalid|insertion:/)
  })

  test('names the button of an article that names none in the language of the publication', async () => {
    await using site = await openFeedsWorld(three, { publication: { language: 'de' } })
    const { text } = await site.fetch(path)
    expect(read(text).entries[0]?.html).toMatch(/<strong>Weiterlesen<\/strong>/)
    expect(text).not.toContain('Read on')
  })

  test('contains the newest entries, as many as publication.yaml sets', async () => {
    await using site = await openFeedsWorld(three, { publication: { feeds: { entries: 2, hub: undefined } } })
    expect(read((await site.fetch(path)).text).entries.map(({ title }) => title)).toEqual(['New', 'Middle'])
  })

  test('shows a changed file without a restart', async () => {
    await using site = await openFeedsWorld(three)
    await site.write('articles/old.md', articleText({ title: 'Older', date: '2026-11-01' }))
    expect(read((await site.fetch(path)).text).entries[2]?.title).toBe('Older')
  })

  test('shows an article when it becomes due, and not before', async () => {
    await using site = await openFeedsWorld(three)
    expect((await site.fetch(path)).text).not.toContain('Ahead')
    await site.world.nextChange(() => site.world.clock.set('2026-12-01T00:00:00Z'))
    await site.feeds.settled()
    expect(read((await site.fetch(path)).text).entries[0]?.title).toBe('Ahead')
  })

  test('is byte for byte the same after a restart, with the same validators', async () => {
    await using site = await openFeedsWorld(three)
    await site.write('articles/old.md', articleText({ title: 'Older', date: '2026-11-01' }))
    const before = await site.fetch(path)
    site.world.clock.advance(3_600_000)
    await site.restart()
    const after = await site.fetch(path)
    expect(after.text).toBe(before.text)
    expect(after.headers.etag).toBe(before.headers.etag)
    expect(after.headers['last-modified']).toBe(before.headers['last-modified'])
  })

  test('has different dates for two versions within one second', async () => {
    await using site = await openFeedsWorld(three)
    const dates = new Set([(await site.fetch(path)).headers['last-modified']])
    for (const title of ['First', 'Second']) {
      await site.write('articles/old.md', articleText({ title, date: '2026-11-01' }))
      dates.add((await site.fetch(path)).headers['last-modified'])
    }
    expect(dates.size).toBe(3)
  })

  test('is valid without any article', async () => {
    await using site = await openFeedsWorld({})
    const { status, text } = await site.fetch(path)
    expect(status).toBe(200)
    expect(read(text).entries).toEqual([])
  })

  test('of a topic, an author and several topics contain only their articles', async () => {
    await using site = await openFeedsWorld({
      ...three,
      'other.md': articleText({ title: 'Other' }).replace('Ruth Addlestone', 'Étienne Ö'),
    })
    const titles = async (address: string) => {
      const { status, text } = await site.fetch(address)
      return status === 200 ? read(text).entries.map(({ title }) => title) : status
    }
    expect(await titles(`/topics/coast${path}`)).toEqual(['New', 'Old'])
    expect(await titles(`/topics/ropes${path}`)).toEqual(['Middle'])
    expect(await titles(`/authors/ruth-addlestone${path}`)).toEqual(['New', 'Middle', 'Old'])
    expect(await titles(`/authors/${encodeURIComponent('étienne-ö')}${path}`)).toEqual(['Other'])
    expect(await titles(`${path}?topics=ropes,coast`)).toEqual(['New', 'Middle', 'Old'])
    expect(await titles(`${path}?topics=coast&topics=ropes`)).toEqual(['New', 'Middle', 'Old'])
    expect(await titles(`${path}?topics=ropes`)).toEqual(['Middle'])
    expect(await titles(`${path}?utm_source=x`)).toHaveLength(4)
    expect(await titles(`/topics/unknown${path}`)).toBe(404)
    expect(await titles(`/authors/nobody${path}`)).toBe(404)
    expect(await titles(`${path}?topics=unknown`)).toBe(404)
    expect(await titles(`/topics/%E0%A4%A${path}`)).toBe(404)
    expect(await titles(`/topics/a/b${path}`)).toBe(404)
  })

  test('has one canonical self address', async () => {
    await using site = await openFeedsWorld(three)
    const selves = ['?topics=ropes,coast', '?topics=coast,ropes,coast', '?topics=COAST%2Cropes', '?topics=coast,ropes,unknown']
    for (const query of selves)
      expect(read((await site.fetch(path + query)).text).self).toBe(`https://tide.example.org${path}?topics=coast,ropes`)
    expect(read((await site.fetch(`${path}?topics=coast`)).text).self).toBe(`https://tide.example.org/topics/coast${path}`)
  })
})

test('RSS has every field that RSS defines', async () => {
  await using site = await openFeedsWorld({}, { publication: { feeds: { entries: 30, hub: 'https://hub.example.org/?a=1&b=2' } } })
  await writeFile(join(site.world.content.folder, 'hero.png'), png(1200, 630))
  await writeFile(join(site.world.content.folder, 'a & b.mp3'), Buffer.alloc(4321))
  await site.write(
    'articles/a.md',
    articleText({ topics: ['craft'], extra: "enclosures: ['../a & b.mp3', '../hero.png']\n" }).replace(
      /heroImage: .*/,
      'heroImage: ../hero.png',
    ),
  )
  const { text, headers } = await site.fetch('/feed.xml')
  const { channel } = parseXml(text).rss
  const [item] = channel.item
  expect(channel.language).toBe('en-GB')
  expect(channel['atom:link']).toContainEqual({ '@href': 'https://hub.example.org/?a=1&b=2', '@rel': 'hub' })
  expect(headers.link).toBe('<https://hub.example.org/?a=1&b=2>; rel="hub", <https://tide.example.org/feed.xml>; rel="self"')
  expect(item.guid['@isPermaLink']).toBe('false')
  expect(item.author).toBeUndefined()
  expect(item.enclosure).toEqual({ '@url': 'https://tide.example.org/media/a%20%26%20b.mp3', '@length': '4321', '@type': 'audio/mpeg' })
  expect(item['media:content']).toEqual([
    {
      '@url': 'https://tide.example.org/media/hero.png',
      '@type': 'image/png',
      '@medium': 'image',
      '@fileSize': '34',
      '@width': '1200',
      '@height': '630',
    },
  ])
  expect(item['media:thumbnail']).toMatchObject({ '@width': '1200' })

  const atom = parseXml((await site.fetch('/atom.xml')).text).feed
  expect(atom['@xml:lang']).toBe('en-GB')
  expect(atom.link).toContainEqual({ '@rel': 'hub', '@href': 'https://hub.example.org/?a=1&b=2' })
  expect(atom.entry[0].category).toEqual([{ '@label': 'Craft & making', '@term': 'craft' }])
  expect(atom.entry[0].author.uri).toBe('https://tide.example.org/authors/ruth-addlestone')
  expect(atom.entry[0].link.filter((link: Record<string, string>) => link['@rel'] === 'enclosure')).toHaveLength(2)

  const json = JSON.parse((await site.fetch('/feed.json')).text)
  expect(json).toMatchObject({
    version: 'https://jsonfeed.org/version/1.1',
    language: 'en-GB',
    hubs: [{ type: 'WebSub', url: 'https://hub.example.org/?a=1&b=2' }],
  })
  expect(json.author).toBeUndefined()
  expect(json.items[0]).toMatchObject({
    image: 'https://tide.example.org/media/hero.png',
    authors: [{ name: 'Ruth Addlestone', url: 'https://tide.example.org/authors/ruth-addlestone' }],
    attachments: [
      { url: 'https://tide.example.org/media/a%20%26%20b.mp3', mime_type: 'audio/mpeg', size_in_bytes: 4321 },
      { url: 'https://tide.example.org/media/hero.png', mime_type: 'image/png', size_in_bytes: 34 },
    ],
    _broadsheet: { read_minutes: 8, subtitle: 'What the harbour saw of A tide comes in', call_to_action: { label: 'Read on' } },
  })
  expect(json.items[0].author).toBeUndefined()
})

test('one id for an entry in all three formats', async () => {
  await using site = await openFeedsWorld({ ...three, 'own.md': articleText({ extra: 'id: "own & id"\n' }) })
  const ids = async (path: '/feed.xml' | '/atom.xml' | '/feed.json') =>
    readers[path]((await site.fetch(path)).text).entries.map(({ id }) => id)
  expect(await ids('/atom.xml')).toEqual(await ids('/feed.xml'))
  expect(await ids('/feed.json')).toEqual(await ids('/feed.xml'))
  expect(await ids('/feed.xml')).toContain('tag:tide.example.org,2026:own%20&%20id')
})

test('the subscription list names every feed', async () => {
  await using site = await openFeedsWorld(three)
  const { headers, text } = await site.fetch('/feeds.opml')
  expect(headers['content-type']).toBe('text/x-opml; charset=utf-8')
  const { opml } = parseXml(text)
  expect(opml['@version']).toBe('2.0')
  expect(opml.body.outline.map((outline: Record<string, string>) => [outline['@text'], outline['@xmlUrl']])).toEqual([
    ['The Test Tide', 'https://tide.example.org/feed.xml'],
    ['Craft & making · The Test Tide', 'https://tide.example.org/topics/craft/feed.xml'],
    ['Coast and weather · The Test Tide', 'https://tide.example.org/topics/coast/feed.xml'],
    ['ropes · The Test Tide', 'https://tide.example.org/topics/ropes/feed.xml'],
    ['Ruth Addlestone · The Test Tide', 'https://tide.example.org/authors/ruth-addlestone/feed.xml'],
  ])
})

test('links() returns the feeds of a page', async () => {
  await using site = await openFeedsWorld(three)
  expect(site.feeds.links().map(({ type, href }) => [type, href])).toEqual([
    ['application/rss+xml', 'https://tide.example.org/feed.xml'],
    ['application/atom+xml', 'https://tide.example.org/atom.xml'],
    ['application/feed+json', 'https://tide.example.org/feed.json'],
  ])
  const [own] = site.feeds.links({ kind: 'topics', topics: ['coast'] })
  expect(own).toEqual({
    title: 'Coast and weather · The Test Tide',
    type: 'application/rss+xml',
    href: 'https://tide.example.org/topics/coast/feed.xml',
  })
})

test('an edited publication.yaml shows in the feeds', async () => {
  await using site = await openFeedsWorld(three)
  await site.fetch('/topics/coast/feed.xml')
  await site.feeds.reload({ ...site.world.publication, title: 'The New Tide' })
  for (const path of mainPaths) expect(readers[path]((await site.fetch(path)).text).title).toBe('The New Tide')
  expect(readRss((await site.fetch('/topics/coast/feed.xml')).text).title).toBe('Coast and weather · The New Tide')
})

test('an article that cannot be written does not break the feed', async () => {
  await using site = await openFeedsWorld(three)
  const article = site.world.articles.current().bySlug.get('middle')
  if (article)
    article.html = () => {
      throw new Error('cannot be rendered')
    }
  await site.feeds.reload({ ...site.world.publication })
  expect(readAtom((await site.fetch('/atom.xml')).text).entries.map(({ title }) => title)).toEqual(['New', 'Old'])
  expect(readJson((await site.fetch('/feed.json')).text).entries).toHaveLength(2)
})

test('onChange reports changed feeds, and no article before it is due', async () => {
  await using site = await openFeedsWorld(three)
  const changes: (readonly string[])[] = []
  site.feeds.onChange((urls) => changes.push(urls))
  await site.write('articles/old.md', articleText({ title: 'Older', date: '2026-11-01', topics: ['coast'] }))
  await site.write('articles/later.md', articleText({ title: 'Later', date: '2026-11-30', topics: ['secret'] }))
  expect(changes).toHaveLength(1)
  expect(changes[0]).toEqual(
    ['', '/topics/coast', '/authors/ruth-addlestone'].flatMap((below) =>
      mainPaths.map((path) => `https://tide.example.org${below}${path}`),
    ),
  )
})

test('other addresses are not answered', async () => {
  await using site = await openFeedsWorld(three)
  for (const path of [
    '/',
    '/feed',
    '/feed.xml/',
    '/FEED.XML',
    '/articles/new',
    '/atom/archive/2026-10.json',
    '/topics//feed.xml',
    '//feed.xml',
    '*',
  ]) {
    expect((await site.fetch(path)).status, path).toBe(404)
  }
})

test('a feed without entries has no date of 1970', async () => {
  await using site = await openFeedsWorld({})
  expect((await site.fetch('/feed.xml')).text).not.toContain('1970')
})
