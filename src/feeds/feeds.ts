import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Snapshot } from '../articles/article.ts'
import type { Articles } from '../articles/articles.ts'
import type { Clock, Stop } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { chooseCoding } from '../platform/http/accept-encoding.ts'
import { answer } from '../platform/http/representation.ts'
import { type Log, logError } from '../platform/log.ts'
import type { Messages } from '../platform/messages.ts'
import type { Publication } from '../publication/publication.ts'
import { type FeedAddress, type FeedScope, feedFormats, feedPath, publicUrl } from '../publication/urls.ts'
import { changedFeedPaths } from './changes.ts'
import { answerDelta, Versions, wantsDelta } from './deltas.ts'
import { type EntryCache, makeEntryCache, writers } from './entry-cache.ts'
import { parseFeedAddress } from './feed-address.ts'
import { type FeedMemory, type FeedSet, makeFeedSet, type WrittenFeed } from './feed-set.ts'
import { settleIdBase } from './id-base.ts'
import { openModificationDates } from './modification-dates.ts'

/** All feeds of a publication: written when an article changes, served from memory. */
export interface Feeds {
  /**
   * Answers a request for a feed; works with and without Express. Returns `false` and does nothing if there is no such feed.
   */
  answer(request: IncomingMessage, response: ServerResponse): boolean
  /** The path under which the live feed at this target is known. Undefined for an archive, and if there is no such feed. */
  liveFeedAt(target: string): string | undefined
  /** Feeds for `<link rel="alternate">` of a page: of its topic or author, and of the publication. */
  links(scope?: FeedScope): readonly FeedLink[]
  /** The id of the Atom feed at `path`. */
  idOf(path: string): string
  /** Rewrites all feeds after a change of `publication.yaml`. */
  reload(publication: Publication): Promise<void>
  /** Calls `listener` with the addresses of the changed live feeds, after the new main feeds are served. */
  onChange(listener: (urls: readonly string[]) => void): Stop
  /** Hash of the publication's feed, to detect changes across restarts. */
  version(): string
  /** Resolves when the main feeds contain the current articles. */
  settled(): Promise<void>
  close(): Promise<void>
}

export interface FeedLink {
  readonly title: string
  readonly type: string
  /** Absolute address. */
  readonly href: string
}

export interface FeedsContext {
  readonly publication: Publication
  readonly articles: Articles
  readonly database: Database
  readonly clock: Clock
  readonly messages: Messages
  readonly log: Log
}

const mainPath = feedPath({ format: 'rss', scope: { kind: 'all' }, archive: undefined })

/** Starts writing the main feeds and follows changes of the articles. An early request waits only for its own feed. */
export async function openFeeds(context: FeedsContext): Promise<Feeds> {
  const { publication, database, clock, log } = context
  const idBase = await settleIdBase(database, publication)
  return new LiveFeeds(context, { dates: await openModificationDates(database, log), versions: new Versions(), clock, idBase })
}

class LiveFeeds implements Feeds {
  readonly #articles: Articles
  readonly #database: Database
  readonly #messages: Messages
  readonly #log: Log
  readonly #memory: FeedMemory
  readonly #listeners = new Set<(urls: readonly string[]) => void>()
  readonly #stopListening: Stop
  #entryCache: EntryCache
  /** Serves topics, authors and archives. */
  #newest: FeedSet
  /** Serves the main feeds: the newest set whose main feeds are written. */
  #current: FeedSet
  #switching: Promise<void> = Promise.resolve()

  constructor({ publication, articles, database, messages, log }: FeedsContext, memory: FeedMemory) {
    this.#database = database
    this.#articles = articles
    this.#messages = messages
    this.#log = log
    this.#memory = memory
    this.#entryCache = entryCacheFor(publication, messages, log)
    this.#newest = makeFeedSet(publication, articles.current(), this.#entryCache, memory)
    this.#current = this.#newest
    void this.#switchTo(publication, articles.current())
    this.#stopListening = articles.onChange((snapshot) => void this.#switchTo(this.#newest.publication, snapshot))
  }

  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const target = request.url ?? '/'
    const feed = this.#current.written(target)
    if (!feed) return this.#answerOther(request, response, target)
    answerWritten(request, response, feed, this.#current)
    return true
  }

