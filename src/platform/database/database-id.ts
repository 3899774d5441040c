import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { replaceFile } from './replace-file.ts'

/**
 * Each database file has a random id, which is also in `FILE.id` beside it. In WAL mode a database is three files. A backup that is copied
 * over the main file beside a log of the old database is undone in silence, or refused as malformed. The ids prove that case.
 */
export class ForeignLog extends Error {}

/** Tries before a main file counts as unreadable: another process may be writing a checkpoint. */
const maxTries = 10
const retryMs = 50

type MainId = { readonly status: 'read'; readonly id: string | undefined } | { readonly status: 'unreadable' }

/**
 * Call before a database file is opened. Throws ForeignLog if the log beside it belongs to another database. Without proof it never
 * refuses: snapshots, copies of the folder and older databases open. Without a log, the id of the main file is adopted.
 */
export async function checkLogBelongs(file: string): Promise<void> {
  const idFile = idFileOf(file)
  const noted = readNoted(idFile)
  if (noted === undefined || !existsSync(file)) return
  let main = readMainId(file)
  for (let tries = 1; main.status === 'unreadable' && hasLog(file) && tries < maxTries; tries++) {
    await wait(retryMs)
    main = readMainId(file)
  }
  if (main.status === 'read' && main.id === noted) return
  if (hasLog(file)) {
    if (main.status === 'read' && main.id === undefined) return
    throw new ForeignLog(
      `${file} was replaced, but the log ${file}-wal of the database before it is still there. Put a backup in place with: broadsheet restore FILE`,
    )
  }
  // Before the first write: a crash after it would leave a log beside an id that is not its own.
  if (main.status === 'read' && main.id !== undefined) replaceFile(idFile, `${main.id}\n`)
  else if (main.status === 'read') rmSync(idFile, { force: true })
}

/** Call with an open connection to `file`. Gives the database an id if it has none, and notes it beside the file. */
export function noteId(file: string, connection: DatabaseSync): void {
  createTable(connection)
  connection.exec('INSERT INTO database_identity (id, database_id) VALUES (1, lower(hex(randomblob(16)))) ON CONFLICT (id) DO NOTHING')
  const row = connection.prepare('SELECT database_id FROM database_identity').get() as { database_id: string }
  if (readNoted(idFileOf(file)) !== row.database_id) replaceFile(idFileOf(file), `${row.database_id}\n`)
}

/** When a backup was made; undefined if `file` is none. */
export function backupTimeOf(connection: DatabaseSync): Date | undefined {
  const row = connection.prepare('SELECT made_at FROM database_identity').get() as { made_at: number | null } | undefined
  return typeof row?.made_at === 'number' ? new Date(row.made_at) : undefined
}

/** Gives a copy an id of its own. No other connection may be open. `madeAt`: when the copy was made, if it is a backup. */
export function renewId(file: string, madeAt?: Date): string {
  const connection = new DatabaseSync(file)
  try {
    createTable(connection)
    const renew = connection.prepare(
      'INSERT OR REPLACE INTO database_identity (id, database_id, made_at) VALUES (1, lower(hex(randomblob(16))), ?) RETURNING database_id',
    )
    return (renew.get(madeAt?.getTime() ?? null) as { database_id: string }).database_id
  } finally {
    connection.close()
  }
}

export function idFileOf(file: string): string {
  return `${file}.id`
}

function createTable(connection: DatabaseSync): void {
  connection.exec(
    'CREATE TABLE IF NOT EXISTS database_identity (id INTEGER PRIMARY KEY CHECK (id = 1), database_id TEXT NOT NULL, made_at INTEGER) STRICT',
  )
}

function readNoted(idFile: string): string | undefined {
  try {
    return readFileSync(idFile, 'utf8').trim() || undefined
  } catch (error) {
    // An id that cannot be read proves nothing.
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}

export function hasLog(file: string): boolean {
  return (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0
}

/** The id in the main file alone, without its log. */
function readMainId(file: string): MainId {
  const address = pathToFileURL(file)
  address.searchParams.set('immutable', '1')
  try {
    const connection = new DatabaseSync(address, { readOnly: true })
    try {
      const table = connection.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'database_identity'").get()
      const row = table && (connection.prepare('SELECT database_id FROM database_identity').get() as { database_id: string } | undefined)
      return { status: 'read', id: row?.database_id }
    } finally {
      connection.close()
    }
  } catch {
    return { status: 'unreadable' }
  }
}
