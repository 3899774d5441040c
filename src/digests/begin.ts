import type { Article } from '../articles/article.ts'
import type { Queries } from '../platform/database/database.ts'
import type { DigestDefinition } from '../publication/publication.ts'
import { isAbout } from './choose.ts'
import { beginDigest, insertLedger } from './store.ts'

/**
 * From when a digest is first seen its slots count. One that begins with less than what is there (`start_with: 0`, and every
 * `on_publish` one: what is there is no news) leaves out the rest at once; others do so with their first issue.
 */
export async function begin(tx: Queries, definition: DigestDefinition, articles: readonly Article[], now: Date): Promise<void> {
  const isNew = await beginDigest(tx, definition.name, now)
  if (!isNew || !leavesOutAtOnce(definition)) return
  const older = articles.filter((article) => isAbout(definition, article)).slice(definition.startWith)
  const entries = older.map((article) => ({ articleId: article.id, reason: 'before the first issue' }))
  await insertLedger(tx, definition.name, entries, now)
}

export function leavesOutAtOnce({ schedule, startWith }: DigestDefinition): boolean {
  return schedule.kind === 'on_publish' || startWith === 0
}
