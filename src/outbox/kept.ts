import type { Queries } from '../platform/database/database.ts'
import type { Edition } from './delivery.ts'
import { readEdition } from './store.ts'

/** An edition as it was kept, with its holes. Throws where no mailing ever had one of that id. */
export async function keptEdition(db: Queries, id: string): Promise<Edition> {
  return readEdition(db, id)
}
