import { hash } from 'node:crypto'
import { setImmediate as yieldToEventLoop } from 'node:timers/promises'
import type { Article } from '../articles/article.ts'
import { type Log, logError } from '../platform/log.ts'
import { LruCache } from '../platform/lru-cache.ts'
import type { FeedFormat } from '../publication/urls.ts'
import { atom } from './formats/atom.ts'
import type { EntryContext, FeedDocument, FeedWriter } from './formats/document.ts'
import { json } from './formats/json.ts'
import { rss } from './formats/rss.ts'

export const writers: Readonly<Record<FeedFormat, FeedWriter>> = { rss, atom, json }

export interface WrittenEntry {
  readonly id: string
  readonly text: string
  /** For comparing the entry between two versions of a feed. */
  readonly hash: string
}

/** Writes feeds in slices, so that a rebuild does not block requests. */
export interface EntryCache {
  /** Skips and logs an article that cannot be written, so that the feed stays available. */
  entries(format: FeedFormat, articles: readonly Article[]): Promise<WrittenEntry[]>
  document(format: FeedFormat, document: FeedDocument, entries: readonly WrittenEntry[]): string
}

/** Enough for the live feeds of a publication with a few topics: 5 MB at 8 KB an entry. */
const maxCachedEntries = 600
/** New entries before yielding to other requests. Rendering and writing one takes about 1.1 ms. */
const entriesPerSlice = 4

export function makeEntryCache(context: EntryContext, log: Log): EntryCache {
  const caches: Record<FeedFormat, LruCache<Article, WrittenEntry>> = {
    rss: new LruCache(maxCachedEntries / 3),
    atom: new LruCache(maxCachedEntries / 3),
    json: new LruCache(maxCachedEntries / 3),
  }

  function write(format: FeedFormat, article: Article): WrittenEntry | undefined {
    const before = caches[format].get(article)
    if (before) return before
    try {
      const text = writers[format].entry(article, context)
      const written = { id: article.id, text, hash: hash('sha1', text, 'base64url') }
      caches[format].set(article, written)
      return written
    } catch (error) {
      logError(log, error, 'could not write a feed entry; the feed omits this article', { path: article.path, format })
      return undefined
    }
  }

  return {
    async entries(format, articles) {
      const written: WrittenEntry[] = []
      let fresh = 0
      for (const article of articles) {
        if (caches[format].get(article) === undefined && fresh++ % entriesPerSlice === entriesPerSlice - 1) await yieldToEventLoop()
        const entry = write(format, article)
        if (entry) written.push(entry)
      }
      return written
    },
    document: (format, document, entries) =>
      writers[format].document(
        document,
        entries.map(({ text }) => text),
      ),
  }
}
