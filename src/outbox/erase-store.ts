import type { Queries } from '../platform/database/database.ts'
import { maskAddress, maskIn, type TextColumn, textsWith } from '../platform/database/mask-text.ts'
import { sql } from '../platform/database/sql.ts'

/** Replies of servers and reasons, which may quote an address. */
const columns: readonly TextColumn[] = [
  { table: sql`deliveries`, column: sql`reason` },
  { table: sql`sending_hold`, column: sql`reason` },
]

const editionContent: TextColumn = { table: sql`editions`, column: sql`content` }

/**
 * Removes an address from replies of servers, and from mail that goes to the operator. Editions of issues stay as they are: they are the
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
