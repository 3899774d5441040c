import type { Database } from '../platform/database/database.ts'
import { yieldToEventLoop } from '../platform/yield-to-event-loop.ts'
import type { DeliveryState } from './delivery.ts'
import { type FailureKind, failureKindOf } from './failure-group.ts'
import { listFailed, surveyStep } from './survey-store.ts'

export { countUndecided, readReplies } from './survey-store.ts'

/** What became of the deliveries to one receiving domain. */
export interface DomainCounts {
  /** In its ASCII form; '' for erased readers. */
  readonly domain: string
  readonly sent: number
  /** Queued or being handed over. */
  readonly waiting: number
  readonly failed: number
  /** Skipped, cancelled and uncertain. */
  readonly rest: number
  /** Sent ones that came back later. */
  readonly bounced: number
  readonly all: number
}

/** Deliveries that were skipped or cancelled for the same reason. */
export interface CauseCounts {
  readonly state: 'skipped' | 'cancelled'
  readonly reason: string
  readonly count: number
}

export interface FailureGroup extends FailureKind {
  readonly count: number
  /** Id of one delivery of the group. */
  readonly example: number
  /** Receiving domains, those with the most failures first. */
  readonly domains: readonly string[]
}

export interface Survey {
  readonly at: Date
  /** The largest first. Empty once the deliveries were pruned. */
  readonly domains: readonly DomainCounts[]
  readonly causes: readonly CauseCounts[]
  readonly failures: readonly FailureGroup[]
}

/** Domains named for one group of failures. */
const domainsPerGroup = 5
/** Different replies that are kept apart; a server that writes a new text each time does not fill the memory. */
const maxGroups = 500

/**
 * Goes through the deliveries of a mailing in short steps: a second or two for a million, in which other work goes on. `isStopping` ends it
 * early, with undefined.
 */
export async function surveyMailing(
  database: Database,
  mailingId: string,
  now: Date,
  isStopping: () => boolean,
): Promise<Survey | undefined> {
  const domains = new Map<string, Writable<DomainCounts>>()
  const causes = new Map<string, Writable<CauseCounts>>()
  for (let after: string | undefined = ''; after !== undefined; ) {
    if (isStopping()) return undefined
    const step = await surveyStep(database, mailingId, after)
    for (const { domain, state, reason, count, bounced } of step.rows) {
      addToDomain(domains, domain, state, count, bounced)
      if (state === 'skipped' || state === 'cancelled') addToCause(causes, state, reason ?? '', count)
    }
    after = step.next
    await yieldToEventLoop()
  }
  const failures = await groupFailures(database, mailingId, now, isStopping)
  return {
    at: now,
    domains: [...domains.values()].sort((a, b) => b.all - a.all || (a.domain < b.domain ? -1 : 1)),
    causes: [...causes.values()].sort((a, b) => b.count - a.count),
    failures,
  }
}

/** The next failed deliveries of a group that failed until `before`; undefined if there are no more. Pass `last` as `after` the next time. */
export async function nextFailedOfKind(
  database: Database,
  mailingId: string,
  key: string,
  after: number,
  before: Date,
): Promise<{ readonly ids: readonly number[]; readonly last: number } | undefined> {
  for (let from = after; ; ) {
    const rows = await listFailed(database, mailingId, from, before)
    const last = rows.at(-1)
    if (!last) return undefined
    const ids = rows.filter(({ reason }) => failureKindOf(reason).key === key).map(({ id }) => id)
    if (ids.length > 0) return { ids, last: last.id }
    from = last.id
    await yieldToEventLoop()
  }
}

type Writable<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] }

function addToDomain(domains: Map<string, Writable<DomainCounts>>, domain: string, state: DeliveryState, count: number, bounced: number) {
  const counts = domains.get(domain) ?? { domain, sent: 0, waiting: 0, failed: 0, rest: 0, bounced: 0, all: 0 }
  domains.set(domain, counts)
  const column = state === 'queued' || state === 'handing_over' ? 'waiting' : state === 'sent' || state === 'failed' ? state : 'rest'
  counts[column] += count
  counts.bounced += bounced
  counts.all += count
}

function addToCause(causes: Map<string, Writable<CauseCounts>>, state: 'skipped' | 'cancelled', reason: string, count: number) {
  // The day until which a reader paused differs from reader to reader.
  const shown = reason.replace(/^(the reader paused) until .*$/, '$1')
  const key = `${state} ${shown}`
  const cause = causes.get(key)
  if (cause) cause.count += count
  else causes.set(key, { state, reason: shown, count })
}

async function groupFailures(database: Database, mailingId: string, now: Date, isStopping: () => boolean): Promise<FailureGroup[]> {
  const groups = new Map<string, { kind: FailureKind; count: number; example: number; domains: Map<string, number> }>()
  for (let after = 0; !isStopping(); ) {
    const rows = await listFailed(database, mailingId, after, now)
    for (const { id, addressKey, reason } of rows) {
      const known = failureKindOf(reason)
      const kind = groups.has(known.key) || groups.size < maxGroups ? known : { ...known, key: 'other', text: '…' }
      const group = groups.get(kind.key) ?? { kind, count: 0, example: id, domains: new Map() }
      groups.set(kind.key, group)
      group.count++
      const domain = addressKey.includes('@') ? addressKey.slice(addressKey.lastIndexOf('@') + 1) : ''
      if (domain !== '') group.domains.set(domain, (group.domains.get(domain) ?? 0) + 1)
    }
    const last = rows.at(-1)
    if (!last) break
    after = last.id
    await yieldToEventLoop()
  }
  return [...groups.values()]
    .sort((a, b) => b.count - a.count)
    .map(({ kind, count, example, domains }) => ({
      ...kind,
      count,
      example,
      domains: [...domains]
        .sort(([, a], [, b]) => b - a)
        .slice(0, domainsPerGroup)
        .map(([domain]) => domain),
    }))
}
