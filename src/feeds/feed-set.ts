import type { IncomingMessage } from 'node:http'
import type { Snapshot } from '../articles/article.ts'
import type { Clock } from '../platform/clock.ts'
import { makeRepresentation, type Representation } from '../platform/http/representation.ts'
import { LruCache } from '../platform/lru-cache.ts'
import type { Publication } from '../publication/publication.ts'
import { type FeedAddress, feedFormats, feedPath, paths, publicUrl } from '../publication/urls.ts'
import { type Catalogue, makeCatalogue } from './catalogue.ts'
import { type Versions, versionsToCompare } from './deltas.ts'
import { type EntryCache, type WrittenEntry, writers } from './entry-cache.ts'
import { opmlType, writeOpml } from './formats/opml.ts'
import type { ModificationDates } from './modification-dates.ts'

/** All feeds of one state of the articles: the main ones written ahead, the others (and any that is not yet) when they are asked for. */
export interface FeedSet {
  readonly publication: Publication
  readonly snapshot: Snapshot
  readonly catalogue: Catalogue
  /** A feed that is written already, by its path. */
  written(path: string): WrittenFeed | undefined
  /** Writes the main feeds, with their compressed bodies. */
  writeMain(): Promise<void>
  /** Writes a feed that the catalogue has; many requests at once make one. */
  write(address: FeedAddress): Promise<WrittenFeed>
  /** The feed less what the client has, where it takes such a part and a version that is remembered. */
  deltaFor(request: IncomingMessage, feed: WrittenFeed): Representation | undefined
}

export interface WrittenFeed {
  /** Absent for the subscription list. */
  readonly address: FeedAddress | undefined
  readonly representation: Representation
  readonly entries: readonly WrittenEntry[]
}

/** What outlives one state of the articles. */
export interface FeedMemory {
  readonly dates: ModificationDates
  readonly versions: Versions
  readonly clock: Clock
}

/** Bytes of feeds written on demand that are kept, before compression. */
const maxCachedBytes = 12 * 1024 * 1024

export function makeFeedSet(
  publication: Publication,
  snapshot: Snapshot,
  entryCache: EntryCache,
  { dates, versions, clock }: FeedMemory,
): FeedSet {
  const catalogue = makeCatalogue(publication, snapshot)
  const main = new Map<string, WrittenFeed>()
  const others = new LruCache<string, WrittenFeed>(maxCachedBytes)
  const inWork = new Map<string, Promise<WrittenFeed>>()
  let list: WrittenFeed | undefined

  async function writeNow(address: FeedAddress): Promise<WrittenFeed> {
    const document = catalogue.document(address)
    if (!document) throw new Error(`no such feed: ${feedPath(address)}`)
    const entries = await entryCache.entries(address.format, document.articles)
    const body = entryCache.document(address.format, document, entries)
    const representation = represent(feedPath(address), body, writers[address.format].type, document.updatedAt)
    if (!address.archive) versions.record(representation.hash, entries)
    return { address, entries, representation }
  }

  function represent(path: string, body: string, type: string, newestEntryAt: Date): Representation {
    const { hub } = publication.feeds
    // WebSub §4: a subscriber finds hub and topic in the headers without reading the body.
    const headers: Record<string, string> = hub
      ? { Link: `<${encodeURI(hub)}>; rel="hub", <${publicUrl(publication, path)}>; rel="self"` }
      : {}
    const lastModified = (hash: string) => dates.of(path, hash, newestEntryAt, clock.now())
    return makeRepresentation({ body, type, headers, lastModified })
  }

  function writeList(): WrittenFeed {
    const updatedAt = catalogue.document({ format: 'rss', scope: { kind: 'all' }, archive: undefined })?.updatedAt ?? new Date(0)
    const representation = represent(paths.subscriptionList, writeOpml(publication, catalogue.list()), opmlType, updatedAt)
    return { address: undefined, representation, entries: [] }
  }

  function write(address: FeedAddress): Promise<WrittenFeed> {
    const path = feedPath(address)
    const work =
      inWork.get(path) ??
      writeNow(address)
        .then((feed) => {
          if (address.scope.kind === 'all' && !address.archive) main.set(path, feed)
          else others.set(path, feed, feed.representation.bytes)
          return feed
        })
        .finally(() => inWork.delete(path))
    inWork.set(path, work)
    return work
  }

  return {
    publication,
    snapshot,
    catalogue,
    written(path) {
      if (path === paths.subscriptionList) {
        list ??= writeList()
        return list
      }
      return main.get(path) ?? others.get(path)
    },
    async writeMain() {
      for (const format of feedFormats) {
        const address: FeedAddress = { format, scope: { kind: 'all' }, archive: undefined }
        const { representation } = main.get(feedPath(address)) ?? (await write(address))
        // On the thread pool, before a request asks: compressing takes longer than all the rest.
        await representation.compress()
      }
    },
    write,
    deltaFor(request, { address, representation, entries }) {
      const held = versionsToCompare(request)
      // Who has it all gets 304.
      if (!address || held.length === 0 || held.includes(representation.hash)) return undefined
      const document = catalogue.document(address)
      const changed = held.map((hash) => versions.since(hash, entries)).find((part) => part !== undefined)
      if (!changed || !document) return undefined
      const body = entryCache.document(address.format, document, changed)
      return makeRepresentation({ body, type: writers[address.format].type, lastModified: representation.lastModified })
    },
  }
}
