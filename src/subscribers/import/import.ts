import type { SubscribersContext } from '../context.ts'
import { recogniseColumns } from './columns.ts'
import { deleteRemarks, type Remark, readRemarks } from './import-store.ts'
import type { Imported, ImportOrder, ImportWatch } from './report.ts'
import { dryRunRows, importRows } from './runs.ts'
import { openTable } from './table.ts'

/** On what ground the people on the list get mail (GDPR, article 6.1 a, b and f). */
export const bases = ['consent', 'contract', 'legitimate_interest'] as const

const unwatched: ImportWatch = { onMapping: () => {}, onProgress: () => {} }

const remarksPerPage = 1_000

/**
 * Takes in a list: CSV as Mailchimp, Substack, Ghost, Buttondown, Kit, listmonk or a spreadsheet write it. In batches, each with
 * how far it came in one transaction, so that an import that was interrupted goes on where it was when it is given the same file
 * again. A "no", here or in the file, is never lost: whoever left or is suppressed stays so, and whoever left there leaves here.
 */
export async function importSubscribers(
  context: SubscribersContext,
  bytes: AsyncIterable<Uint8Array>,
  order: ImportOrder,
  { onMapping, onProgress }: ImportWatch = unwatched,
): Promise<Imported> {
  const { digests: offered, topics } = context.publication()
  if (!bases.some((basis) => basis === order.basis)) return invalid('basis', `must say on what ground they get mail: ${bases.join(', ')}`)
  const unknown = order.digests.find((name) => !offered.has(name))
  if (unknown !== undefined) return invalid('digests', `there is no digest called ${unknown}; there are ${[...offered.keys()].join(', ')}`)
  const opening = await openTable(bytes)
  if (!opening.ok) return invalid('file', opening.reason)
  const { table } = opening
  const recognition = recogniseColumns(table.header)
  if (!recognition.ok) return invalid('file', recognition.reason)
  const { mapping } = recognition
  const defaultDigests = order.digests.length > 0 ? order.digests : offered.size === 1 ? [...offered.keys()] : []
  if (defaultDigests.length === 0 && mapping.index.digests === undefined)
    return invalid('digests', `the file has no column "digests", so say which are meant: ${[...offered.keys()].join(', ')}`)

  const reading = {
    mapping,
    delimiter: table.delimiter,
    digests: new Set(offered.keys()),
    topics: new Set(topics.keys()),
    defaultDigests: [...new Set(defaultDigests)].sort(),
    basis: order.basis,
  }
  onMapping(mapping, table.delimiter)
  if (order.isDryRun) return dryRunRows(context, table, reading, onProgress)
  const lock = await context.database.lock('import')
  if (!lock) return { status: 'busy' }
  try {
    return await importRows(context, table, reading, order, onProgress)
  } finally {
    await lock.release()
  }
}

/** What was not taken of an import, in the order of the file. */
export async function* remarksOn(context: SubscribersContext, importId: string): AsyncGenerator<readonly Remark[]> {
  for (let after = 0; ; ) {
    const page = await readRemarks(context.database, importId, after, remarksPerPage)
    if (page.length > 0) yield page
    if (page.length < remarksPerPage) return
    after = page.at(-1)?.row ?? 0
  }
}

/** Once they were told: they hold addresses that are nobody's here. */
export async function deleteRemarksOf(context: SubscribersContext, importId: string): Promise<void> {
  await deleteRemarks(context.database, importId)
}

function invalid(field: 'basis' | 'digests' | 'file', reason: string): Imported {
  return { status: 'invalid', field, reason }
}
