import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { XMLParser } from 'fast-xml-parser'
import { type Feeds, openFeeds } from '../../src/feeds/feeds.ts'
import type { Publication } from '../../src/publication/publication.ts'
import { openArticlesWorld, type Settings } from '../articles/articles-world.ts'
import { productMessages } from '../support/english.ts'
import { quietLog } from '../support/quiet.ts'

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
  readonly text: string
}

/** Articles, their feeds, and a bare HTTP server on them. */
export async function openFeedsWorld(files: Readonly<Record<string, string>>, settings: Settings = {}) {
  const world = await openArticlesWorld(files, settings)
  const { database, clock } = world
  const open = (publication: Publication) =>
    openFeeds({ publication, articles: world.articles, database, clock, messages: productMessages, log: settings.log ?? quietLog })
  let feeds: Feeds = await open(world.publication)
  const server = createServer((incoming, outgoing) => {
    if (feeds.answer(incoming, outgoing)) return
    outgoing.writeHead(404)
    outgoing.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    world,
    get feeds() {
      return feeds
    },
    port,
    fetch: (path: string, headers: Record<string, string> = {}, method = 'GET') => fetchReply(port, path, headers, method),
    /** Writes a file and waits until the feeds contain it. */
    async write(path: string, text: string): Promise<void> {
      await world.nextChange(() => world.content.write(path, text))
      await feeds.settled()
    },
    async restart(): Promise<void> {
      await feeds.close()
      await world.restart()
      feeds = await open(world.publication)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await feeds.close()
      await world[Symbol.asyncDispose]()
    },
  }
}

function fetchReply(port: number, path: string, headers: Record<string, string>, method: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', path, headers, method, agent: false }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('end', () => {
        const body = Buffer.concat(chunks)
        const coding = incoming.headers['content-encoding']
        const plain = body.length === 0 ? body : coding === 'gzip' ? gunzipSync(body) : coding === 'br' ? brotliDecompressSync(body) : body
        const flat = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]))
        resolve({ status: incoming.statusCode ?? 0, headers: flat, body, text: plain.toString('utf8') })
      })
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

/** An entry of any format, read by an independent parser. */
export interface ReadEntry {
  readonly id: string
  readonly url: string
  readonly title: string
  readonly summary: string
  readonly html: string
  readonly author: string | undefined
  readonly topics: readonly string[]
  readonly publishedAt: string
}

export interface ReadFeed {
  readonly title: string
  readonly entries: readonly ReadEntry[]
  readonly self: string
  readonly prevArchive: string | undefined
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  textNodeName: '#',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: { enabled: true, maxTotalExpansions: 10_000_000, maxExpandedLength: 100_000_000, maxEntityCount: 10_000_000 },
  isArray: (name) => ['item', 'entry', 'category', 'link', 'atom:link', 'media:content', 'outline'].includes(name),
})

// biome-ignore lint/suspicious/noExplicitAny: parsed data, which tests inspect
type Node = Record<string, any>

export function parseXml(xml: string): Node {
  return parser.parse(xml) as Node
}

function textOf(node: unknown): string {
  if (Array.isArray(node)) return textOf(node[0])
  return typeof node === 'object' && node !== null ? String((node as Node)['#'] ?? '') : String(node ?? '')
}

const linkOf = (links: Node[] | undefined, rel: string) =>
  links?.find((link) => (link['@rel'] ?? 'alternate') === rel)?.['@href'] as string | undefined

export function readRss(xml: string): ReadFeed {
  const { channel } = parseXml(xml).rss
  return {
    title: textOf(channel.title),
    self: linkOf(channel['atom:link'], 'self') ?? '',
    prevArchive: linkOf(channel['atom:link'], 'prev-archive'),
    entries: (channel.item ?? []).map((item: Node) => ({
      id: textOf(item.guid),
      url: textOf(item.link),
      title: textOf(item.title),
      summary: fromHtml(textOf(item.description)),
      html: textOf(item['content:encoded']),
      author: item['dc:creator'] === undefined ? undefined : textOf(item['dc:creator']),
      topics: (item.category ?? []).map(textOf),
      publishedAt: new Date(textOf(item.pubDate)).toISOString(),
    })),
  }
}

export function readAtom(xml: string): ReadFeed {
  const { feed } = parseXml(xml)
  return {
    title: textOf(feed.title),
    self: linkOf(feed.link, 'self') ?? '',
    prevArchive: linkOf(feed.link, 'prev-archive'),
    entries: (feed.entry ?? []).map((entry: Node) => ({
      id: textOf(entry.id),
      url: linkOf(entry.link, 'alternate') ?? '',
      title: textOf(entry.title),
      summary: textOf(entry.summary),
      html: textOf(entry.content),
      author: entry.author === undefined ? undefined : textOf(entry.author.name),
      topics: (entry.category ?? []).map((category: Node) => String(category['@label'])),
      publishedAt: textOf(entry.published),
    })),
  }
}

export function readJson(text: string): ReadFeed {
  const feed = JSON.parse(text) as Node
  return {
    title: feed.title,
    self: feed.feed_url,
    prevArchive: feed.next_url,
    entries: feed.items.map((item: Node) => ({
      id: item.id,
      url: item.url,
      title: item.title,
      summary: item.summary ?? '',
      html: item.content_html,
      author: item.authors?.[0]?.name,
      topics: item.tags ?? [],
      publishedAt: item.date_published,
    })),
  }
}

export const readers = { '/feed.xml': readRss, '/atom.xml': readAtom, '/feed.json': readJson } as const
export type MainPath = keyof typeof readers
export const mainPaths = Object.keys(readers) as MainPath[]

/** An RSS description is HTML; ours is escaped text. */
function fromHtml(html: string): string {
  return html.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')
}
