import { listSuppressedAddresses, whichAreSuppressed } from '../../outbox/suppressions.ts'
import { yieldToEventLoop } from '../../platform/yield-to-event-loop.ts'
import { readConsents } from '../consent-store.ts'
import type { SubscribersContext } from '../context.ts'
import { readHeldSubscribers } from '../import/import-store.ts'
import { listSegment } from '../list.ts'
import type { Segment } from '../segment.ts'
import type { Listed } from '../subscriber.ts'
import { csvHeader, csvOfBarred, csvOfSubscribers } from './csv.ts'
import type { Barred, Exported } from './exported.ts'
import { jsonOfBarred, jsonOfSubscribers } from './json.ts'

export const exportFormats = ['csv', 'ndjson'] as const
export type ExportFormat = (typeof exportFormats)[number]

interface Form {
  readonly head: string
  readonly subscribers: (some: readonly Exported[], digest: string | undefined) => string
  readonly barred: (some: readonly Barred[]) => string
}

const forms: Readonly<Record<ExportFormat, Form>> = {
  csv: { head: csvHeader, subscribers: csvOfSubscribers, barred: csvOfBarred },
  ndjson: { head: '', subscribers: jsonOfSubscribers, barred: jsonOfBarred },
}

/** About ten milliseconds of reading and writing. */
const perPage = 500

/**
 * Everybody of a segment with all that proves their consent, some at a time; of no segment also the addresses that are
 * suppressed and nobody's. Imported elsewhere, a CSV makes the same list there, and its export is the same file.
 */
export async function* exportSubscribers(context: SubscribersContext, format: ExportFormat, segment: Segment): AsyncGenerator<string> {
  const form = forms[format]
  if (form.head !== '') yield form.head
  for (let after: string | undefined; ; ) {
    const page = await listSegment(context, segment, { after, limit: perPage })
    if (page.length > 0) yield form.subscribers(await withProof(context, page), segment.digest)
    if (page.length < perPage) break
    after = page.at(-1)?.id
    await yieldToEventLoop()
  }
  if (Object.keys(segment).length > 0) return
  for (let after = ''; ; ) {
    const page = await listSuppressedAddresses(context.database, { after, limit: perPage })
    const keys = page.map((one) => one.addressKey)
    const held = new Set((await readHeldSubscribers(context.database, keys)).map((one) => one.addressKey))
    const barred = page.filter((one) => !held.has(one.addressKey))
    if (barred.length > 0) yield form.barred(barred)
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
