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
  /** Tells whether the entry changed between two versions of a feed. */
  readonly hash: string
}

/** Writes feeds in steps, so that no rebuild keeps requests waiting. */
export interface EntryCache {
  /** An article that cannot be written is left out and logged: it must not take the feed down. */
  entries(format: FeedFormat, articles: readonly Article[]): Promise<WrittenEntry[]>
  document(format: FeedFormat, document: FeedDocument, entries: readonly WrittenEntry[]): string
}

/** Written entries kept: those of the live feeds of a publication with a few topics. At 8 KB each this is 5 MB. */
const maxCachedEntries = 600
/** Rendering an article takes about 1 ms, and writing it a tenth of that: other requests get their turn between. */
const entriesPerSlice = 4

export function makeEntryCache(context: EntryContext, log: Log): EntryCache {
  const kept: Record<FeedFormat, LruCache<Article, WrittenEntry>> = {
    rss: new LruCache(maxCachedEntries / 3),
    atom: new LruCache(maxCachedEntries / 3),
    json: new LruCache(maxCachedEntries / 3),
  }

  function write(format: FeedFormat, article: Article): WrittenEntry | undefined {
    const before = kept[format].get(article)
    if (before) return before
    try {
      const text = writers[format].entry(article, context)
      const written = { id: article.id, text, hash: hash('sha1', text, 'base64url') }
      kept[format].set(article, written)
      return written
    } catch (error) {
      logError(log, error, 'an article could not be written as an entry and is left out of the feed', { path: article.path, format })
      return undefined
    }
  }

  return {
    async entries(format, articles) {
      const written: WrittenEntry[] = []
      let fresh = 0
      for (const article of articles) {
        if (kept[format].get(article) === undefined && fresh++ % entriesPerSlice === entriesPerSlice - 1) await yieldToEventLoop()
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
