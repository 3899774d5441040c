import type { Queries } from '../../platform/database/database.ts'
import { yieldToEventLoop } from '../../platform/yield-to-event-loop.ts'
import type { SubscribersContext } from '../context.ts'
import type { Segment } from '../segment.ts'
import { type Condition, conditionsOf, readListed } from '../segment-store.ts'
import type { Listed } from '../subscriber.ts'
import { countSearchWaiting, lastEntryNumber, readSearchFill, scanBeginnings, scanParts } from './search-store.ts'
import { hasTrigrams, readNeedle } from './search-words.ts'

/** About ten milliseconds on SQLite. */
const perStep = { numbers: 50_000, addresses: 2_000 }
/** So many new subscribers do not yet turn the search into one for beginnings: their entries follow within seconds. */
const manyWaiting = 1_000

/**
 * How well the search finds. Parts: parts of addresses and names. Beginnings: only beginnings of addresses, because the index is not
 * filled yet, or because PostgreSQL has no pg_trgm.
 */
export type SearchReach =
  | { readonly finds: 'parts' }
  | { readonly finds: 'beginnings'; readonly because: 'index is being filled' | 'pg_trgm is missing' }

/** What the search can find now. The doctor and the pages tell it. */
export async function searchReach({ database }: Pick<SubscribersContext, 'database'>): Promise<SearchReach> {
  const { isDone, hasTrigrams } = await readSearchFill(database)
  if (!isDone || (await countSearchWaiting(database, manyWaiting)) === manyWaiting)
    return { finds: 'beginnings', because: 'index is being filled' }
  return hasTrigrams ? { finds: 'parts' } : { finds: 'beginnings', because: 'pg_trgm is missing' }
}

function isFilled(reach: SearchReach): boolean {
  return reach.finds === 'parts' || reach.because === 'pg_trgm is missing'
}

export interface SearchPage {
  readonly items: readonly Listed[]
  /** For the next page; undefined on the last. Opaque. */
  readonly next: string | undefined
  /** What this page looked for. `short` asks for more characters. */
  readonly found: 'parts' | 'beginnings' | 'short'
}

/** Undefined: `cursor` does not come from this search, or the index was filled since. */
export async function searchSubscribers(
  context: SubscribersContext,
  text: string,
  segment: Segment,
  page: { readonly cursor: string | undefined; readonly limit: number },
): Promise<SearchPage | undefined> {
  const { database } = context
  const needle = readNeedle(text)
  if (needle === '') return { items: [], next: undefined, found: 'short' }
  const conditions = await conditionsOf(database, segment)
  const reach = await searchReach(context)
  const findsParts = hasTrigrams(needle) && reach.finds === 'parts'
  const position = page.cursor === undefined ? undefined : readPosition(page.cursor, findsParts)
  if (page.cursor !== undefined && position === undefined) return undefined
  const { ids, next } = findsParts
    ? await findParts(database, needle, conditions, position, page.limit)
    : await findBeginnings(database, { needle, isFilled: isFilled(reach), conditions }, position, page.limit)
  const listed = new Map((await readListed(database, ids)).map((one) => [one.id, one]))
  const found = findsParts ? 'parts' : hasTrigrams(needle) ? 'beginnings' : 'short'
  return { items: ids.flatMap((id) => listed.get(id) ?? []), next, found }
}

interface Found {
  readonly ids: readonly string[]
  readonly next: string | undefined
}

/** Newest first. Works in steps: where parts of the words are frequent and the whole is rare, it looks at many. */
async function findParts(
  db: Queries,
  needle: string,
  conditions: readonly Condition[],
  position: string | undefined,
  limit: number,
): Promise<Found> {
  const found: { id: string; key: number }[] = []
  // On PostgreSQL, a statement does not block the event loop, and each costs a round trip.
  const span = db.engine === 'sqlite' ? perStep.numbers : Number.MAX_SAFE_INTEGER
  let before = position === undefined ? (await lastEntryNumber(db)) + 1 : Number(position)
  while (before > 0 && found.length <= limit) {
    const from = Math.max(0, before - span)
    const inStep = limit + 1 + (conditions.length > 0 ? perStep.addresses : 0)
    const scanned = await scanParts(db, needle, { from, before }, conditions, inStep)
    found.push(...scanned.filter((one) => one.is_in === 1))
    // The step ended early if it was full.
    before = scanned.length === inStep ? (scanned.at(-1)?.key ?? 0) : from
    await yieldToEventLoop()
  }
  return cut(found, limit, (key) => `n${key}`)
}

/** In the order of addresses. */
async function findBeginnings(
  db: Queries,
  { needle, isFilled, conditions }: { readonly needle: string; readonly isFilled: boolean; readonly conditions: readonly Condition[] },
  position: string | undefined,
  limit: number,
): Promise<Found> {
  const found: { id: string; key: string }[] = []
  const inStep = conditions.length > 0 ? Math.max(limit + 1, perStep.addresses) : limit + 1
  for (let after = position ?? ''; ; ) {
    const scanned = await scanBeginnings(db, needle, { after, isFilled }, conditions, inStep)
    found.push(...scanned.filter((one) => one.is_in === 1))
    if (scanned.length < inStep || found.length > limit) return cut(found, limit, (key) => `a${Buffer.from(key).toString('base64url')}`)
    after = scanned.at(-1)?.key ?? after
    await yieldToEventLoop()
  }
}

function cut<Key>(found: readonly { readonly id: string; readonly key: Key }[], limit: number, cursorOf: (key: Key) => string): Found {
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  return { ids: shown.map(({ id }) => id), next: found.length > limit && last ? cursorOf(last.key) : undefined }
}

/** A number of `search_entries`, or the words that the last address of the page before begins. */
function readPosition(cursor: string, findsParts: boolean): string | undefined {
  if (findsParts) return /^n(\d{1,15})$/.exec(cursor)?.[1]
  const encoded = /^a([\w-]{1,4000})$/.exec(cursor)?.[1]
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64url').toString()
}
