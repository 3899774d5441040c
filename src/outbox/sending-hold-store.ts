import type { Queries } from '../platform/database/database.ts'
import { sql } from '../platform/database/sql.ts'

/** Why all sending is held, and since when. */
export interface SendingHold {
  readonly reason: string
  readonly since: Date
}

export async function readSendingHold(db: Queries): Promise<SendingHold | undefined> {
  const row = await db.get<{ reason: string; since: number }>(sql`SELECT reason, since FROM sending_hold`)
  return row && { reason: row.reason, since: new Date(row.since) }
}

/** After the commit only log-in mail is handed over until the hold is released. False if sending was held before: it keeps its reason. */
export async function holdSending(tx: Queries, reason: string, now: Date): Promise<boolean> {
  const held = await tx.run(sql`
    INSERT INTO sending_hold (id, reason, since) VALUES (1, ${reason}, ${now.getTime()}) ON CONFLICT (id) DO NOTHING`)
  return held > 0
}

/** Like `holdSending`, but gives another reason to a hold that stands. */
export async function setSendingHold(tx: Queries, { reason, since }: SendingHold): Promise<void> {
  await tx.run(sql`
    INSERT INTO sending_hold (id, reason, since) VALUES (1, ${reason}, ${since.getTime()})
    ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, since = excluded.since`)
}

/** False if sending was not held. */
export async function releaseSending(tx: Queries): Promise<boolean> {
  return (await tx.run(sql`DELETE FROM sending_hold`)) > 0
}