  liveFeedAt(target: string): string | undefined {
    const parsed = parseFeedAddress(target)
    const address = parsed && !parsed.archive ? this.#newest.catalogue.canonical(parsed) : undefined
    return address && feedPath(address)
  }

  links(scope?: FeedScope): readonly FeedLink[] {
    return linksOf(this.#newest, scope)
  }

  idOf(path: string): string {
    return publicUrl({ url: this.#memory.idBase }, path)
  }

  async reload(publication: Publication): Promise<void> {
    this.#memory.idBase = await settleIdBase(this.#database, publication)
    return this.#switchTo(publication, this.#articles.current())
  }

  onChange(listener: (urls: readonly string[]) => void): Stop {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  version(): string {
    return this.#current.written(mainPath)?.representation.hash ?? ''
  }

  settled(): Promise<void> {
    return this.#switching
  }

  async close(): Promise<void> {
    this.#stopListening()
    await this.#switching
    await this.#memory.dates.settled()
  }

  #answerOther(request: IncomingMessage, response: ServerResponse, target: string): boolean {
    const set = this.#newest
    const parsed = parseFeedAddress(target)
    const address = parsed && set.catalogue.canonical(parsed)
    if (!address) return false
    const path = feedPath(address)
    const main = this.#current.written(path)
    const feed = main ?? set.written(path)
    if (feed) {
      answerWritten(request, response, feed, main ? this.#current : set)
      return true
    }
    const log = this.#log
    writeFor(request, address, set).then(
      (written) => answerWritten(request, response, written, set),
      (error) => {
        logError(log, error, 'could not write a feed', { path })
        response.writeHead(500, ['Content-Type', 'text/plain; charset=utf-8'])
        response.end('This feed is temporarily unavailable. Try again later.\n')
      },
    )
    return true
  }

  #switchTo(publication: Publication, snapshot: Snapshot): Promise<void> {
    const log = this.#log
    if (publication !== this.#newest.publication) this.#entryCache = entryCacheFor(publication, this.#messages, log)
    const set = makeFeedSet(publication, snapshot, this.#entryCache, this.#memory)
    this.#newest = set
    this.#switching = this.#switching.then(async () => {
      // Skip: a newer set is queued.
      if (set !== this.#newest) return
      await set.writeMain()
      const before = this.#current
      this.#current = set
      this.#notifyListeners(before, set)
    })
    this.#switching = this.#switching.catch((error) => logError(log, error, 'could not write the feeds; the previous ones stay in service'))
    return this.#switching
  }

  #notifyListeners(before: FeedSet, after: FeedSet): void {
    const log = this.#log
    const urls = changedFeedPaths(before.snapshot, after.snapshot).map((path) => publicUrl(after.publication, path))
    if (urls.length === 0) return
    for (const listener of this.#listeners) {
      try {
        listener(urls)
      } catch (error) {
        logError(log, error, 'a listener failed on a change of the feeds')
      }
    }
  }
}

function answerWritten(request: IncomingMessage, response: ServerResponse, feed: WrittenFeed, set: FeedSet): void {
  const delta = wantsDelta(request) ? set.deltaFor(request, feed) : undefined
  if (delta) answerDelta(request, response, delta, feed.representation)
  else answer(request, response, feed.representation)
}

/** Compresses on the thread pool if the client accepts compression. */
async function writeFor(request: IncomingMessage, address: FeedAddress, set: FeedSet): Promise<WrittenFeed> {
  const written = await set.write(address)
  if (chooseCoding(request.headers['accept-encoding']) !== 'identity') await written.representation.compress()
  return written
}

function linksOf({ publication, catalogue }: FeedSet, scope: FeedScope | undefined): FeedLink[] {
  const scopes: FeedScope[] = scope && scope.kind !== 'all' ? [scope, { kind: 'all' }] : [{ kind: 'all' }]
  return scopes.flatMap((one) =>
    feedFormats.flatMap((format) => {
      const address = catalogue.canonical({ format, scope: one, archive: undefined })
      if (!address) return []
      return [
        {
          title: catalogue.title(address),
          type: writers[format].type.replace(/;.*$/, ''),
          href: publicUrl(publication, feedPath(address)),
        },
      ]
    }),
  )
}

function entryCacheFor({ url, language }: Publication, messages: Messages, log: Log): EntryCache {
  return makeEntryCache({ publicationUrl: url, readOn: () => messages.text(language, 'email.read_on') }, log)
}
