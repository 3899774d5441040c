import type { Queries } from '../platform/database/database.ts'
import { maskAddress, maskIn, type TextColumn, textsWith } from '../platform/database/mask-text.ts'
import { sql } from '../platform/database/sql.ts'

/** Answers of other servers, and what the operator wrote. */
const columns: readonly TextColumn[] = [
  { table: sql`calls`, column: sql`reason` },
  { table: sql`webhook_attempts`, column: sql`reason` },
  { table: sql`webhook_attempts`, column: sql`answer` },
  { table: sql`webhook_endpoints`, column: sql`description` },
]

/**
 * Deletes the events that name an address, with their deliveries and attempts, and removes it from texts. Raises no event. Returns the
 * number of changed rows.
 */
export async function eraseInWebhooks(tx: Queries, address: string): Promise<number> {
  let changed = 0
  for (const payload of await textsWith(tx, address, { table: sql`webhook_events`, column: sql`payload` })) {
    // Not the events of a longer address that contains it.
    if (maskIn(payload, address) !== payload) changed += await tx.run(sql`DELETE FROM webhook_events WHERE payload = ${payload}`)
  }
  return changed + (await maskAddress(tx, address, columns))
}
