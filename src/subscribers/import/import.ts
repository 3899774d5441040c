import type { SubscribersContext } from '../context.ts'
import { recogniseColumns } from './columns.ts'
import { deleteRemarks, type Remark, readRemarks } from './import-store.ts'
import type { Imported, ImportRequest, ImportWatch } from './report.ts'
import { dryRunImport, runImport } from './runs.ts'
import { openTable } from './table.ts'

/** Legal bases for mail to the people on the list (GDPR, article 6.1 a, b and f). */
export const bases = ['consent', 'contract', 'legitimate_interest'] as const

const unwatched: ImportWatch = { onMapping: () => {}, onProgress: () => {} }

const remarksPerPage = 1_000

/**
 * Imports a CSV list of Mailchimp, Substack, Ghost, Buttondown, Kit, listmonk or a spreadsheet. Each batch and its progress are written
 * in one transaction, so an interrupted import continues when it gets the same file again. Unsubscribes and suppressions, here or in the
 * file, are never lost.
 */
export async function importSubscribers(
  context: SubscribersContext,
  bytes: AsyncIterable<Uint8Array>,
  request: ImportRequest,
  { onMapping, onProgress }: ImportWatch = unwatched,
): Promise<Imported> {
  const { digests: offered, topics } = context.publication()
  if (!bases.some((basis) => basis === request.basis)) return invalid('basis', `must be a legal basis: ${bases.join(', ')}`)
  const unknown = request.digests.find((name) => !offered.has(name))
  if (unknown !== undefined) return invalid('digests', `unknown digest: ${unknown}; known digests: ${[...offered.keys()].join(', ')}`)
  const opening = await openTable(bytes)
  if (!opening.ok) return invalid('file', opening.reason)
  const { table } = opening
  const recognition = recogniseColumns(table.header)
  if (!recognition.ok) return invalid('file', recognition.reason)
  const { mapping } = recognition
  const defaultDigests = request.digests.length > 0 ? request.digests : offered.size === 1 ? [...offered.keys()] : []
  if (defaultDigests.length === 0 && mapping.index.digests === undefined)
    return invalid('digests', `the file has no column "digests": choose from ${[...offered.keys()].join(', ')}`)

  const reading = {
    mapping,
    delimiter: table.delimiter,
    digests: new Set(offered.keys()),
    topics: new Set(topics.keys()),
    defaultDigests: [...new Set(defaultDigests)].sort(),
    basis: request.basis,
  }
  onMapping(mapping, table.delimiter)
  if (request.isDryRun) return dryRunImport(context, table, reading, onProgress)
  const lock = await context.database.lock('import')
  if (!lock) return { status: 'busy' }
  try {
    return await runImport(context, table, reading, request, onProgress)
  } finally {
    await lock.release()
  }
}

/** The remarks of an import, in the request of the file. */
export async function* remarksOn(context: SubscribersContext, importId: string): AsyncGenerator<readonly Remark[]> {
  for (let after = 0; ; ) {
    const page = await readRemarks(context.database, importId, after, remarksPerPage)
    if (page.length > 0) yield page
    if (page.length < remarksPerPage) return
    after = page.at(-1)?.row ?? 0
  }
}

/** Call after the remarks were shown: they contain addresses that may not belong to any subscriber. */
export async function deleteRemarksOf(context: SubscribersContext, importId: string): Promise<void> {
  await deleteRemarks(context.database, importId)
}

function invalid(field: 'basis' | 'digests' | 'file', reason: string): Imported {
  return { status: 'invalid', field, reason }
}
