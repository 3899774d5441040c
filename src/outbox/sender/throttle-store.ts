import type { Queries } from '../../platform/database/database.ts'
import { sql } from '../../platform/database/sql.ts'
import { acceptedMore, firstThrottle, refusedAgain, type Throttle } from './domain-throttle.ts'

/** What one process has seen of a domain since its last report. */
export interface DomainReport {
  readonly domain: string
  /** The domain has throttled while this process had so many deliveries to it under way. */
  readonly refusedUnder?: number | undefined
  readonly accepted: number
}

/** All are read every second. Further domains are throttled by each process on its own. */
const maxShared = 1_000
/** The longest pause is five minutes. A domain that got nothing for a day starts anew. */
const keptMs = 86_400_000

interface Row {
  readonly domain: string
  readonly at_once: number
  readonly pause_until: number
  readonly pause_ms: number
  readonly accepted: number
}

export async function readThrottles(db: Queries): Promise<Map<string, Throttle>> {
  const rows = await db.all<Row>(sql`SELECT domain, at_once, pause_until, pause_ms, accepted FROM throttled_domains`)
  return new Map(rows.map((row) => [row.domain, throttleOf(row)]))
}

/** Applies the reports, in one order for all processes. A limit that reaches `mostAtOnce` is lifted. */
export async function reportToThrottles(tx: Queries, reports: readonly DomainReport[], now: number, mostAtOnce: number): Promise<void> {
  for (const report of [...reports].sort((a, b) => (a.domain < b.domain ? -1 : 1))) await reportOne(tx, report, now, mostAtOnce)
}

async function reportOne(tx: Queries, { domain, refusedUnder, accepted }: DomainReport, now: number, mostAtOnce: number): Promise<void> {
  let known = await lockThrottle(tx, domain)
  if (!known && refusedUnder !== undefined) {
    if (await insertThrottle(tx, domain, firstThrottle(refusedUnder, now), now)) return
    // Another process was first, or there are too many.
    known = await lockThrottle(tx, domain)
  }
  if (!known) return
  const raised = accepted > 0 ? acceptedMore(known, accepted, mostAtOnce) : known
  const next = refusedUnder === undefined ? raised : refusedAgain(raised ?? known, now)
  if (!next) await tx.run(sql`DELETE FROM throttled_domains WHERE domain = ${domain}`)
  else if (next !== known) await updateThrottle(tx, domain, next, now)
}

async function lockThrottle(tx: Queries, domain: string): Promise<Throttle | undefined> {
  const lock = tx.engine === 'postgres' ? sql`FOR UPDATE` : sql``
  const row = await tx.get<Row>(sql`
    SELECT domain, at_once, pause_until, pause_ms, accepted FROM throttled_domains WHERE domain = ${domain} ${lock}`)
  return row && throttleOf(row)
}

async function insertThrottle(tx: Queries, domain: string, throttle: Throttle, now: number): Promise<boolean> {
  const counted = await tx.get<{ n: number }>(sql`SELECT count(*) AS n FROM throttled_domains`)
  if (counted && counted.n >= maxShared) return false
  const { atOnce, pauseUntil, pauseMs, accepted } = throttle
  const written = await tx.run(sql`
    INSERT INTO throttled_domains (domain, at_once, pause_until, pause_ms, accepted, updated_at)
    VALUES (${domain}, ${atOnce}, ${pauseUntil}, ${pauseMs}, ${accepted}, ${now}) ON CONFLICT (domain) DO NOTHING`)
  return written > 0
}

async function updateThrottle(tx: Queries, domain: string, throttle: Throttle, now: number): Promise<void> {
  const { atOnce, pauseUntil, pauseMs, accepted } = throttle
  await tx.run(sql`
    UPDATE throttled_domains SET at_once = ${atOnce}, pause_until = ${pauseUntil}, pause_ms = ${pauseMs}, accepted = ${accepted},
      updated_at = ${now} WHERE domain = ${domain}`)
}

/** Deletes throttles of domains that got nothing for a day. The upper limit is for a clock that was set back. */
export async function deleteOldThrottles(tx: Queries, now: Date): Promise<void> {
  await tx.run(sql`DELETE FROM throttled_domains WHERE updated_at NOT BETWEEN ${now.getTime() - keptMs} AND ${now.getTime() + keptMs}`)
}

function throttleOf(row: Row): Throttle {
  return { atOnce: row.at_once, pauseUntil: row.pause_until, pauseMs: row.pause_ms, accepted: row.accepted }
}
