import { type Feeds, openFeeds } from '../feeds/feeds.ts'
import { openReadership, type Readership } from '../feeds/readership.ts'
import { startAnnouncing } from '../feeds/websub.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/log.ts'
import type { Random } from '../platform/random.ts'
import { type Caller, startCaller } from '../webhooks/outgoing-calls.ts'
import type { Foundation } from './core.ts'

/** What only a server does with the articles: feeds, who reads them, and whom to tell of their changes. */
export interface Publishing extends AsyncDisposable {
  readonly feeds: Feeds
  readonly readership: Readership
  readonly caller: Caller
}

export interface PublishingEdges {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

export async function openPublishing(
  { database, publication, articles }: Foundation,
  { clock, random, log }: PublishingEdges,
): Promise<Publishing> {
  await using opened = new AsyncDisposableStack()
  const feeds = opened.adopt(await openFeeds({ publication: publication.current(), articles, database, clock, log }), (one) => one.close())
  publication.onChange((next) => feeds.reload(next))
  const readership = opened.adopt(openReadership({ database, clock, log }), (one) => one.close())
  const caller = opened.adopt(startCaller({ database, clock, random, log }), (one) => one.stop())
  opened.adopt(startAnnouncing({ feeds, publication: () => publication.current(), database, caller, log }), (one) => one.close())
  const resources = opened.move()
  return { feeds, readership, caller, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}
