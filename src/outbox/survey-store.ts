import type { Queries } from '../platform/database/database.ts'
import { joinSql, sql } from '../platform/database/sql.ts'
import type { DeliveryState } from './delivery.ts'

/** A step of this size takes a few milliseconds; other queries run between two steps. */
const rowsPerStep = 2_500

/** Deliveries of one step that have domain, state and reason in common. */
export interface SurveyRow {
  /** The receiving domain in its ASCII form; '' where the reader was erased. */
  readonly domain: string
  readonly state: DeliveryState
  /** Only of skipped and cancelled ones. */
  readonly reason: string | null
  readonly count: number
  /** Sent ones that came back later. */
  readonly bounced: number
}

/** One step through a mailing in the order of addresses. `next` is undefined after the last step. */
export async function surveyStep(
  db: Queries,
  mailingId: string,
  after: string,
): Promise<{ readonly rows: readonly SurveyRow[]; readonly next: string | undefined }> {
  const at = db.engine === 'sqlite' ? sql`instr(address_key, '@')` : sql`strpos(address_key, '@')`
  // The end of the step is found in SQL, because the engines sort text differently from JavaScript.
  const rows = await db.all<SurveyRow & { last: string }>(sql`
    WITH step AS MATERIALIZED (
      SELECT address_key, CASE WHEN ${at} > 0 THEN substr(address_key, ${at} + 1) ELSE '' END AS domain, state,
        CASE WHEN state IN ('skipped', 'cancelled') THEN reason END AS reason,
        CASE WHEN state = 'sent' AND EXISTS (SELECT 1 FROM reports WHERE delivery_id = d.id AND kind <> 'complaint') THEN 1 ELSE 0 END AS is_bounced
      FROM deliveries d WHERE mailing_id = ${mailingId} AND address_key > ${after} ORDER BY address_key LIMIT ${rowsPerStep})
    SELECT domain, state, reason, count(*) AS count, CAST(sum(is_bounced) AS BIGINT) AS bounced, (SELECT max(address_key) FROM step) AS last
    FROM step GROUP BY domain, state, reason`)
  const total = rows.reduce((sum, row) => sum + row.count, 0)
  return { rows, next: total < rowsPerStep ? undefined : rows[0]?.last }
}

export interface FailedRow {
  readonly id: number
  readonly addressKey: string
  readonly reason: string | undefined
}

/** Failed deliveries of a mailing in the order of ids, up to `rowsPerStep`. */
export async function listFailed(db: Queries, mailingId: string, after: number, before: Date): Promise<FailedRow[]> {
  const rows = await db.all<{ id: number; address_key: string; reason: string | null }>(sql`
    SELECT id, address_key, reason FROM deliveries
    WHERE mailing_id = ${mailingId} AND state = 'failed' AND state <> 'handing_over' AND id > ${after} AND settled_at <= ${before.getTime()}
    ORDER BY id LIMIT ${rowsPerStep}`)
  return rows.map((row) => ({ id: row.id, addressKey: row.address_key, reason: row.reason ?? undefined }))
}

/** Addresses and replies of these deliveries as they are now: a reader may have been erased since. */
export async function readReplies(
  db: Queries,
  ids: readonly number[],
): Promise<Map<number, { readonly address: string; readonly reply: string | undefined }>> {
  if (ids.length === 0) return new Map()
  const rows = await db.all<{ id: number; address: string; reason: string | null }>(
    sql`SELECT id, address, reason FROM deliveries WHERE id IN (${joinSql(ids)})`,
  )
  return new Map(rows.map((row) => [row.id, { address: row.address, reply: row.reason ?? undefined }]))
}

/** Uncertain deliveries about which the operator has not decided. There are at most as many as connections were open. */
export async function countUndecided(db: Queries, mailingId: string): Promise<number> {
  const row = await db.get<{ n: number }>(sql`
    SELECT count(*) AS n FROM deliveries
    WHERE mailing_id = ${mailingId} AND state = 'uncertain' AND state <> 'handing_over' AND decided_at IS NULL`)
  return row?.n ?? 0
}
