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
  readonly outgoingCalls: Pick<OutgoingCalls, 'enqueue' | 'trigger'>
  readonly log: Log
}

export interface Announcer {
  /** Stops listening. Resolves when all changes are recorded. */
  close(): Promise<void>
}

/**
 * Announces changed feeds to the hub of `publication.yaml`. WebSub §7 leaves the form open; all known hubs accept
 * `hub.mode=publish`. A call is enqueued after the new feeds are served, so that the hub never fetches old ones. Changes made
 * while Broadsheet was not running are announced at the start.
 */
export function startAnnouncing({ feeds, publication, database, outgoingCalls, log }: AnnouncerContext): Announcer {
  // The version is known once the main feeds are written.
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
      .catch((error: Error) => logError(log, error, 'could not announce changed feeds to the hub'))
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
