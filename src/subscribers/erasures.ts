import type { Queries } from '../platform/database/database.ts'
import { readRecorded } from '../platform/database/migrate.ts'
import type { Erasure } from './erased-file.ts'
import { insertErasures, selectErasures } from './erasure-store.ts'

/** All erasures that a database knows. Empty for one that has not been brought up to date. */
export async function readErasuresIn(db: Queries): Promise<Erasure[]> {
  return (await readRecorded(db)).has('subscribers-011-erasures') ? selectErasures(db) : []
}

/** Adds erasures that another list knows, so that they outlive the database which knew them. */
export async function noteErasures(tx: Queries, erasures: readonly Erasure[]): Promise<void> {
  if (erasures.length > 0) await insertErasures(tx, erasures)
}
