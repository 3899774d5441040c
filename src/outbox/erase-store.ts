import type { Queries } from '../platform/database/database.ts'
import { maskAddress, maskIn, type TextColumn, textsWith } from '../platform/database/mask-text.ts'
import { sql } from '../platform/database/sql.ts'
import { yieldToEventLoop } from '../platform/yield-to-event-loop.ts'

/** Reasons, which may quote an address. */
const columns: readonly TextColumn[] = [{ table: sql`sending_hold`, column: sql`reason` }]

/** A step of this size takes some milliseconds; other queries run between two steps. */
const rowsPerStep = 5_000

/**
 * Removes an address from the replies of servers to deliveries that were settled since `since`, in steps, because there may be millions.
 * Returns the number of changed rows.
 */
export async function maskInReplies(db: Queries, address: string, since: Date): Promise<number> {
  const last = (await db.get<{ id: number | null }>(sql`SELECT max(id) AS id FROM deliveries`))?.id ?? 0
  let changed = 0
  for (let from = 0; from < last; from += rowsPerStep) {
    const within = sql`id > ${from} AND id <= ${from + rowsPerStep} AND reason IS NOT NULL AND (settled_at IS NULL OR settled_at >= ${since.getTime()})`
    changed += await maskAddress(db, address, [{ table: sql`deliveries`, column: sql`reason`, within }])
    await yieldToEventLoop()
  }
  return changed
}

const editionContent: TextColumn = { table: sql`editions`, column: sql`content` }

/**
 * Removes an address from reasons, and from mail that goes to the operator. For replies of servers, see `maskInReplies`. Editions of issues stay as they are: they are the
 * author's text. Returns the number of changed rows.
 */
export async function maskInOutbox(tx: Queries, address: string): Promise<number> {
  let changed = await maskAddress(tx, address, columns)
  for (const content of await textsWith(tx, address, editionContent)) {
    const edition: { letter: unknown } = JSON.parse(content)
    // The sender stays, because mail that waits needs it.
    const masked = JSON.stringify({ ...edition, letter: JSON.parse(maskIn(JSON.stringify(edition.letter), address)) })
    if (masked === content) continue
    changed += await tx.run(sql`
      UPDATE editions SET content = ${masked} WHERE content = ${content} AND NOT EXISTS (
        SELECT 1 FROM deliveries WHERE edition_id = editions.id AND priority = 2)`)
  }
  return changed
}
