import type { IncomingHttpHeaders } from 'node:http'
import type { Coding } from './accept-encoding.ts'

/** Validators of one state of a resource (RFC 9110 §8.8). */
export interface Validators {
  /** Whole seconds. Undefined: unknown, so conditions on dates do not count. */
  readonly lastModified: Date | undefined
  /** Strong entity tags, one per coding because the bytes differ. */
  readonly tags: Readonly<Record<Coding, string>>
}

export type Outcome = { readonly status: 200 | 412 } | { readonly status: 304; readonly tag: string }

/**
 * Evaluates the conditions of a GET or HEAD in the order of RFC 9110 §13.2.2: If-Match, else If-Unmodified-Since; then
 * If-None-Match, else If-Modified-Since. `selected` is the entity tag of the coding chosen for this request.
 */
export function evaluatePreconditions(headers: IncomingHttpHeaders, selected: string, validators: Validators): Outcome {
  const ifMatch = headers['if-match']
  if (ifMatch !== undefined) {
    if (ifMatch.trim() !== '*' && !entityTags(ifMatch).includes(selected)) return { status: 412 }
  } else {
    const since = httpDate(headers['if-unmodified-since'])
    if (since !== undefined && validators.lastModified && validators.lastModified.getTime() > since) return { status: 412 }
  }
  const ifNoneMatch = headers['if-none-match']
  if (ifNoneMatch !== undefined) {
    const tag = ifNoneMatch === selected ? selected : matchWeakly(ifNoneMatch, selected, validators)
    return tag === undefined ? { status: 200 } : { status: 304, tag }
  }
  const ifModifiedSince = headers['if-modified-since']
  if (ifModifiedSince === undefined) return { status: 200 }
  const since = httpDate(ifModifiedSince)
  return since !== undefined && validators.lastModified && validators.lastModified.getTime() <= since
    ? { status: 304, tag: selected }
    : { status: 200 }
}

/**
 * Weak comparison (§8.8.3.2), first with the selected coding's tag, then with the others: a client that holds any coding of this body
 * holds this body. Returns the tag that the client holds.
 */
function matchWeakly(header: string, selected: string, validators: Validators): string | undefined {
  if (header.trim() === '*') return selected
  const stored = new Set(entityTags(header).map((tag) => tag.replace(/^W\//, '')))
  return [selected, validators.tags.identity, validators.tags.gzip, validators.tags.br].find((tag) => stored.has(tag))
}

/** The entity tags of a list. A tag may contain a comma (§8.8.3). */
export function entityTags(header: string): string[] {
  return header.match(/(?:W\/)?"[\x21\x23-\x7E\x80-\xFF]*"/g) ?? []
}

const httpDates =
  /^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4})$/

/** Milliseconds since 1970 of an HTTP date in any of its three forms (§5.6.7). Invalid dates must be ignored (§13.1.3). */
function httpDate(text: string | undefined): number | undefined {
  if (text === undefined || !httpDates.test(text)) return undefined
  // The asctime form has no zone and means UTC.
  const at = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`)
  return Number.isNaN(at) ? undefined : at
}
