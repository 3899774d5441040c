import { existsSync } from 'node:fs'
import type { Log } from '../log.ts'
import { copyTables, verifyCopy } from './copy/copy-tables.ts'
import { openPlaces, originOf } from './copy/places.ts'
import { findOurs, hasSchema, inSchema, makeSchema, swapSchemas } from './copy/schemas.ts'
import type { TableSum } from './copy/sums.ts'
import { tablesOf } from './copy/tables.ts'
import type { Database, Queries } from './database.ts'
import { withPostgresAlone } from './exclusive.ts'
import { migrate, refuseNewer } from './migrate.ts'
import type { Migration } from './migration.ts'
import { openDatabase } from './open.ts'
import { holdLocks } from './restore.ts'
import { sql } from './sql.ts'

/** The rows are written here first. It stays after a crash, and the next run goes on with it. */
const staging = 'broadsheet_moving'

export interface MoveContext {
  readonly migrations: readonly Migration[]
  /** Completes the file before it is copied. */
  readonly prepare: (file: Database) => Promise<void>
  /** Whether an earlier run has marked the file as moved. */
  readonly isMarked: (tx: Queries) => Promise<boolean>
  /** Marks the file as moved, so that it sends nothing. */
  readonly mark: (tx: Queries) => Promise<void>
  /** Takes the mark back, because the move failed after it. */
  readonly unmark: (tx: Queries) => Promise<void>
  /** The table that holds the mark. It is copied before the mark is made, and so differs afterwards. */
  readonly markTable: string
  readonly onRows: (table: string, rows: number) => void
  readonly log: Log
}

export interface Moved {
  readonly tables: ReadonlyMap<string, TableSum>
  /** Whether it went on with the copy of a run that was killed. */
  readonly isResumed: boolean
}

/**
 * Copies a database file to an empty PostgreSQL database, reads both and compares them, marks the file, and puts the copy in its place: in
 * this order, so that at no point two databases may send. Throws, and changes nothing but the copy, if a server uses either. A run
 * that was killed is continued by the next one.
 */
export async function moveToPostgres(file: string, url: string, options: MoveContext): Promise<Moved> {
  const { migrations, prepare, log } = options
  if (!existsSync(file)) throw new Error(`there is no database file ${file}`)
  const held = holdLocks(file)
  try {
    const target = await openDatabase(url, log)
    try {
      return await withPostgresAlone(target, async () => {
        const source = await openDatabase(file, log)
        try {
          await migrate(source, migrations)
          await refuseNewer(source, migrations, 'move it with that version')
          await prepare(source)
          return await move(source, target, options)
        } finally {
          await source.close()
        }
      })
    } finally {
      await target.close()
    }
  } finally {
    for (const lock of held) await lock.release()
  }
}

async function move(source: Database, target: Database, options: MoveContext): Promise<Moved> {
  const { migrations, isMarked, mark, unmark, markTable, onRows } = options
  const tables = await tablesOf(migrations)
  const found = await findOurs(
    target,
    tables.map(({ name }) => name),
  )
  if (found === 'ours' && (await isMarked(source))) throw new Error('the file was already moved')
  if (found === 'ours') throw new Error('the PostgreSQL database already holds a Broadsheet: give an empty one')
  if (found === 'foreign') throw new Error('the PostgreSQL database holds tables of another program: give a database of its own')
  const origin = await originText(source, migrations)
  const copy = inSchema(target, staging)
  const isResumed = (await hasSchema(target, staging)) && (await originOf(copy)) === origin
  if (!isResumed) {
    if (await isMarked(source)) await source.transaction(unmark)
    await target.transaction((tx) => makeSchema(tx, staging))
    await migrate(copy, migrations)
  }
  const places = await openPlaces(copy, origin)
  // An immediate transaction: nothing else writes to the file until the copy is compared and the file marked.
  const verified = await source.transaction(async (tx) => {
    const wasMarked = await isMarked(tx)
    await copyTables(tx, copy, { tables, places, onRows })
    const compared = await verifyCopy(tx, copy, wasMarked ? tables.filter(({ name }) => name !== markTable) : tables).catch(
      async (error: Error) => {
        await target.run(sql`DROP SCHEMA broadsheet_moving CASCADE`)
        throw new Error(`${error.message}: it was changed in between; run migrate-store again, which begins anew`, { cause: error })
      },
    )
    if (!wasMarked) await mark(tx)
    return compared
  })
  try {
    await target.transaction(async (tx) => {
      await tx.run(sql`DROP TABLE broadsheet_moving.copy_places`)
      await swapSchemas(tx, staging, undefined)
    })
  } catch (error) {
    // A commit whose answer was lost may have been made. Only where the copy is still apart, the file may send again.
    if (await hasSchema(target, staging)) await source.transaction(unmark)
    throw error
  }
  return { tables: verified, isResumed }
}

/** Of which file, and for which schema, a copy is. */
async function originText(source: Database, migrations: readonly Migration[]): Promise<string> {
  const row = await source.get<{ database_id: string }>(sql`SELECT database_id FROM database_identity`)
  return `${row?.database_id} ${migrations.map(({ name }) => name).join(' ')}`
}
