import { listSuppressedAddresses, whichAreSuppressed } from '../../outbox/suppressions.ts'
import type { Actor } from '../../platform/actor.ts'
import { yieldToEventLoop } from '../../platform/yield-to-event-loop.ts'
import { readConsents } from '../consent-store.ts'
import type { SubscribersContext } from '../context.ts'
import { readHeldSubscribers } from '../import/import-store.ts'
import { listSegment } from '../list.ts'
import type { Segment } from '../segment.ts'
import type { Listed } from '../subscriber.ts'
import { csvHeader, csvOfSubscribers, csvOfSuppressed } from './csv.ts'
import type { Exported, SuppressedAddress } from './exported.ts'
import { jsonOfSubscribers, jsonOfSuppressed } from './json.ts'

export const exportFormats = ['csv', 'ndjson'] as const
export type ExportFormat = (typeof exportFormats)[number]

interface FormatWriter {
  readonly header: string
  readonly subscribers: (some: readonly Exported[], digest: string | undefined) => string
  readonly suppressed: (some: readonly SuppressedAddress[]) => string
}

const writers: Readonly<Record<ExportFormat, FormatWriter>> = {
  csv: { header: csvHeader, subscribers: csvOfSubscribers, suppressed: csvOfSuppressed },
  ndjson: { header: '', subscribers: jsonOfSubscribers, suppressed: jsonOfSuppressed },
}

/** A byte order mark: without it, Excel for Windows reads CSV in the old code page of the system. */
const excelMark = '\uFEFF'

/** About ten milliseconds of reading and writing. */
const perPage = 500

/**
 * Exports a segment page by page, with the proof of consent. Without a segment, it also exports suppressed addresses that belong to no
 * subscriber. An import of the CSV elsewhere creates the same list, and its export is the same file. `by` is recorded.
 */
export async function* exportSubscribers(
  context: SubscribersContext,
  format: ExportFormat,
  segment: Segment,
  { isForExcel, by }: { readonly isForExcel: boolean; readonly by?: Actor } = { isForExcel: false },
): AsyncGenerator<string> {
  if (by) {
    const entry = { action: 'subscribers.export', subject: null, by, details: { format, isWhole: Object.keys(segment).length === 0 } }
    await context.database.transaction((tx) => context.recordAudit(tx, entry))
  }
  const writer = writers[format]
  if (isForExcel) yield excelMark
  if (writer.header !== '') yield writer.header
  for (let after: string | undefined; ; ) {
    const page = await listSegment(context, segment, { after, limit: perPage })
    if (page.length > 0) yield writer.subscribers(await withProof(context, page), segment.digest)
    if (page.length < perPage) break
    after = page.at(-1)?.id
    await yieldToEventLoop()
  }
  if (Object.keys(segment).length > 0) return
  for (let after = ''; ; ) {
    const page = await listSuppressedAddresses(context.database, { after, limit: perPage })
    const keys = page.map((one) => one.addressKey)
    const held = new Set((await readHeldSubscribers(context.database, keys)).map((one) => one.addressKey))
    const suppressed = page.filter((one) => !held.has(one.addressKey))
    if (suppressed.length > 0) yield writer.suppressed(suppressed)
    if (page.length < perPage) return
    after = keys.at(-1) ?? after
    await yieldToEventLoop()
  }
}

async function withProof(context: SubscribersContext, page: readonly Listed[]): Promise<Exported[]> {
  const ids = page.map((one) => one.id)
  const keys = page.map((one) => one.addressKey)
  const consents = Map.groupBy(await readConsents(context.database, ids), (one) => one.subscriberId)
  const suppressed = await whichAreSuppressed(context.database, context.tokens, keys)
  return page.map((one) => ({ ...one, consents: consents.get(one.id) ?? [], suppressed: suppressed.get(one.addressKey) }))
}
