import type { Log } from '../log.ts'
import { copyTables, verifyCopy } from './copy/copy-tables.ts'
import { dropSchema, findOurs, hasSchema, inSchema, makeSchema, swapSchemas } from './copy/schemas.ts'
import type { TableSum } from './copy/sums.ts'
import { tablesOf } from './copy/tables.ts'
import type { Database } from './database.ts'
import { renewId } from './database-id.ts'
import { withPostgresAlone } from './exclusive.ts'
import { migrate, refuseNewer } from './migrate.ts'
import type { Migration } from './migration.ts'
import { openDatabase } from './open.ts'
import { checkIsOurs, copyDatabase, removeAll } from './restore.ts'

/** The rows are written here first. */
const staging = 'broadsheet_restoring'

export interface PostgresRestore {
  readonly at: Date
  readonly migrations: readonly Migration[]
  /** A file that does not exist, for a copy of the backup. */
  readonly workFile: string
  /** Reads what must outlive the database that is replaced. Not called on an empty one. */
  readonly readBefore: (current: Database) => Promise<void>
  /** Changes the copy of the backup, which is a database file, before it is loaded. */
  readonly mark: (copy: Database, backupMadeAt: Date | undefined) => Promise<void>
  readonly log: Log
}

export interface PostgresRestored {
  /** The schema that holds the database before it; undefined if there was none. */
  readonly aside: string | undefined
  readonly tables: ReadonlyMap<string, TableSum>
}

/**
 * Loads the backup `from`, a database file, into PostgreSQL. The rows go into a schema of their own and are read back. Then one transaction
 * moves the old database to a schema aside, and the new one into its place. So a failure or a crash at any point leaves the old one whole.
 */
export async function restoreIntoPostgres(from: string, url: string, options: PostgresRestore): Promise<PostgresRestored> {
  const { at, migrations, workFile, readBefore, mark, log } = options
  const target = await openDatabase(url, log)
  try {
    return await withPostgresAlone(target, async () => {
      const tables = await tablesOf(migrations)
      const before = await findOurs(
        target,
        tables.map(({ name }) => name),
      )
      if (before === 'foreign') throw new Error('the schema of DATABASE_URL holds tables of another program: give a database of its own')
      if (before === 'ours') {
        await refuseNewer(target, migrations, 'restore with that version')
        await readBefore(target)
      }
      try {
        removeAll(workFile)
        await copyDatabase(from, workFile, workFile)
        const madeAt = checkIsOurs(workFile, from)
        renewId(workFile)
        await using copy = new AsyncDisposableStack()
        const database = copy.adopt(await openDatabase(workFile, log), (one) => one.close())
        await refuseNewer(database, migrations, 'restore with that version')
        await mark(database, madeAt)
        const verified = await load(database, target, migrations)
        const aside = before === 'ours' ? await freeName(target, `broadsheet_before_restore_${stampOf(at)}`) : undefined
        await target.transaction((tx) => swapSchemas(tx, staging, aside))
        return { aside, tables: verified }
      } finally {
        removeAll(workFile)
        await target.transaction((tx) => dropSchema(tx, staging)).catch(() => undefined)
      }
    })
  } finally {
    await target.close()
  }
}

async function load(copy: Database, target: Database, migrations: readonly Migration[]): Promise<Map<string, TableSum>> {
  const tables = await tablesOf(migrations)
  await target.transaction((tx) => makeSchema(tx, staging))
  const loaded = inSchema(target, staging)
  await migrate(loaded, migrations)
  return copy.transaction(async (tx) => {
    await copyTables(tx, loaded, { tables })
    return verifyCopy(tx, loaded, tables)
  })
}

/** Two restores may come in one second. */
async function freeName(db: Database, wanted: string): Promise<string> {
  let name = wanted
  for (let number = 2; await hasSchema(db, name); number++) name = `${wanted}_${number}`
  return name
}

function stampOf(at: Date): string {
  return at
    .toISOString()
    .replace(/[-:]|\.\d+/g, '')
    .toLowerCase()
}
