import { migrations } from '../../src/app/core.ts'
import type { Database } from '../../src/platform/database/database.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { openDatabase } from '../../src/platform/database/open.ts'
import { joinSql, sql } from '../../src/platform/database/sql.ts'
import { quietLog } from './quiet.ts'

/** Rows per statement. */
const atOnce = 500

/** Inserts `count` confirmed readers of a digest, from `reader0@example.org` on, into the database at `address`. */
export async function seedReaders(address: string, count: number, digest = 'weekly'): Promise<void> {
  const database = await openDatabase(address, quietLog)
  await migrate(database, migrations)
  await insertReaders(database, count, digest)
  await database.close()
}

/** The same in an open database. */
export async function insertReaders(database: Database, count: number, digest = 'weekly'): Promise<void> {
  for (let start = 0; start < count; start += atOnce) await insertSome(database, start, Math.min(start + atOnce, count), digest)
}

async function insertSome(database: Database, from: number, to: number, digest: string): Promise<void> {
  const numbers = Array.from({ length: to - from }, (_, index) => from + index)
  const id = (kind: string, n: number) => `00000000-0000-7000-${kind}-${n.toString(16).padStart(12, '0')}`
  await database.transaction(async (tx) => {
    const subscribers = numbers.map(
      (n) => sql`(${id('8000', n)}, ${`reader${n}@example.org`}, ${`reader${n}@example.org`}, '', '[]', 0, 0)`,
    )
    await tx.run(sql`INSERT INTO subscribers (id, email, address_key, name, topics, created_at, updated_at) VALUES ${joinSql(subscribers)}`)
    const subscriptions = numbers.map(
      (n) => sql`(${id('9000', n)}, ${id('8000', n)}, ${digest}, 'confirmed', ${`nonce ${n}`}, 0, 0, 0, '', '[]', 'test')`,
    )
    await tx.run(sql`
      INSERT INTO subscriptions (id, subscriber_id, digest, state, nonce, requested_at, confirm_until, confirmed_at, wished_name, wished_topics, source)
      VALUES ${joinSql(subscriptions)}`)
  })
}
