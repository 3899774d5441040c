import type { Actor } from '../../platform/actor.ts'
import { DatabaseAway } from '../../platform/database/database-away.ts'
import { outsideTransactions } from '../../platform/database/transaction-guard.ts'
import { newId } from '../../platform/ids.ts'
import { logError, logWarning } from '../../platform/log.ts'
import { yieldToEventLoop } from '../../platform/yield-to-event-loop.ts'
import type { SubscribersContext } from '../context.ts'
import type { ColumnRequest } from './decisions.ts'
import { bases, type ColumnInspection, importSubscribers, inspectColumns } from './import.ts'
import type { Imported, ImportProgress } from './report.ts'
import { describeStop } from './undecided.ts'
import {
  deleteUploadParts,
  deleteUploadRow,
  insertUpload,
  insertUploadPart,
  readOldUploads,
  readUpload,
  readUploadPart,
  type Upload,
  updateUpload,
} from './upload-store.ts'

export { listUploads, readUpload, type Upload } from './upload-store.ts'

/** A part takes a millisecond or two to write. */
const partBytes = 128 * 1024
/** A million rows have about 100 MB. */
export const maxUploadBytes = 500 * 1024 * 1024
const partsPerDelete = 16
/** A running import says this often that it runs. */
const noteMs = 1_000
/** An import that said nothing for so long has ended with its process. */
const lostMs = 60_000
/** How long a file waits for the operator. */
export const uploadStoredMs = 86_400_000

export type Uploaded =
  | { readonly status: 'stored'; readonly id: string }
  | { readonly status: 'invalid'; readonly field: 'basis' | 'digests' | 'file'; readonly reason: string }

/** Stores a list that waits for its columns to be looked at. The stream is never whole in memory. */
export async function storeUpload(
  context: SubscribersContext,
  file: { readonly name: string; readonly basis: string; readonly digests: readonly string[] },
  bytes: AsyncIterable<Uint8Array>,
): Promise<Uploaded> {
  if (!bases.some((basis) => basis === file.basis))
    return { status: 'invalid', field: 'basis', reason: `must be one of ${bases.join(', ')}` }
  const unknown = file.digests.find((name) => !context.publication().digests.has(name))
  if (unknown !== undefined) return { status: 'invalid', field: 'digests', reason: `unknown digest: ${unknown}` }
  const { database } = context
  const id = newId(context.clock, context.random)
  const fileName = file.name.replace(/[\p{Cc}/\\]/gu, '').slice(0, 200)
  await database.transaction((tx) => insertUpload(tx, { id, fileName, basis: file.basis, digests: file.digests }, context.clock.now()))
  let size = 0
  let part = 0
  try {
    for await (const chunk of inParts(bytes)) {
      size += chunk.length
      if (size > maxUploadBytes) throw new TooLarge()
      await insertUploadPart(database, id, part++, chunk)
      await yieldToEventLoop()
    }
  } catch (error) {
    await discardUpload(context, id)
    if (error instanceof TooLarge) return { status: 'invalid', field: 'file', reason: 'is larger than 500 MB: use the command line' }
    throw error
  }
  if (size === 0) {
    await discardUpload(context, id)
    return { status: 'invalid', field: 'file', reason: 'is empty' }
  }
  await updateUpload(database, id, { bytes: size }, context.clock.now())
  return { status: 'stored', id }
}

class TooLarge extends Error {}

async function* inParts(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = []
  let length = 0
  for await (const chunk of bytes) {
    waiting.push(chunk)
    length += chunk.length
    if (length < partBytes) continue
    yield Buffer.concat(waiting)
    waiting = []
    length = 0
  }
  if (length > 0) yield Buffer.concat(waiting)
}

/** The stored file. */
async function* bytesOf(context: SubscribersContext, id: string): AsyncGenerator<Uint8Array> {
  for (let part = 0; ; part++) {
    const bytes = await readUploadPart(context.database, id, part)
    if (!bytes) return
    yield bytes
  }
}

/** How the columns of an upload would be read. */
export async function inspectUpload(
  context: SubscribersContext,
  { id, decisions }: Upload,
): Promise<ColumnInspection | Extract<Imported, { status: 'invalid' }>> {
  return inspectColumns(context, bytesOf(context, id), decisions)
}

/** True for an upload whose process ended in the middle. Another one continues; or the operator imports the same file again. */
export function isLost({ state, seenAt }: Upload, now: Date): boolean {
  return (state === 'trying' || state === 'importing') && !isUnseen(seenAt) && now.getTime() - seenAt.getTime() > lostMs
}

/** Marks an upload that a process with the role `web` leaves to others. */
const unseen = new Date(0)

function isUnseen(seenAt: Date): boolean {
  return seenAt.getTime() === unseen.getTime()
}

export interface UploadStart {
  readonly decisions: ColumnRequest
  readonly isDryRun: boolean
  readonly by: Actor
  /** Whether another process, a worker, does it. Default: this one. */
  readonly isLeftToOthers?: boolean
}

