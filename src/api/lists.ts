import { once } from 'node:events'
import type { Request, Response, Router } from 'express'
import { sendProblem } from '../platform/problem.ts'
import { forgetRemarksOn, type ImportReport, importSubscribers, remarksOn } from '../subscribers/import.ts'
import type { SubscribersRoom } from '../subscribers/room.ts'
import { importJson } from './import-json.ts'
import { unprocessable } from './problems.ts'

/** Lists in and out. The bodies are streams: neither is ever whole in memory. */
export function addLists(routes: Router, subscribers: SubscribersRoom): void {
  routes.post('/subscribers/import', async (request, response) => {
    if (
      request.get('Content-Type') !== undefined &&
      request.is(['text/csv', 'text/plain', 'application/octet-stream', 'text/tab-separated-values']) === false
    ) {
      const detail = 'send the CSV file itself, with Content-Type: text/csv'
      return sendProblem(response, { status: 415, title: 'Not a list', detail })
    }
    const flags = { isDryRun: readFlag(request, 'dry_run'), isAnew: readFlag(request, 'anew') }
    for (const [field, flag] of [['dry_run', flags.isDryRun] as const, ['anew', flags.isAnew] as const])
      if (flag === undefined) return unprocessable(response, field, 'must be true or false')
    const isDryRun = flags.isDryRun === true
    const imported = await importSubscribers(subscribers, request, {
      basis: textOf(request, 'basis'),
      digests: textOf(request, 'digests')
        .split(/[\s;,]+/)
        .filter(Boolean),
      isDryRun,
      isAnew: flags.isAnew === true,
      pauseMs: 0,
    })
    switch (imported.status) {
      case 'invalid':
        return unprocessable(response, imported.field, imported.reason)
      case 'busy':
        return sendProblem(response, { status: 409, title: 'Not now', detail: 'another import is under way' })
      case 'differs':
        return sendProblem(response, { status: 409, title: 'Another file', detail: `${imported.reason} (anew=true)` })
      case 'done':
        await tell(response, subscribers, imported.report, isDryRun)
    }
  })
}

/** Written as it is read: a list may have as many errors as rows. */
async function tell(response: Response, subscribers: SubscribersRoom, report: ImportReport, isDryRun: boolean): Promise<void> {
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
  if (!isDryRun) await forgetRemarksOn(subscribers, report.id)
}

/** Undefined where it is neither. */
function readFlag(request: Request, name: string): boolean | undefined {
  const text = textOf(request, name)
  if (text === 'true') return true
  return text === '' || text === 'false' ? false : undefined
}

function textOf(request: Request, name: string): string {
  const value = request.query[name]
  return typeof value === 'string' ? value : ''
}
