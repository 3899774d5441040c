import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Snapshot } from '../articles/article.ts'
import type { Articles } from '../articles/library.ts'
import { chooseCoding } from '../platform/accept-encoding.ts'
import type { Clock, Stop } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { type Log, logError } from '../platform/log.ts'
import { answer } from '../platform/representation.ts'
import type { Publication } from '../publication/publication.ts'
import { type FeedAddress, feedPath, parseFeedAddress, type Scope } from './addresses.ts'
import { changedFeedPaths } from './changes.ts'
import { answerDelta, Versions, wantsDelta } from './deltas.ts'
import { formats } from './document.ts'
import { type FeedMemory, type FeedSet, makeFeedSet, type WrittenFeed } from './feed-set.ts'
import { openModificationDates } from './modification-dates.ts'
import { makePress, type Press, writers } from './press.ts'

/** All feeds of a publication: written when an article changes, answered from memory. */
export interface Feeds {
  /**
   * Answers a request for a feed, before Express or inside it. `false` where its address is that of no feed; then
   * nothing was done. Needs nothing but node:http.
   */
  answer(request: IncomingMessage, response: ServerResponse): boolean
  /** The feeds of a page's head, for `<link rel="alternate">`: those of the publication, and of the page's own topic or author. */
  links(scope?: Scope): readonly FeedLink[]
  /** Writes all feeds anew under another `publication.yaml`. */
  reload(publication: Publication): Promise<void>
  /** Calls `listener` with the addresses of the live feeds that changed, once the main ones are served as they are now. */
  onChange(listener: (urls: readonly string[]) => void): Stop
  /** Tells one state of the publication's feed from another, also across restarts: the hash of its bytes. */
  version(): string
  /** Resolves when the main feeds show the articles as they are now. */
  settled(): Promise<void>
  close(): Promise<void>
}

export interface FeedLink {
  readonly title: string
  readonly type: string
  /** Absolute address. */
  readonly href: string
}

export interface FeedsEdges {
  readonly publication: Publication
  readonly articles: Articles
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
}

const mainPath = feedPath({ format: 'rss', scope: { kind: 'all' }, archive: undefined })

/** Begins to write the main feeds, and keeps them up with the articles. A request that is there earlier waits for its own feed alone. */
export async function openFeeds({ publication: opened, articles, database, clock, log }: FeedsEdges): Promise<Feeds> {
  const memory: FeedMemory = { dates: await openModificationDates(database, log), versions: new Versions(), clock }
  const listeners = new Set<(urls: readonly string[]) => void>()
  let press = pressFor(opened, log)
  /** What requests for topics, authors and archives are answered from. */
  let newest = makeFeedSet(opened, articles.current(), press, memory)
  /** What requests for the main feeds are answered from: the newest whose main feeds are written. */
  let current = newest

  let turning: Promise<void> = Promise.resolve()
  function turnTo(publication: Publication, snapshot: Snapshot): Promise<void> {
    if (publication !== newest.publication) press = pressFor(publication, log)
    const set = makeFeedSet(publication, snapshot, press, memory)
    newest = set
    turning = turning.then(async () => {
      // A newer change has come meanwhile: its turn is next.
      if (set !== newest) return
      await set.writeMain()
      const before = current
      current = set
      tell(before, set)
    })
    turning = turning.catch((error) => logError(log, error, 'the feeds could not be written; the ones before stay in service'))
    return turning
  }

  function tell(before: FeedSet, after: FeedSet): void {
    const urls = changedFeedPaths(before.snapshot, after.snapshot).map((path) => after.publication.url + path)
    if (urls.length === 0) return
    for (const listener of listeners) {
      try {
        listener(urls)
      } catch (error) {
        logError(log, error, 'a listener failed on a change of the feeds')
      }
    }
  }

  function answerWritten(request: IncomingMessage, response: ServerResponse, feed: WrittenFeed, set: FeedSet): void {
    const delta = wantsDelta(request) ? set.deltaFor(request, feed) : undefined
    if (delta) answerDelta(request, response, delta, feed.representation)
    else answer(request, response, feed.representation)
  }

  /** Where a compressed body is asked for, it is made on the thread pool. */
  async function writeFor(request: IncomingMessage, address: FeedAddress, set: FeedSet): Promise<WrittenFeed> {
    const written = await set.write(address)
    if (chooseCoding(request.headers['accept-encoding']) !== 'identity') await written.representation.compress()
    return written
  }

  function answerOther(request: IncomingMessage, response: ServerResponse, target: string): boolean {
    const set = newest
    const parsed = parseFeedAddress(target)
    const address = parsed && set.catalogue.canonical(parsed)
    if (!address) return false
    const path = feedPath(address)
    const main = current.written(path)
    const feed = main ?? set.written(path)
    if (feed) {
      answerWritten(request, response, feed, main ? current : set)
      return true
    }
    writeFor(request, address, set).then(
      (written) => answerWritten(request, response, written, set),
      (error) => {
        logError(log, error, 'a feed could not be written', { path })
        response.writeHead(500, ['Content-Type', 'text/plain; charset=utf-8'])
        response.end('This feed cannot be written just now.\n')
      },
    )
    return true
  }

  void turnTo(opened, articles.current())
  const stopListening = articles.onChange((snapshot) => void turnTo(newest.publication, snapshot))

  return {
    answer(request, response) {
      const target = request.url ?? '/'
      const feed = current.written(target)
      if (!feed) return answerOther(request, response, target)
      answerWritten(request, response, feed, current)
      return true
    },
    links: (scope) => linksOf(newest, scope),
    reload: (publication) => turnTo(publication, articles.current()),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    version: () => current.written(mainPath)?.representation.hash ?? '',
    settled: () => turning,
    async close() {
      stopListening()
      await turning
      await memory.dates.settled()
    },
  }
}

function linksOf({ publication, catalogue }: FeedSet, scope: Scope | undefined): FeedLink[] {
  const scopes: Scope[] = scope && scope.kind !== 'all' ? [scope, { kind: 'all' }] : [{ kind: 'all' }]
  return scopes.flatMap((one) =>
    formats.flatMap((format) => {
      const address = catalogue.canonical({ format, scope: one, archive: undefined })
      if (!address) return []
      return [
        { title: catalogue.title(address), type: writers[format].type.replace(/;.*$/, ''), href: publication.url + feedPath(address) },
      ]
    }),
  )
}

function pressFor({ url, topics }: Publication, log: Log): Press {
  return makePress({ publicationUrl: url, topics }, log)
}
