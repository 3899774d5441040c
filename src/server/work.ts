import { migrations } from '../app/core.ts'
import { startDailyCounts } from '../app/daily-counts.ts'
import type { PublishedFeeds } from '../app/feeds.ts'
import type { App } from '../app/rest.ts'
import { startWeeklyReport } from '../app/weekly-report.ts'
import type { Config } from '../config.ts'
import type { Scheduler } from '../digests/schedule/scheduler.ts'
import type { InboundContext } from '../inbound/context.ts'
import { StartFailure } from '../platform/start-failure.ts'
import { UploadResumer } from '../subscribers/import/resume-uploads.ts'

/** What a process does without being asked: it sends, follows schedules, receives bounces and prunes. A process with the role `web` does not. */
export interface Work extends AsyncDisposable {
  readonly scheduler: Scheduler
  /** Looks for due work of every kind. */
  trigger(): void
  /** Fetches bounces from a mailbox. */
  fetchMail(): void
}

export async function startWork(config: Config, app: App, published: PublishedFeeds): Promise<Work> {
  await using opened = new AsyncDisposableStack()
  const [{ startArticleEvents }, { startScheduler }] = await Promise.all([
    import('../app/article-events.ts'),
    import('../digests/schedule/scheduler.ts'),
  ])
  const dailyCounts = opened.adopt(startDailyCounts(app.subscribers, published.readership), (one) => one.stop())
  const weeklyReport = opened.adopt(startWeeklyReport(app.digests, published.readership), (one) => one.stop())
  const scheduler = opened.adopt(startScheduler(app.digests), (one) => one.stop())
  const articleEvents = opened.adopt(startArticleEvents(app), (one) => one.stop())
  const imports = opened.adopt(new UploadResumer(app.subscribers), (one) => one.stop())
  const backups = config.backups && opened.adopt(await startBackups(config, config.backups, app), (one) => one.stop())
  const inbound = opened.use(await openInbound(config, app.inbound))
  const owned = opened.move()
  return {
    scheduler,
    trigger() {
      scheduler.trigger()
      app.signUpProcessing.trigger()
      app.retention.trigger()
      dailyCounts.trigger()
      weeklyReport.trigger()
      backups?.trigger()
      app.readerIndex.trigger()
      app.sender.trigger()
      published.outgoingCalls.trigger()
      articleEvents.trigger()
      app.webhookSender.trigger()
      imports.trigger()
    },
    fetchMail: () => inbound.trigger(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function startBackups(
  { databaseAddress }: Config,
  settings: NonNullable<Config['backups']>,
  { database, publication, digests }: App,
) {
  const { startScheduledBackups } = await import('../backups/scheduled.ts')
  const { clock, log } = digests
  return startScheduledBackups({ database, databaseAddress, settings, migrations, publication: () => publication.current(), clock, log })
}

/** Receives bounces by SMTP on a port, by IMAP from a mailbox, by both or neither. */
async function openInbound(config: Config, context: InboundContext): Promise<{ trigger(): void } & AsyncDisposable> {
  await using opened = new AsyncDisposableStack()
  const { inboundSmtpPort: port, bounceImap, bounceAddress } = config
  if (port !== undefined && bounceAddress !== undefined) {
    const { startListener } = await import('../inbound/listener.ts')
    const listening = startListener(context, bounceAddress, config.host, port)
    const listener = await listening.catch((error: NodeJS.ErrnoException) => {
      throw new StartFailure([`INBOUND_SMTP_PORT: cannot listen on ${config.host}:${port} (${error.code ?? error.message})`], {
        cause: error,
      })
    })
    opened.defer(() => listener.stop())
  }
  const fetcher = bounceImap && (await import('../inbound/fetch-mail.ts')).startMailFetcher(context, bounceImap)
  if (fetcher) opened.defer(() => fetcher.stop())
  const owned = opened.move()
  return { trigger: () => fetcher?.trigger(), [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
