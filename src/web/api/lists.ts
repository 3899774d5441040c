import { once } from 'node:events'
import { pipeline } from 'node:stream/promises'
import type { Request, Response } from 'express'
import { z } from 'zod'
import { sendProblem } from '../../platform/http/problem.ts'
import { allowLongRequest } from '../../platform/http/request-time.ts'
import { logError } from '../../platform/log.ts'
import type { SubscribersContext } from '../../subscribers/context.ts'
import { exportFormats, exportSubscribers } from '../../subscribers/export/export.ts'
import { deleteRemarksOf, importSubscribers, remarksOn } from '../../subscribers/import/import.ts'
import { importJson, importShape } from '../../subscribers/import/import-json.ts'
import type { ImportReport } from '../../subscribers/import/report.ts'
import { describeStop, describeValues, type UndecidedColumn } from '../../subscribers/import/undecided.ts'
import { listSegment } from '../../subscribers/list.ts'
import { namesIn } from '../../subscribers/names.ts'
import { searchSubscribers } from '../../subscribers/search/search.ts'
import { readSegment, type Segment, segmentFields } from '../../subscribers/segment.ts'
import { countSegment } from '../../subscribers/segment-count.ts'
import { subscriptionStates } from '../../subscribers/subscriber.ts'
import { subscriberJson, subscriberShape } from '../../subscribers/subscriber-json.ts'
import { apiActor } from './authorize.ts'
import type { Operations } from './operation.ts'
import { cutPage, pageOf, pageQuery, writeCursor } from './paging.ts'
import { conflict, unprocessable } from './problems.ts'
import { readPage } from './request.ts'

const flag = z.enum(['true', 'false']).optional()

const segmentQuery = z.object({
  digest: z.string().optional().describe('Who has a subscription to it'),
  state: z.enum(subscriptionStates).optional().describe('With digest, the state of that subscription'),
  source: z.string().optional().describe('Where a subscription came from'),
  topic: z.string().optional().describe('Who gets its articles'),
  since: z.string().optional().describe('Who came on this day (UTC), or at this instant, or later'),
})
const exportQuery = segmentQuery.extend({
  format: z.enum(exportFormats).optional(),
  excel: flag.describe('Begin a CSV with the byte order mark that Excel needs'),
})
const importQuery = z.object({
  basis: z.string().describe('The legal basis: consent, contract or legitimate_interest'),
  digests: z.string().optional().describe('For rows that name none, with commas or spaces between'),
  dry_run: flag.describe('Only say how the file is read and what would change'),
  anew: flag.describe('Begin at the first row although an import was interrupted'),
  map: z.array(z.string()).optional().describe('COLUMN=field: read a column as a field, also in later imports of this header'),
  ignore: z.array(z.string()).optional().describe('Do not read this column, in this import'),
})
const importTypes = ['text/csv', 'text/plain', 'application/octet-stream', 'text/tab-separated-values']

/** What a problem says in addition where columns need a decision. */
const stopShape = z.object({
  columns: z
    .array(
      z.object({
        column: z.string(),
        values: z.array(z.object({ value: z.string(), rows: z.int() })),
        add: z.object({ map: z.string(), ignore: z.string() }).describe('Parameters to add, one of them'),
      }),
    )
    .optional()
    .describe('Columns that need a decision'),
})

const subscribersPage = pageOf(subscriberShape).extend({
  search: z.enum(['parts', 'beginnings', 'short']).optional().describe('What a search looked for'),
})

