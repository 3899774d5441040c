import { pipeline } from 'node:stream/promises'
import type { RequestHandler } from 'express'
import { logError } from '../../platform/log.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { exportSubscribers } from '../../subscribers/export/export.ts'
import { readSegment, segmentFields } from '../../subscribers/segment.ts'
import type { DeskContext } from './desk-page.ts'
import { textOf } from './readers.ts'
import { actorOf } from './signed-in.ts'

/** The readers of the filters as a CSV file: a stream, never whole in memory. */
export function exportReaders(desk: DeskContext): RequestHandler {
  return async (request, response) => {
    const given = segmentFields.map((field) => [field, textOf(request, field)] as const).filter(([, text]) => text !== '')
    const reading = readSegment(desk.publication(), Object.fromEntries(given))
    if (!reading.ok) return response.redirect(303, localPath(desk.publication(), paths.adminReaders))
    const options = { isForExcel: textOf(request, 'excel') === 'true', by: actorOf(response) }
    response.attachment('readers.csv')
    response.type('text/csv; charset=utf-8; header=present')
    // On failure, pipeline closes the connection before the end, so the browser notices.
    await pipeline(exportSubscribers(desk.subscribers, 'csv', reading.segment, options), response).catch((error: Error) => {
      if ((error as { code?: unknown }).code !== 'ERR_STREAM_PREMATURE_CLOSE')
        logError(desk.subscribers.log, error, 'an export of readers stopped early')
    })
  }
}
