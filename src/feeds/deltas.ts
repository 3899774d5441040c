import type { IncomingMessage, ServerResponse } from 'node:http'
import { chooseCoding } from '../platform/http/accept-encoding.ts'
import { entityTags } from '../platform/http/preconditions.ts'
import { hashOfTag, type Representation } from '../platform/http/representation.ts'
import { LruCache } from '../platform/lru-cache.ts'
import type { WrittenEntry } from './entry-cache.ts'

/** Versions of feeds whose entries are remembered; at 30 entries each this is 2 MB. */
const maxVersions = 500

/**
 * Whether a 226 would be taken. feedparser asks for one by itself and reads it, but what is built on it may not: rss2email
 * takes the status for an error and never shows the new entries. A whole answer is always right (RFC 3229 §10.4.1).
 */
export function wantsDelta({ headers }: IncomingMessage): boolean {
  return headers['a-im'] !== undefined && !/^feedparser\//.test(headers['user-agent'] ?? '')
}

/** What earlier versions of the feeds held, by the hash of their bodies. A restart forgets them, and readers get all again. */
export class Versions {
  readonly #byHash = new LruCache<string, ReadonlyMap<string, string>>(maxVersions)

  record(bodyHash: string, entries: readonly WrittenEntry[]): void {
    this.#byHash.set(bodyHash, new Map(entries.map(({ id, hash }) => [id, hash])))
  }

  /** The entries that are new or changed since the version with this hash, or `undefined` where that is not known. */
  since(bodyHash: string, entries: readonly WrittenEntry[]): WrittenEntry[] | undefined {
    const before = this.#byHash.get(bodyHash)
    return before && entries.filter(({ id, hash }) => before.get(id) !== hash)
  }
}

/**
 * The versions that a request says it has, where it takes only what changed since: `A-IM: feed` with If-None-Match
 * (RFC 3229 §5.2 and §10.5.3, and the `feed` manipulation that its registry lists).
 */
export function versionsToCompare({ method, headers }: IncomingMessage): string[] {
  const wanted = headers['a-im']
  const held = headers['if-none-match']
  if (method !== 'GET' || wanted === undefined || held === undefined) return []
  const takesFeed = String(wanted)
    .toLowerCase()
    .split(',')
    .some((manipulation) => /^\s*feed\s*(?:;\s*q=(?!0(?:\.0*)?\s*$)[\d.]+\s*)?$/.test(manipulation))
  return takesFeed ? entityTags(held).flatMap((tag) => hashOfTag(tag) ?? []) : []
}

/** 226 (RFC 3229 §10.4.1): part of the feed, under the tag that the whole of it has now. No cache may take it for the whole. */
export function answerDelta(request: IncomingMessage, response: ServerResponse, delta: Representation, whole: Representation): void {
  const coding = chooseCoding(request.headers['accept-encoding'])
  const { body, okHeaders } = delta.variant(coding)
  const headers: string[] = []
  for (let at = 0; at < okHeaders.length; at += 2) {
    const [name = '', value = ''] = okHeaders.slice(at, at + 2)
    if (name !== 'ETag' && name !== 'Cache-Control' && name !== 'Vary') headers.push(name, value)
  }
  headers.push('ETag', whole.tags[coding], 'IM', 'feed', 'Cache-Control', 'no-store, im', 'Vary', 'A-IM, If-None-Match, Accept-Encoding')
  response.writeHead(226, 'IM Used', headers)
  response.end(body)
}
