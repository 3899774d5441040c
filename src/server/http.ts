import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PublishedFeeds } from '../app/feeds.ts'
import type { App } from '../app/rest.ts'
import { lastBackup } from '../backups/last-backup.ts'
import type { Config } from '../config.ts'
import type { Scheduler } from '../digests/schedule/scheduler.ts'
import type { Doctor } from '../doctor/doctor.ts'
import { webhookWarnings } from '../inbound/webhook-secrets.ts'
import { type Log, logError } from '../platform/log.ts'
import { count } from '../platform/process-counters.ts'
import { paths } from '../publication/urls.ts'
import type { LiveContext } from '../web/admin/live-context.ts'
import type { WrittenPages } from '../web/site/written-pages.ts'
import { baseRemover } from './base-path.ts'
import { addOperations, reportFailure } from './operations.ts'
import { proxyWarning } from './proxy-warning.ts'
import { identify, requestIds } from './request-id.ts'
import { readTarget } from './request-target.ts'

type Listener = (request: IncomingMessage, response: ServerResponse) => void

/**
 * The request listener of the server. Feeds are answered without Express, which is loaded by the first other request:
 * a server that only feed readers poll starts fast and stays small. Other requests wait until `restOpening` resolves.
 */
export function openHttp(
  config: Config,
  restOpening: Promise<App>,
  published: PublishedFeeds,
  log: Log,
  scheduler: () => Scheduler | undefined,
  readinessProblems: () => readonly string[],
  live?: LiveContext,
): Listener {
  let loading: Promise<OpenPages> | undefined
  let pages: OpenPages | undefined
  const withoutBase = baseRemover(() => published.publication().url)
  return (request, response) => {
    response.setHeader('X-Content-Type-Options', 'nosniff')
    request.url = withoutBase(readTarget(request))
    if (published.feeds.answer(request, response)) {
      published.readership.note(request.url, request.headers['user-agent'])
      countFeed(response)
      return
    }
    if (pages) {
      if (!pages.written.answer(request, response)) pages.serve(request, response)
      return
    }
    loading ??= openPages(config, restOpening, published, log, scheduler, readinessProblems, live)
    loading.then(
      (opened) => {
        pages = opened
        opened.serve(request, response)
      },
      (error: Error) => {
        // The next request tries again: the cause may be gone by then.
        loading = undefined
        logError(log, error, 'could not load the pages')
        response
          .writeHead(500, { 'Content-Type': 'text/plain; charset=utf-8' })
          .end('This page is not available right now. Try again in a minute.\n')
      },
    )
  }
}

function countFeed(response: ServerResponse): void {
  const note = () => count('feed_responses_total', [String(response.statusCode)])
  if (response.headersSent) note()
  else response.once('finish', note)
}

interface OpenPages {
  readonly serve: Listener
  /** Answers before Express, which takes most of the time of a page. */
  readonly written: WrittenPages
}

async function openPages(
  config: Config,
  restOpening: Promise<App>,
  published: PublishedFeeds,
  log: Log,
  scheduler: () => Scheduler | undefined,
  readinessProblems: () => readonly string[],
  live: LiveContext | undefined,
): Promise<OpenPages> {
  const [app, { default: express }, { openPages }, { siteRoutes }, { mediaRoutes }, { adminRoutes }, { apiRoutes }, { WrittenPages }] =
    await Promise.all([
      restOpening,
      import('express'),
      import('../platform/pages.ts'),
      import('../web/site/routes.ts'),
      import('../web/site/media.ts'),
      import('../web/admin/routes.ts'),
      import('../web/api/routes.ts'),
      import('../web/site/written-pages.ts'),
    ])
  const publication = () => app.publication.current()
  const { messages } = app
  const pages = openPages(config.templatesFolder, messages)
  const articles = () => app.articles.current()
  const written = new WrittenPages(publication, articles)
  const { subscribers, digests, access, guesses, mailbox, webhooks } = app
  const { feeds, readership } = published
  let opening: Promise<Doctor> | undefined
  let opened: Doctor | undefined
  // One for API and desk, so that they share a report.
  const doctor = () => {
    opening ??= import('../app/doctor.ts').then(({ openDoctor }) => {
      opened = openDoctor(config, app)
      return opened
    })
    return opening
  }
  const routes = express()
  routes.disable('x-powered-by')
  routes.set('trust proxy', config.trustProxy)
  routes.set('query parser', 'simple')
  addOperations(routes, { config, app, readership, readinessProblems })
  routes.use(
    paths.api,
    apiRoutes({
      guesses,
      operators: app.operators,
      digests,
      subscribers,
      webhooks,
      templatesFolder: config.templatesFolder,
      triggerScheduler: () => scheduler()?.trigger(),
      doctor,
    }),
  )
  routes.use(
    paths.admin,
    adminRoutes({
      access,
      operators: app.operators,
      guesses,
      warnings: async () => [
        ...[proxyWarning(publication().url, config.trustProxy)].filter((warning) => warning !== undefined),
        ...(await webhookWarnings(app.inbound, config.providerSecrets)),
      ],
      problems: readinessProblems,
      lastCheckAt: () => scheduler()?.lastRunAt(),
      isWebOnly: config.role === 'web',
      ...(live && { live }),
      mailbox,
      doctor,
      lastDoctorReport: () => opened?.last(),
      lastBackup: () => lastBackup({ database: app.database, settings: config.backups, publication, clock: digests.clock }),
      digests,
      subscribers,
      webhooks,
      readership,
      pages,
      messages,
      templatesFolder: config.templatesFolder,
      sendRate: config.sendRate,
      triggerScheduler: () => scheduler()?.trigger(),
      clock: digests.clock,
      publication,
      articles,
    }),
  )
  routes.use(mediaRoutes(publication, app.mailPictures))
  routes.use(
    siteRoutes({
      publication,
      articles,
      findArticle: (slug) => app.articles.find(slug),
      subscribers,
      onSignUp: () => app.signUpProcessing.trigger(),
      digests,
      followed: app.followed,
      pages,
      messages,
      written,
      log,
      feedId: (path) => feeds.idOf(path),
      feedLinks: (scope) => feeds.links(scope),
      notice: () => mailbox && messages.text(publication().language, 'site.asked.mailbox'),
    }),
  )
  routes.use(reportFailure(log))
  const isTrusted: (address: string | undefined, hops: number) => boolean = routes.get('trust proxy fn')
  const ids = { makeId: requestIds(digests.clock.now()), isTrustedProxy: (address: string | undefined) => isTrusted(address, 0) }
  return { written, serve: (request, response) => identify(request, response, ids, () => routes(request, response)) }
}
