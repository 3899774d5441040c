import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import pg from 'pg'
import { migrations } from '../src/app/core.ts'
import { migrate } from '../src/platform/database/migrate.ts'
import { openDatabase } from '../src/platform/database/open.ts'
import { type Log, openLog } from '../src/platform/log.ts'

const rowsPerCommit = 250
/** PostgreSQL binds at most 65,535 values per statement. */
const rowsPerStatement = 500

/** The rows of one imported reader, without parsing or checks. */
function* batches(count: number): Generator<readonly (readonly (string | number | null)[])[][]> {
  const at = 1_700_000_000_000
  for (let start = 0; start < count; start += rowsPerCommit) {
    const tables: (string | number | null)[][][] = [[], [], []]
    for (let n = start; n < Math.min(start + rowsPerCommit, count); n++) {
      const id = `0190${n.toString(16).padStart(4, '0').slice(0, 4)}-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
      const email = `reader-${n}@mail${n % 97}.example.org`
      tables[0]?.push([id, email, email, `Reader ${n}`, '[]', '', null, at, at])
      tables[1]?.push([randomUUID(), id, 'weekly', 'confirmed', 'imported', at, at, at, null, '', '[]', 'import'])
      tables[2]?.push([id, 'weekly', 'confirmed', at, 'import', null, '', 'consent'])
      tables[2]?.push([id, 'weekly', 'added', at, 'import', null, '', 'consent'])
    }
    yield tables
  }
}

const inserts = [
  'INSERT INTO subscribers (id, email, address_key, name, topics, language, paused_until, created_at, updated_at)',
  'INSERT INTO subscriptions (id, subscriber_id, digest, state, nonce, requested_at, confirm_until, confirmed_at, unsubscribed_at, wished_name, wished_topics, source)',
  'INSERT INTO consents (subscriber_id, digest, event, at, source, network_address, wording, basis)',
]

/** Time of bare bound inserts into an empty database with our schema, committed as often as an import commits. */
export async function timeBareInserts(address: string, count: number): Promise<number> {
  const log: Log = await openLog('error', false)
  const database = await openDatabase(address, log)
  await migrate(database, migrations)
  await database.close()
  const began = performance.now()
  if (address.startsWith('postgres:')) await intoPostgres(address, count)
  else await intoSqlite(address, count)
  return performance.now() - began
}

async function intoSqlite(file: string, count: number): Promise<void> {
  const connection = new DatabaseSync(file, { enableForeignKeyConstraints: true })
  connection.exec('PRAGMA journal_mode = WAL')
  connection.exec('PRAGMA synchronous = FULL')
  for (const tables of batches(count)) {
    connection.exec('BEGIN IMMEDIATE')
    for (const [index, rows] of tables.entries()) {
      const statement = connection.prepare(`${inserts[index]} VALUES (${(rows[0] ?? []).map(() => '?').join(', ')})`)
      for (const row of rows) statement.run(...row)
    }
    connection.exec('COMMIT')
    await setImmediate()
  }
  connection.close()
}

async function intoPostgres(url: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  for (const tables of batches(count)) {
    await client.query('BEGIN')
    for (const [index, rows] of tables.entries()) {
      for (let start = 0; start < rows.length; start += rowsPerStatement) {
        const some = rows.slice(start, start + rowsPerStatement)
        let bound = 0
        const values = some.map((row) => `(${row.map(() => `$${++bound}`).join(', ')})`)
        await client.query(`${inserts[index]} VALUES ${values.join(', ')}`, some.flat())
      }
    }
    await client.query('COMMIT')
  }
  await client.end()
}
