import type { Queries } from '../../platform/database/database.ts'
import { joinSql, sql } from '../../platform/database/sql.ts'

/** An address that asked lately, and its mailbox, as keyed hashes. */
export interface MailboxAddress {
  readonly mailbox: string
  readonly address: string
}

/** The addresses of one mailbox that asked lately, oldest first. `mailboxes` are its hashes under each secret. */
export async function readMailboxAddresses(db: Queries, mailboxes: readonly string[]): Promise<(MailboxAddress & { readonly at: Date })[]> {
  const rows = await db.all<MailboxAddress & { readonly asked_at: number }>(
    sql`SELECT mailbox, address, asked_at FROM sign_up_mailboxes WHERE mailbox IN (${joinSql(mailboxes)}) ORDER BY asked_at, address`,
  )
  return rows.map(({ mailbox, address, asked_at }) => ({ mailbox, address, at: new Date(asked_at) }))
}

/** An address that was noted before keeps its time. */
export async function insertMailboxAddress(tx: Queries, { mailbox, address }: MailboxAddress, now: Date): Promise<void> {
  await tx.run(sql`
    INSERT INTO sign_up_mailboxes (mailbox, address, asked_at) VALUES (${mailbox}, ${address}, ${now.getTime()})
    ON CONFLICT (mailbox, address) DO NOTHING`)
}

export async function pruneMailboxAddresses(db: Queries, before: Date): Promise<void> {
  await db.run(sql`DELETE FROM sign_up_mailboxes WHERE asked_at < ${before.getTime()}`)
}
