import { once } from 'node:events'
import { stringify } from 'csv-stringify/sync'
import type { RequestHandler, Response } from 'express'
import { allowLongRequest } from '../../platform/http/request-time.ts'
import { inEnglish, type MarkedText } from '../../platform/marked-text.ts'
import { shortTime } from '../../publication/format-date.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { guard } from '../../subscribers/export/guarded-cells.ts'
import { bases, type ColumnInspection, type Remark, remarksOn } from '../../subscribers/import/import.ts'
import {
  discardUpload,
  inspectUpload,
  isLost,
  listUploads,
  readUpload,
  startUpload,
  storeUpload,
  type Upload,
} from '../../subscribers/import/uploads.ts'
import { type DeskContext, markedWords, sendDeskPage, words } from './desk-page.ts'
import { textIn } from './forms.ts'
import { columnsIn, columnValues } from './reader-import-columns.ts'
import { actorOf } from './signed-in.ts'
import { BrokenUpload, readUploadedForm } from './uploaded-file.ts'

const listedUploads = 10
const shownRemarks = 50
const refreshSeconds = 2

/** The form that takes a list, and the lists of the last day. */
export function showImportForm(desk: DeskContext): RequestHandler {
  return async (_request, response) => sendImportForm(desk, response)
}

/** Takes a file. Nothing is imported yet. */
export function submitUpload(desk: DeskContext): RequestHandler {
  return async (request, response) => {
    allowLongRequest(request)
    const form = await readUploadedForm(request)
    if (!form) {
      response.status(422)
      return sendImportForm(desk, response, words(desk, 'import.no_file'))
    }
    const given = { name: form.fileName, basis: form.fields.get('basis')?.[0] ?? '', digests: form.fields.get('digests') ?? [] }
    const stored = await storeUpload(desk.subscribers, given, form.file).catch((error) => {
      if (error instanceof BrokenUpload) return undefined
      throw error
    })
    if (!stored) {
      if (response.destroyed) return
      response.status(422)
      return sendImportForm(desk, response, words(desk, 'import.broken_off'))
    }
    if (stored.status === 'stored') return response.redirect(303, localPath(desk.publication(), paths.adminReaderImportRun(stored.id)))
    // What was not read of the file is let run out, so that the browser reads the answer.
    form.file.resume()
    response.status(422)
    const field = words(desk, `import.field.${stored.field}`)
    await sendImportForm(desk, response, markedWords(desk, 'field_fault', { field, reason: inEnglish(stored.reason) }))
  }
}

async function sendImportForm(desk: DeskContext, response: Response, fault?: string | MarkedText): Promise<void> {
  const publication = desk.publication()
  const uploads = await listUploads(desk.subscribers.database, listedUploads)
  const isOnlyOne = publication.digests.size === 1
  await sendDeskPage(
    desk,
    response,
    'reader-import',
    { title: words(desk, 'readers.import'), place: 'readers' },
    {
      fault: fault ?? null,
      path: localPath(publication, paths.adminReaderImport),
      readers_href: localPath(publication, paths.adminReaders),
      bases: bases.map((value) => ({ value, label: words(desk, 'import.basis.name', { basis: value }) })),
      digests: [...publication.digests.values()].map(({ name, title }) => ({ name, title, is_chosen: isOnlyOne })),
      uploads: uploads.map((one) => ({
        href: localPath(publication, paths.adminReaderImportRun(one.id)),
        name: one.fileName === '' ? words(desk, 'import.unnamed') : one.fileName,
        state: words(desk, 'import.state.name', { state: one.state }),
        at: shortTime(publication, one.createdAt),
        rows: one.progress.rows,
      })),
    },
  )
}

/** One uploaded list: how its columns are read, then what became of it. */
export function showImport(desk: DeskContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const upload = await readUpload(desk.subscribers.database, request.params.id)
    if (upload) return sendImport(desk, response, upload)
    await sendUnknownImport(desk, response)
  }
}

/** `check` shows the columns again, `try` is a dry run, `import` writes. */
export function submitImport(desk: DeskContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const upload = await readUpload(desk.subscribers.database, request.params.id)
    if (!upload) return sendUnknownImport(desk, response)
    const inspection = await inspectUpload(desk.subscribers, { ...upload, decisions: { map: [], ignore: [] } })
    if (inspection.status === 'invalid') return sendImport(desk, response, upload)
    const decisions = columnsIn(request, inspection)
    const again = await inspectUpload(desk.subscribers, { ...upload, decisions })
    const isFaulty = again.status === 'invalid' || again.undecided.length > 0
    if (isFaulty || textIn(request, 'action') === 'check') {
      if (isFaulty) response.status(422)
      return sendImport(desk, response, { ...upload, decisions }, again)
    }
    const isDryRun = textIn(request, 'action') !== 'import'
    const begun = await startUpload(desk.subscribers, upload, {
      decisions,
      isDryRun,
      by: actorOf(response),
      isLeftToOthers: desk.isWebOnly ?? false,
    })
    if (!begun) response.status(409)
    if (!begun) return sendImport(desk, response, (await readUpload(desk.subscribers.database, upload.id)) ?? upload)
    response.redirect(303, localPath(desk.publication(), paths.adminReaderImportRun(upload.id)))
  }
}

