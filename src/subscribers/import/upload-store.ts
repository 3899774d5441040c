import type { Queries } from '../../platform/database/database.ts'
import { joinSql, sql } from '../../platform/database/sql.ts'
import type { ColumnRequest } from './decisions.ts'
import type { Remark } from './import-store.ts'
import type { ImportProgress } from './report.ts'

/** Waiting: nothing was done with it yet. Tried: a dry run is over. Stopped: `reason` says why nothing more was imported. */
export type UploadState = 'waiting' | 'trying' | 'tried' | 'importing' | 'imported' | 'stopped'

/** A list that was uploaded at the desk. */
export interface Upload {
  readonly id: string
  readonly fileName: string
  readonly bytes: number
  readonly basis: string
  readonly digests: readonly string[]
  readonly decisions: ColumnRequest
  readonly state: UploadState
  readonly importId: string | undefined
  readonly progress: ImportProgress
  /** Of a dry run. Those of an import are stored with it. */
  readonly remarks: readonly Remark[]
  readonly reason: string | undefined
  readonly createdAt: Date
  /** When the process that works on it last said so. The epoch: no process has begun with it yet. */
  readonly seenAt: Date
}

interface UploadRow {
  readonly id: string
  readonly file_name: string
  readonly bytes: number
  readonly basis: string
  readonly digests: string
  readonly decisions: string
  readonly state: UploadState
  readonly import_id: string | null
  readonly progress: string
  readonly remarks: string
  readonly reason: string | null
  readonly created_at: number
  readonly seen_at: number
}

const noProgress: ImportProgress = { rows: 0, taken: 0, updated: 0, refused: 0 }

export async function insertUpload(tx: Queries, one: Pick<Upload, 'id' | 'fileName' | 'basis' | 'digests'>, now: Date): Promise<void> {
  await tx.run(sql`
    INSERT INTO import_uploads (id, file_name, bytes, basis, digests, decisions, state, progress, remarks, created_at, seen_at)
    VALUES (${one.id}, ${one.fileName}, 0, ${one.basis}, ${JSON.stringify(one.digests)}, ${JSON.stringify({ map: [], ignore: [] })}, 'waiting',
      ${JSON.stringify(noProgress)}, '[]', ${now.getTime()}, ${now.getTime()})`)
}

export async function insertUploadPart(db: Queries, id: string, part: number, bytes: Uint8Array): Promise<void> {
  await db.run(sql`INSERT INTO import_upload_parts (upload_id, part, bytes) VALUES (${id}, ${part}, ${bytes})`)
}

export async function readUploadPart(db: Queries, id: string, part: number): Promise<Uint8Array | undefined> {
  const row = await db.get<{ bytes: Uint8Array }>(sql`SELECT bytes FROM import_upload_parts WHERE upload_id = ${id} AND part = ${part}`)
  return row?.bytes
}

export async function readUpload(db: Queries, id: string): Promise<Upload | undefined> {
  const row = await db.get<UploadRow>(sql`SELECT * FROM import_uploads WHERE id = ${id}`)
  return row && toUpload(row)
}

/** The latest uploads, latest first. */
export async function listUploads(db: Queries, limit: number): Promise<Upload[]> {
  const rows = await db.all<UploadRow>(sql`SELECT * FROM import_uploads ORDER BY created_at DESC, id DESC LIMIT ${limit}`)
  return rows.map(toUpload)
}

/** Changes of an upload. Absent values stay. */
export interface UploadChange {
  readonly bytes?: number
  readonly decisions?: ColumnRequest
  readonly state?: UploadState
  readonly importId?: string
  readonly progress?: ImportProgress
  readonly remarks?: readonly Remark[]
  readonly reason?: string | null
}

/** `from`: only if its state is one of these. `seenAt`: only if nobody has worked on it since. False if not. */
export async function updateUpload(
  db: Queries,
  id: string,
  change: UploadChange,
  now: Date,
  from?: readonly UploadState[],
  seenAt?: Date,
): Promise<boolean> {
  const isUnseen = seenAt === undefined ? sql`` : sql`AND seen_at = ${seenAt.getTime()}`
  const isFrom = from === undefined ? isUnseen : sql`AND state IN (${joinSql(from)}) ${isUnseen}`
  const { bytes, decisions, state, importId, progress, remarks, reason } = change
  const changed = await db.run(sql`
    UPDATE import_uploads SET seen_at = ${now.getTime()}, bytes = ${bytes ?? sql`bytes`}, state = ${state ?? sql`state`},
      decisions = ${decisions ? JSON.stringify(decisions) : sql`decisions`}, import_id = ${importId ?? sql`import_id`},
      progress = ${progress ? JSON.stringify(progress) : sql`progress`}, remarks = ${remarks ? JSON.stringify(remarks) : sql`remarks`},
      reason = ${reason === undefined ? sql`reason` : reason}
    WHERE id = ${id} ${isFrom}`)
  return changed > 0
}

/** Deletes up to `limit` parts of a file. True if there may be more. SQLite overwrites them with zeros, which takes time. */
export async function deleteUploadParts(db: Queries, id: string, limit: number): Promise<boolean> {
  const deleted = await db.run(sql`
    DELETE FROM import_upload_parts WHERE upload_id = ${id}
      AND part IN (SELECT part FROM import_upload_parts WHERE upload_id = ${id} ORDER BY part LIMIT ${limit})`)
  return deleted === limit
}

export async function deleteUploadRow(db: Queries, id: string): Promise<void> {
  await db.run(sql`DELETE FROM import_uploads WHERE id = ${id}`)
}

/** Ids of uploads whose file was last worked on before `before`. */
export async function readOldUploads(db: Queries, before: Date): Promise<string[]> {
  const lastAt = sql`CASE WHEN seen_at = 0 THEN created_at ELSE seen_at END`
  const rows = await db.all<{ id: string }>(sql`SELECT id FROM import_uploads WHERE ${lastAt} < ${before.getTime()}`)
  return rows.map(({ id }) => id)
}

/** Uploads that a process works on, or is to work on. */
export async function readUploadsInWork(db: Queries): Promise<Upload[]> {
  const rows = await db.all<UploadRow>(sql`SELECT * FROM import_uploads WHERE state IN ('trying', 'importing') ORDER BY created_at, id`)
  return rows.map(toUpload)
}

/** Deletes the files that nobody works on, because they may hold an address that is erased. Returns how many there were. */
export async function dropWaitingUploads(tx: Queries): Promise<number> {
  const idle = sql`SELECT id FROM import_uploads WHERE state IN ('waiting', 'tried', 'stopped')`
  await tx.run(sql`DELETE FROM import_upload_parts WHERE upload_id IN (${idle})`)
  return tx.run(sql`DELETE FROM import_uploads WHERE state IN ('waiting', 'tried', 'stopped')`)
}

function toUpload(row: UploadRow): Upload {
  return {
    id: row.id,
    fileName: row.file_name,
    bytes: row.bytes,
    basis: row.basis,
    digests: JSON.parse(row.digests),
    decisions: JSON.parse(row.decisions),
    state: row.state,
    importId: row.import_id ?? undefined,
    progress: JSON.parse(row.progress),
    remarks: JSON.parse(row.remarks),
    reason: row.reason ?? undefined,
    createdAt: new Date(row.created_at),
    seenAt: new Date(row.seen_at),
  }
}