/** Imports a list, as a stream that is never whole in memory. */
export function addImport(operations: Operations, subscribers: SubscribersContext): void {
  const operation = {
    id: 'importSubscribers',
    call: 'POST /subscribers/import',
    scope: 'readers',
    summary: 'Import subscribers from a CSV',
    description: 'The file is a stream. What is imported again changes nothing, so the call is safe to repeat.',
    query: importQuery,
    body: { file: importTypes, description: 'The CSV file itself' },
    answers: { 200: { description: 'What became of the rows', shape: importShape } },
    errors: {
      409: 'Another import is running, or the file differs from one whose import was interrupted',
      415: 'The body is not CSV',
      422: 'A parameter is wrong, the file cannot be read, or columns need a decision',
    },
    problems: { 422: stopShape },
  } as const
  operations.add(operation, async (request, response) => {
    allowLongRequest(request)
    if (request.get('Content-Type') !== undefined && request.is(importTypes) === false) {
      const detail = 'send the CSV file itself, with Content-Type: text/csv'
      return sendProblem(response, { status: 415, title: 'Unsupported media type', detail })
    }
    const flags = { isDryRun: readFlag(request, 'dry_run'), isAnew: readFlag(request, 'anew') }
    for (const [field, flag] of [['dry_run', flags.isDryRun] as const, ['anew', flags.isAnew] as const])
      if (flag === undefined) return unprocessable(response, field, 'must be true or false')
    const columns = { map: textsOf(request, 'map'), ignore: textsOf(request, 'ignore') }
    const isDryRun = flags.isDryRun === true
    const imported = await importSubscribers(subscribers, request, {
      basis: textOf(request, 'basis'),
      digests: namesIn(textOf(request, 'digests')),
      columns,
      isDryRun,
      isAnew: flags.isAnew === true,
      pauseMs: 0,
      by: apiActor(response),
    })
    switch (imported.status) {
      case 'invalid':
        return unprocessable(response, imported.field, imported.reason)
      case 'undecided':
        return sendStop(response, imported.columns, imported.rows)
      case 'busy':
        return conflict(response, 'Import running', 'another import is running')
      case 'differs':
        return conflict(response, 'Different file', `${imported.reason} (anew=true)`)
      case 'done':
        await sendReport(response, subscribers, imported.report, isDryRun)
    }
  })
}