/** Deletes the file before an import. */
export function submitDiscard(desk: DeskContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const upload = await readUpload(desk.subscribers.database, request.params.id)
    const isRunning = upload && (upload.state === 'trying' || upload.state === 'importing') && !isLost(upload, desk.clock.now())
    if (upload && !isRunning) await discardUpload(desk.subscribers, upload.id)
    response.redirect(303, localPath(desk.publication(), paths.adminReaderImport))
  }
}

/** The rows that were not imported, or only in part, as a CSV file. */
export function downloadRefused(desk: DeskContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const upload = await readUpload(desk.subscribers.database, request.params.id)
    if (!upload) return sendUnknownImport(desk, response)
    response.attachment('not-imported.csv')
    response.type('text/csv; charset=utf-8; header=present')
    response.write('row,email,reason\n')
    for await (const page of remarksOf(desk, upload)) {
      const isFull = !response.write(stringify(page.map(({ row, email, reason }) => [String(row), guard(email), guard(reason)])))
      if (isFull && !response.destroyed) await Promise.race([once(response, 'drain'), once(response, 'close')])
      if (response.destroyed) return
    }
    response.end()
  }
}

async function* remarksOf(desk: DeskContext, upload: Upload): AsyncGenerator<readonly Remark[]> {
  if (upload.importId === undefined) yield upload.remarks
  else yield* remarksOn(desk.subscribers, upload.importId)
}

async function sendImport(
  desk: DeskContext,
  response: Response,
  upload: Upload,
  inspected?: ColumnInspection | { readonly status: 'invalid'; readonly reason: string },
): Promise<void> {
  const publication = desk.publication()
  const path = localPath(publication, paths.adminReaderImportRun(upload.id))
  const lost = isLost(upload, desk.clock.now())
  const isRunning = (upload.state === 'trying' || upload.state === 'importing') && !lost
  // Works without scripts: the browser asks again by itself.
  if (isRunning) response.set('Refresh', `${refreshSeconds}; url=${path}`)
  const hasFile = !isRunning && upload.state !== 'imported'
  const inspection = hasFile ? (inspected ?? (await inspectUpload(desk.subscribers, upload))) : undefined
  const remarks: Remark[] = []
  if (!isRunning) {
    for await (const page of remarksOf(desk, upload)) {
      remarks.push(...page.slice(0, shownRemarks - remarks.length))
      if (remarks.length >= shownRemarks) break
    }
  }
  const { rows, taken, updated, refused } = upload.progress
  await sendDeskPage(
    desk,
    response,
    'reader-import-run',
    { title: upload.fileName === '' ? words(desk, 'import.unnamed') : upload.fileName, place: 'readers' },
    {
      path,
      import_href: localPath(publication, paths.adminReaderImport),
      readers_href: localPath(publication, paths.adminReaders),
      is_running: isRunning,
      state: lost ? 'lost' : upload.state,
      sentence: words(desk, 'import.sentence', { state: lost ? 'lost' : upload.state, rows, taken, updated, refused }),
      reason: upload.reason === undefined ? null : inEnglish(upload.reason),
      basis: words(desk, 'import.basis.name', { basis: upload.basis }),
      digests: upload.digests.map((name) => publication.digests.get(name)?.title ?? name).join(', '),
      size_kb: Math.ceil(upload.bytes / 1024),
      fault: inspection?.status === 'invalid' ? inEnglish(inspection.reason) : null,
      ...(inspection?.status === 'read' ? columnValues(desk, inspection) : { columns: [], undecided_count: 0, format: '' }),
      remarks: remarks.map(({ row, email, reason }) => ({ row, email, reason: inEnglish(reason) })),
      has_more_remarks: remarks.length === shownRemarks,
    },
  )
}

async function sendUnknownImport(desk: DeskContext, response: Response): Promise<void> {
  response.status(404)
  const text = words(desk, 'import.unknown')
  await sendDeskPage(desk, response, 'message', { title: words(desk, 'missing.title'), place: 'readers' }, { text })
}
