import { setImmediate } from 'node:timers/promises'
import type { SubscribersContext } from './context.ts'
import {
  allDigests,
  countReadersBetween,
  hasMoreSubscriptionsThan,
  readDailyCounts,
  readLatestCounts,
  subscriberAfter,
  writeReaderCounts,
} from './reader-count-store.ts'

type CountsContext = Pick<SubscribersContext, 'database' | 'publication' | 'clock'>

/** Confirmed readers. */
export interface ReaderCounts {
  /** Each reader once, however many digests they read. */
  readonly all: number
  /** By the name of the digest. */
  readonly of: ReadonlyMap<string, number>
  readonly countedAt: Date
}

/** Counting this many subscriptions takes a few milliseconds, so a page can do it. */
const countedAtOnce = 20_000
/** Subscribers of one step of a large count: a few milliseconds, so that other work runs in between. */
const perStep = 5_000

/**
 * Confirmed readers: counted now where they are few, else the last count of `recordReaders`. Undefined if they are many and were never
 * counted. Cheap enough for every page.
 */
export async function currentReaders(context: CountsContext): Promise<ReaderCounts | undefined> {
  const { database, publication, clock } = context
  if (!(await hasMoreSubscriptionsThan(database, countedAtOnce))) {
    const rows = await countReadersBetween(database, [...publication().digests.keys()], '', undefined)
    return toCounts(rows, clock.now())
  }
  const rows = await readLatestCounts(database)
  const [first] = rows
  return first && toCounts(rows, new Date(first.counted_at))
}

/**
 * Counts all readers in short steps, and stores them for the UTC day of now. Idempotent: the last count of a day wins. Stores nothing if
 * the signal is aborted.
 */
export async function recordReaders({ database, publication, clock }: CountsContext, signal: AbortSignal): Promise<void> {
  const digests = [...publication().digests.keys()]
  const counts = new Map([allDigests, ...digests].map((digest) => [digest, 0]))
  for (let after: string | undefined = ''; after !== undefined; ) {
    const through: string | undefined = await subscriberAfter(database, after, perStep)
    for (const { digest, readers } of await countReadersBetween(database, digests, after, through))
      counts.set(digest, (counts.get(digest) ?? 0) + readers)
    after = through
    await setImmediate()
    if (signal.aborted) return
  }
  const now = clock.now()
  await database.transaction((tx) => writeReaderCounts(tx, dayOf(now), counts, now))
}

/** All readers on each UTC day since `first` that was counted, oldest first. */
export async function readersSince(
  { database }: Pick<CountsContext, 'database'>,
  first: Date,
): Promise<{ day: string; readers: number }[]> {
  return readDailyCounts(database, dayOf(first))
}

function toCounts(rows: readonly { readonly digest: string; readonly readers: number }[], countedAt: Date): ReaderCounts {
  const of = new Map(rows.map(({ digest, readers }) => [digest, readers]))
  const all = of.get(allDigests) ?? 0
  of.delete(allDigests)
  return { all, of, countedAt }
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10)
}