/** Exports, lists and counts subscribers. An export is a stream, never whole in memory. */
export function addLists(operations: Operations, subscribers: SubscribersContext): void {
  const listSubscribers = {
    id: 'listSubscribers',
    call: 'GET /subscribers',
    scope: 'readers',
    summary: 'List or search subscribers',
    query: pageQuery.extend({ ...segmentQuery.shape, search: z.string().optional().describe('Part of an address or name') }),
    answers: { 200: { description: 'One page of subscribers', shape: subscribersPage } },
  } as const
  operations.add(listSubscribers, async (request, response) => {
    const page = readPage(request, response)
    const segment = page && readSegmentOf(request, response, subscribers)
    if (!page || !segment) return
    const search = textOf(request, 'search')
    if (search !== '') {
      const found = await searchSubscribers(subscribers, search, segment, page)
      if (!found) return unprocessable(response, 'cursor', 'is not a cursor of this search: begin again')
      // `search`: whether parts of words were looked for, or only beginnings of addresses.
      return void response.json({ items: found.items.map(subscriberJson), next: writeCursor(found.next), search: found.found })
    }
    const items = await listSegment(subscribers, segment, { after: page.cursor, limit: page.limit + 1 })
    const { shown, next } = cutPage(items, page.limit, ({ id }) => id)
    response.json({ items: shown.map(subscriberJson), next })
  })

  const countSubscribers = {
    id: 'countSubscribers',
    call: 'GET /subscribers/count',
    scope: 'readers',
    summary: 'Count subscribers',
    query: segmentQuery,
    answers: { 200: { description: 'How many there are', shape: z.object({ count: z.int() }) } },
  } as const
  operations.add(countSubscribers, async (request, response) => {
    const segment = readSegmentOf(request, response, subscribers)
    if (segment) response.json({ count: await countSegment(subscribers, segment) })
  })

  const operation = {
    id: 'exportSubscribers',
    call: 'GET /subscribers/export',
    scope: 'readers',
    summary: 'Export subscribers with the proof of their consent',
    query: exportQuery,
    answers: { 200: { description: 'The file, as a stream', types: ['text/csv', 'application/x-ndjson'] } },
  } as const
  operations.add(operation, async (request, response) => {
    const format = exportFormats.find((one) => one === (textOf(request, 'format') || 'csv'))
    if (!format) return unprocessable(response, 'format', `must be one of ${exportFormats.join(', ')}`)
    const isForExcel = readFlag(request, 'excel')
    if (isForExcel === undefined) return unprocessable(response, 'excel', 'must be true or false')
    if (isForExcel && format !== 'csv') return unprocessable(response, 'excel', 'only CSV has a byte order mark')
    const segment = readSegmentOf(request, response, subscribers)
    if (!segment) return
    response.attachment(`subscribers.${format}`)
    response.type(format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/x-ndjson')
    // On failure, pipeline closes the connection before the end, so the client notices.
    await pipeline(exportSubscribers(subscribers, format, segment, { isForExcel, by: apiActor(response) }), response).catch(
      (error: Error) => {
        if ((error as { code?: unknown }).code !== 'ERR_STREAM_PREMATURE_CLOSE')
          logError(subscribers.log, error, 'an export of subscribers stopped early')
      },
    )
  })
}

function readSegmentOf(request: Request, response: Response, subscribers: SubscribersContext): Segment | undefined {
  const given = segmentFields.map((field) => [field, textOf(request, field)] as const).filter(([, text]) => text !== '')
  const reading = readSegment(subscribers.publication(), Object.fromEntries(given))
  if (reading.ok) return reading.segment
  unprocessable(response, reading.field, reading.reason)
  return undefined
}

/** Names every column, its values, and the parameters to add. `columns` is for programs. */
function sendStop(response: Response, columns: readonly UndecidedColumn[], rows: number): void {
  const named = columns.map((one) => {
    const add = { map: `map=${encodeURIComponent(`${one.column}=${one.likelyField}`)}`, ignore: `ignore=${encodeURIComponent(one.column)}` }
    return { ...one, add, reason: `has the values ${describeValues(one)}: add ${add.map}, or ${add.ignore}` }
  })
  const problem = {
    status: 422,
    title: 'Columns need a decision',
    detail: `${describeStop(columns, rows)}. ${named.map(({ column, reason }) => `${JSON.stringify(column)} ${reason}`).join('; ')}`,
    errors: named.map(({ column, reason }) => ({ field: column, reason })),
    columns: named.map(({ column, values, add }) => ({ column, values: values.slice(0, 100), add })),
  }
  sendProblem(response, problem)
}

/** Streams the errors: there may be one for each row. */
async function sendReport(response: Response, subscribers: SubscribersContext, report: ImportReport, isDryRun: boolean): Promise<void> {
  response.type('json')
  response.write(`${JSON.stringify(importJson(report, isDryRun)).slice(0, -1)},"errors":[`)
  let separator = ''
  const pages = isDryRun ? [report.remarks] : remarksOn(subscribers, report.id)
  for await (const page of pages) {
    if (page.length === 0) continue
    const isFull = !response.write(separator + page.map((remark) => JSON.stringify(remark)).join(','))
    separator = ','
    if (isFull && !response.destroyed) await Promise.race([once(response, 'drain'), once(response, 'close')])
  }
  response.end(']}')
  if (!isDryRun) await deleteRemarksOf(subscribers, report.id)
}

/** Undefined if the value is neither true nor false. */
function readFlag(request: Request, name: string): boolean | undefined {
  const text = textOf(request, name)
  if (text === 'true') return true
  return text === '' || text === 'false' ? false : undefined
}

function textOf(request: Request, name: string): string {
  const value = request.query[name]
  return typeof value === 'string' ? value : ''
}

/** A parameter that may be repeated. */
function textsOf(request: Request, name: string): string[] {
  const value = request.query[name]
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string')
}