/**
 * Begins a dry run or an import in the background. False if something is being done with the upload already. `seenAt` of the upload is
 * updated while it runs.
 */
export async function startUpload(
  context: SubscribersContext,
  upload: Upload,
  { decisions, isDryRun, by, isLeftToOthers = false }: UploadStart,
): Promise<boolean> {
  const now = context.clock.now()
  const state = isDryRun ? 'trying' : 'importing'
  const wasLost = isLost(upload, now)
  const from = wasLost ? [upload.state] : (['waiting', 'tried', 'stopped'] as const)
  const progress = { rows: 0, taken: 0, updated: 0, refused: 0 }
  const seenAt = isLeftToOthers ? unseen : now
  const change = { decisions, state, progress, remarks: [], reason: null } as const
  // Another process may have continued a lost one meanwhile.
  if (!(await updateUpload(context.database, upload.id, change, seenAt, from, wasLost ? upload.seenAt : undefined))) return false
  if (!isLeftToOthers) runInBackground(context, { ...upload, decisions }, isDryRun, by)
  return true
}

/** Continues what no process works on any more, or yet. False if there is nothing to continue, or another process was faster. */
export async function continueUpload(context: SubscribersContext, upload: Upload): Promise<boolean> {
  const now = context.clock.now()
  if (!isUnseen(upload.seenAt) && !isLost(upload, now)) return false
  if (!(await updateUpload(context.database, upload.id, {}, now, [upload.state], upload.seenAt))) return false
  // Who began it is in the audit log already.
  runInBackground(context, upload, upload.state === 'trying', { operator: null, via: 'desk' }, true)
  return true
}

function runInBackground(context: SubscribersContext, upload: Upload, isDryRun: boolean, by: Actor, isContinued = false): void {
  outsideTransactions(() => runUpload(context, upload, isDryRun, by, isContinued)).catch(async (error) => {
    logError(context.log, error, 'an import at the desk failed', { upload: upload.id })
    // It is continued once the database is back.
    if (error instanceof DatabaseAway) return
    const reason = 'something went wrong here: the log has the details. Import the file again; it continues where it stopped'
    await updateUpload(context.database, upload.id, { state: 'stopped', reason }, context.clock.now()).catch(() => {})
  })
}

async function runUpload(context: SubscribersContext, upload: Upload, isDryRun: boolean, by: Actor, isContinued: boolean): Promise<void> {
  const { database, clock } = context
  const { id, basis, digests, decisions } = upload
  let progress: ImportProgress = upload.progress
  let notedAt = clock.now().getTime()
  let noting = Promise.resolve()
  const imported = await importSubscribers(
    context,
    bytesOf(context, id),
    { basis, digests, columns: decisions, isDryRun, isAnew: false, pauseMs: 0, by },
    {
      onMapping: () => {},
      onProgress: (next) => {
        progress = next
        const now = clock.now().getTime()
        if (Math.abs(now - notedAt) < noteMs) return
        notedAt = now
        noting = noting
          .then(async () => void (await updateUpload(database, id, { progress: next }, clock.now())))
          // A rejection that nobody awaits ends the process. The next note tries again.
          .catch((error: Error) => logWarning(context.log, error, 'the progress of an import could not be noted', { upload: id }))
      },
    },
  )
  await noting
  // The process that began it may stand still, and still hold the lock: it is looked at again later.
  if (imported.status === 'busy' && isContinued) return
  if (imported.status !== 'done')
    return void (await updateUpload(database, id, { state: 'stopped', progress, reason: reasonOf(imported) }, clock.now()))
  const { report } = imported
  const { rows, taken, updated, refused } = report
  const outcome = { progress: { rows, taken, updated, refused }, reason: report.fault ?? null }
  if (isDryRun) return void (await updateUpload(database, id, { state: 'tried', ...outcome, remarks: report.remarks }, clock.now()))
  await updateUpload(database, id, { state: 'imported', ...outcome, importId: report.id }, clock.now())
  await deleteParts(context, id)
}

function reasonOf(imported: Exclude<Imported, { status: 'done' }>): string {
  switch (imported.status) {
    case 'invalid':
      return `${imported.field}: ${imported.reason}`
    case 'undecided':
      return describeStop(imported.columns, imported.rows)
    case 'busy':
      return 'another import is running: wait until it has ended'
    case 'differs':
      return imported.reason
  }
}

/** Deletes an upload with its file. */
export async function discardUpload(context: SubscribersContext, id: string): Promise<void> {
  await deleteParts(context, id)
  await deleteUploadRow(context.database, id)
}

async function deleteParts({ database }: SubscribersContext, id: string): Promise<void> {
  while (await deleteUploadParts(database, id, partsPerDelete)) await yieldToEventLoop()
}

/** Deletes uploads that nobody has touched for a day. */
export async function pruneUploads(context: SubscribersContext, now: Date, signal: AbortSignal): Promise<void> {
  for (const id of await readOldUploads(context.database, new Date(now.getTime() - uploadStoredMs))) {
    if (signal.aborted) return
    const upload = await readUpload(context.database, id)
    if (upload) await discardUpload(context, id)
  }
}
