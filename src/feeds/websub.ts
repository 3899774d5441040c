import type { Stop } from '../platform/clock.ts'
import type { Database, Queries } from '../platform/database/database.ts'
import { type Log, logError } from '../platform/log.ts'
import type { Publication } from '../publication/publication.ts'
import type { OutgoingCalls } from '../webhooks/outgoing-calls.ts'
import type { Feeds } from './feeds.ts'
import { readAnnouncedVersion, writeAnnouncedVersion } from './store.ts'

export interface AnnouncerContext {
  readonly feeds: Pick<Feeds, 'onChange' | 'links' | 'version' | 'settled'>
  readonly publication: () => Publication
  readonly database: Database
  readonly outgoingCalls: OutgoingCalls
  readonly log: Log
}

export interface Announcer {
  /** Stops listening, and resolves when what it heard is recorded. */
  close(): Promise<void>
}

/**
 * Tells the hub of `publication.yaml` which feeds changed (WebSub §7: what publisher and hub agree on; all known hubs take
 * `hub.mode=publish`). A call is enqueued once the feeds are served as they are now, so that the hub never meets the old ones;
 * a change that was made while nothing ran is told at the start.
 */
export function startAnnouncing({ feeds, publication, database, outgoingCalls, log }: AnnouncerContext): Announcer {
  // Their version is known once the main feeds are written.
  let last: Promise<void> = feeds.settled()

  function announce(urls: () => readonly string[], isNews: (tx: Queries, hub: string) => Promise<boolean>): void {
    const { hub } = publication().feeds
    if (!hub) return
    last = last
      .then(async () => {
        await database.transaction(async (tx) => {
          if (!(await isNews(tx, hub))) return
          for (const url of urls()) {
            await outgoingCalls.enqueue(tx, {
              key: `websub ${hub} ${url}`,
              url: hub,
              form: { 'hub.mode': 'publish', 'hub.url': url, 'hub.topic': url },
            })
          }
          await writeAnnouncedVersion(tx, hub, feeds.version())
        })
        outgoingCalls.trigger()
      })
      .catch((error: Error) => logError(log, error, 'a change of the feeds could not be announced'))
  }

  announce(
    () => feeds.links().map(({ href }) => href),
    async (tx, hub) => (await readAnnouncedVersion(tx, hub)) !== feeds.version(),
  )
  const stop: Stop = feeds.onChange((urls) =>
    announce(
      () => urls,
      async () => true,
    ),
  )
  return {
    async close() {
      stop()
      await last
    },
  }
}
