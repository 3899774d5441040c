import type { Article } from '../../articles/article.ts'
import type { DigestDefinition } from '../../publication/publication.ts'
import type { DigestsContext } from '../context.ts'
import { type Choice, chooseSingles } from '../issue/choose-articles.ts'
import { readLedger } from '../issue/ledger-store.ts'
import { chooseNext } from '../issue/next-issue.ts'
import { nextSlot } from './slots.ts'

export { countSlots } from './slot-store.ts'

/** What comes next of one digest. */
export interface Upcoming {
  readonly definition: DigestDefinition
  /** Undefined for a digest that sends each article when it appears. */
  readonly slot: Date | undefined
  /** What the issue would carry if it went out now, newest first. Without a slot: what waits for its delay. */
  readonly articles: readonly Article[]
}

/** The next slot of every digest, soonest first; digests without a schedule come last. Changes nothing. */
export async function upcomingSlots(context: DigestsContext): Promise<Upcoming[]> {
  const { clock } = context
  const { digests, timezone } = context.publication()
  const upcoming: Upcoming[] = []
  for (const definition of digests.values()) {
    const { included } = await chooseFor(context, definition)
    upcoming.push({ definition, slot: nextSlot(definition, timezone, clock.now()), articles: included })
  }
  const last = Number.POSITIVE_INFINITY
  return upcoming.sort((one, other) => (one.slot?.getTime() ?? last) - (other.slot?.getTime() ?? last) || 0)
}

/** The last instant that a Date can hold: every delay is over by then. */
const endOfTime = new Date(8.64e15)

async function chooseFor(context: DigestsContext, definition: DigestDefinition): Promise<Choice> {
  if (definition.schedule.kind !== 'on_publish') return chooseNext(context, definition)
  return chooseSingles(definition, context.articles().inMail, await readLedger(context.database, definition.name), endOfTime)
}
