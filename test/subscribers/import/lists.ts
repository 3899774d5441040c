import { byCommandLine } from '../../../src/platform/actor.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { importSubscribers, remarksOn } from '../../../src/subscribers/import/import.ts'
import type { Remark } from '../../../src/subscribers/import/import-store.ts'
import type { Imported, ImportReport, ImportRequest } from '../../../src/subscribers/import/report.ts'
import type { World } from '../../support/world.ts'

export const order: ImportRequest = {
  basis: 'consent',
  digests: ['weekly'],
  columns: { map: [], ignore: [] },
  isDryRun: false,
  isAnew: false,
  pauseMs: 0,
  by: byCommandLine,
}

/** A file in pieces of arbitrary size, as from a disk or a socket. */
export async function* inPieces(file: string | Buffer, size = 64 * 1024): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(file)
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

export function importFile(
  world: World,
  file: string | Buffer,
  change: Partial<ImportRequest> = {},
  pieceBytes?: number,
): Promise<Imported> {
  return importSubscribers(world.app.subscribers, inPieces(file, pieceBytes), { ...order, ...change })
}

/** An import that must succeed, with its remarks. */
export async function imported(
  world: World,
  file: string | Buffer,
  change: Partial<ImportRequest> = {},
): Promise<ImportReport & { remarks: readonly Remark[] }> {
  const outcome = await importFile(world, file, change)
  if (outcome.status !== 'done') throw new Error(JSON.stringify(outcome))
  const remarks = [...outcome.report.remarks]
  if (!change.isDryRun) for await (const page of remarksOn(world.app.subscribers, outcome.report.id)) remarks.push(...page)
  return { ...outcome.report, remarks }
}

/** All subscriptions as `address_key digest state`, sorted. */
export async function everybody(world: World): Promise<string[]> {
  const rows = await world.app.database.all<{ line: string }>(sql`
    SELECT address_key || ' ' || coalesce(digest || ' ' || state, '-') AS line
    FROM subscribers LEFT JOIN subscriptions ON subscriptions.subscriber_id = subscribers.id`)
  return rows.map(({ line }) => line).sort()
}

export async function suppressedAddresses(world: World): Promise<string[]> {
  const rows = await world.app.database.all<{ line: string }>(sql`SELECT address_key || ' ' || reason AS line FROM suppressions`)
  return rows.map(({ line }) => line).sort()
}
