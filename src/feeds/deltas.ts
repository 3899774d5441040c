import type { IncomingMessage, ServerResponse } from 'node:http'
import { chooseCoding } from '../platform/http/accept-encoding.ts'
import { entityTags } from '../platform/http/preconditions.ts'
import { hashOfTag, type Representation } from '../platform/http/representation.ts'
import { LruCache } from '../platform/lru-cache.ts'
import type { WrittenEntry } from './entry-cache.ts'

/** Feed versions in memory: 2 MB at 30 entries each. */
const maxVersions = 500

/**
 * Whether the client handles a 226. feedparser asks for one, but programs built on it may fail. For example, rss2email treats the status as
 * an error and never shows the new entries. A full answer is always allowed (RFC 3229 §10.4.1).
 */
export function wantsDelta({ headers }: IncomingMessage): boolean {
  return headers['a-im'] !== undefined && !/^feedparser\//.test(headers['user-agent'] ?? '')
}

/** Entries of earlier feed versions, by the hash of the body. Lost at a restart; clients then get the full feed. */
export class Versions {
  readonly #byHash = new LruCache<string, ReadonlyMap<string, string>>(maxVersions)

  record(bodyHash: string, entries: readonly WrittenEntry[]): void {
    this.#byHash.set(bodyHash, new Map(entries.map(({ id, hash }) => [id, hash])))
  }

  /** Entries that are new or changed since the version with this hash; `undefined` if that version is unknown. */
  since(bodyHash: string, entries: readonly WrittenEntry[]): WrittenEntry[] | undefined {
    const before = this.#byHash.get(bodyHash)
    return before && entries.filter(({ id, hash }) => before.get(id) !== hash)
  }
}

/**
 * Hashes of the versions that the client has, if it accepts a delta: `A-IM: feed` with If-None-Match (RFC 3229 §5.2 and
 * §10.5.3, and the registered `feed` manipulation).
 */
export function versionsToCompare({ method, headers }: IncomingMessage): string[] {
  const wanted = headers['a-im']
  const clientTags = headers['if-none-match']
  if (method !== 'GET' || wanted === undefined || clientTags === undefined) return []
  const acceptsFeed = String(wanted)
    .toLowerCase()
    .split(',')
    .some((manipulation) => /^\s*feed\s*(?:;\s*q=(?!0(?:\.0*)?\s*$)[\d.]+\s*)?$/.test(manipulation))
  return acceptsFeed ? entityTags(clientTags).flatMap((tag) => hashOfTag(tag) ?? []) : []
}

/** Answers 226 (RFC 3229 §10.4.1): part of the feed with the tag of the full feed. Caches must not store it as the full feed. */
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
