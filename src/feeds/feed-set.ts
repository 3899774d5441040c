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

/** All feeds of one snapshot. The main feeds are written ahead, others on request. */
export interface FeedSet {
  readonly publication: Publication
  readonly snapshot: Snapshot
  readonly catalogue: Catalogue
  /** The feed at a path, if it is already written. */
  written(path: string): WrittenFeed | undefined
  /** Writes and compresses the main feeds. */
  writeMain(): Promise<void>
  /** Writes a feed of the catalogue. Concurrent calls for one feed share the work. */
  write(address: FeedAddress): Promise<WrittenFeed>
  /** The entries that the client lacks; undefined if it wants no delta or if its version is unknown. */
  deltaFor(request: IncomingMessage, feed: WrittenFeed): Representation | undefined
}

export interface WrittenFeed {
  /** Undefined for the subscription list (OPML). */
  readonly address: FeedAddress | undefined
  readonly representation: Representation
  readonly entries: readonly WrittenEntry[]
}

/** State that outlives one snapshot. */
export interface FeedMemory {
  readonly dates: ModificationDates
  readonly versions: Versions
  readonly clock: Clock
  /** See `settleIdBase`. */
  idBase: string
}

/** Cache of feeds written on request: bytes before compression. */
const maxCachedBytes = 12 * 1024 * 1024

export function makeFeedSet(
  publication: Publication,
  snapshot: Snapshot,
  entryCache: EntryCache,
  { dates, versions, clock, idBase }: FeedMemory,
): FeedSet {
  const catalogue = makeCatalogue(publication, snapshot, idBase)
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
    // WebSub §4: the headers let a subscriber find hub and topic without reading the body.
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
        // Compress ahead on the thread pool, because it takes longer than all the rest.
        await representation.compress()
      }
    },
    write,
    deltaFor(request, { address, representation, entries }) {
      const clientVersions = versionsToCompare(request)
      // A client with the current version gets 304.
      if (!address || clientVersions.length === 0 || clientVersions.includes(representation.hash)) return undefined
      const document = catalogue.document(address)
      const changed = clientVersions.map((hash) => versions.since(hash, entries)).find((part) => part !== undefined)
      if (!changed || !document) return undefined
      const body = entryCache.document(address.format, document, changed)
      return makeRepresentation({ body, type: writers[address.format].type, lastModified: representation.lastModified })
    },
  }
}
