import type { Role } from '../config.ts'
import { type Feeds, openFeeds } from '../feeds/feeds.ts'
import { openReadership, type Readership } from '../feeds/readership.ts'
import { startAnnouncing } from '../feeds/websub.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/log.ts'
import type { Random } from '../platform/random.ts'
import type { Publication } from '../publication/publication.ts'
import { type OutgoingCalls, startOutgoingCalls } from '../webhooks/outgoing-calls.ts'
import type { Core } from './core.ts'

/** What only a server needs: feeds, readership counts and WebSub announcements. Commands do not open it. */
export interface PublishedFeeds extends AsyncDisposable {
  readonly feeds: Feeds
  readonly publication: () => Publication
  readonly readership: Readership
  readonly outgoingCalls: OutgoingCalls
}

export interface PublishedFeedsContext {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/**
 * With the role `web`, changes are announced by calls that a worker makes. With the role `worker` nothing is announced: the hub would fetch
 * the feed from a web process that may not have it yet.
 */
export async function publishFeeds(
  { database, publication, articles, messages }: Core,
  { clock, random, log }: PublishedFeedsContext,
  role: Role = 'all',
): Promise<PublishedFeeds> {
  await using opened = new AsyncDisposableStack()
  const feeds = opened.adopt(await openFeeds({ publication: publication.current(), articles, database, clock, messages, log }), (one) =>
    one.close(),
  )
  publication.onChange((next) => feeds.reload(next))
  const readership = opened.adopt(openReadership({ database, clock, log, feedAt: (target) => feeds.liveFeedAt(target) }), (one) =>
    one.close(),
  )
  const outgoingCalls = opened.adopt(startOutgoingCalls({ database, clock, random, log }), (one) => one.stop())
  if (role !== 'worker') {
    const calls = role === 'web' ? { enqueue: outgoingCalls.enqueue, trigger: () => {} } : outgoingCalls
    const announcing = { feeds, publication: () => publication.current(), database, outgoingCalls: calls, log }
    opened.adopt(startAnnouncing(announcing), (one) => one.close())
  }
  const resources = opened.move()
  return {
    feeds,
    publication: () => publication.current(),
    readership,
    outgoingCalls,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}
