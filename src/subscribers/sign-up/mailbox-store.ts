import type { Queries } from '../../platform/database/database.ts'
import { sql } from '../../platform/database/sql.ts'

/** The addresses of one mailbox that asked lately, oldest first. Both are keyed hashes. */
export async function readMailboxAddresses(db: Queries, mailbox: string): Promise<{ readonly address: string; readonly at: Date }[]> {
  const rows = await db.all<{ address: string; asked_at: number }>(
    sql`SELECT address, asked_at FROM sign_up_mailboxes WHERE mailbox = ${mailbox} ORDER BY asked_at, address`,
  )
  return rows.map((row) => ({ address: row.address, at: new Date(row.asked_at) }))
}

/** An address that was noted before keeps its time. */
export async function insertMailboxAddress(tx: Queries, mailbox: string, address: string, now: Date): Promise<void> {
  await tx.run(sql`
    INSERT INTO sign_up_mailboxes (mailbox, address, asked_at) VALUES (${mailbox}, ${address}, ${now.getTime()})
    ON CONFLICT (mailbox, address) DO NOTHING`)
}

export async function pruneMailboxAddresses(db: Queries, before: Date): Promise<void> {
  await db.run(sql`DELETE FROM sign_up_mailboxes WHERE asked_at < ${before.getTime()}`)
}
