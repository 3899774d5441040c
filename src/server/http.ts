import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Application, ErrorRequestHandler, RequestHandler } from 'express'
import type { PublishedFeeds } from '../app/feeds.ts'
import type { App } from '../app/rest.ts'
import type { Config } from '../config.ts'
import type { Scheduler } from '../digests/schedule/scheduler.ts'
import type { Doctor } from '../doctor/doctor.ts'
import type { Providers } from '../inbound/provider-webhooks.ts'
import { webhookWarnings } from '../inbound/webhook-secrets.ts'
import { answerOtherMethod } from '../platform/http/method-not-allowed.ts'
import { type Log, logError } from '../platform/log.ts'
import { redact } from '../platform/redact.ts'
import { paths, patterns } from '../publication/urls.ts'
import type { LiveContext } from '../web/admin/live-context.ts'
import type { WrittenPages } from '../web/site/written-pages.ts'
import { baseRemover } from './base-path.ts'
import { proxyWarning } from './proxy-warning.ts'
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
      return
    }
    if (pages) {
      if (!pages.written.answer(request, response)) pages.routes(request, response)
      return
    }
    loading ??= openPages(config, restOpening, published, log, scheduler, readinessProblems, live)
    loading.then(
      (opened) => {
        pages = opened
        opened.routes(request, response)
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

interface OpenPages {
  readonly routes: Listener
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
      ...(live && { live }),
      mailbox,
      doctor,
      lastDoctorReport: () => opened?.last(),
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
  return { routes, written }
}

interface OperationsContext {
  readonly config: Config
  readonly app: App
  readonly readership: PublishedFeeds['readership']
  readonly readinessProblems: () => readonly string[]
}

/** Routes for machines: health, readiness, metrics, and the webhooks of mail providers. */
function addOperations(routes: Application, { config, app, readership, readinessProblems }: OperationsContext): void {
  const { subscribers, digests, guesses } = app
  const articles = () => app.articles.current()
  let providers: Providers | undefined
  routes.all([paths.health, paths.readiness, paths.metrics, patterns.media], allowOnly('GET', 'HEAD'))
  routes.all(patterns.inbound, allowOnly('POST'))
  routes.get(paths.health, (_request, response) => void response.type('text').set('Cache-Control', 'no-store').send('ok\n'))
  routes.get(paths.readiness, (_request, response) => {
    const problems = readinessProblems()
    // Details only go to the log: this route needs no authentication.
    const parts = problems.map((problem) => problem.slice(0, problem.indexOf(':')))
    response
      .status(problems.length > 0 ? 503 : 200)
      .type('text')
      .set('Cache-Control', 'no-store')
      .send(problems.length > 0 ? `not ready: ${[...new Set(parts)].join(', ')}\n` : 'ready\n')
  })
  routes.get(paths.metrics, async (request, response, next) => {
    const { metricsHandler } = await import('./metrics.ts')
    await metricsHandler({ guesses, publicUrl: () => app.publication.current().url, articles, digests, subscribers, readership })(
      request,
      response,
      next,
    )
  })
  routes.post(patterns.inbound, async (request, response, next) => {
    const { webhookHandler, providersWith } = await import('../inbound/provider-webhooks.ts')
    providers ??= providersWith(config.providerSecrets)
    await webhookHandler(app.inbound, providers)(request, response, next)
  })
}

/** Answers all other methods with 405 (OPTIONS with 204). */
function allowOnly(...methods: readonly string[]): RequestHandler {
  return (request, response, next) => {
    if (methods.includes(request.method)) return next()
    return answerOtherMethod(request, response, methods, (allowed) =>
      response.type('text').send(`Method not allowed. Allowed: ${allowed}.\n`),
    )
  }
}

/** Errors that no router handled: 4xx for an address that cannot be decoded; anything else is logged and answered with 500. */
function reportFailure(log: Log): ErrorRequestHandler {
  return (error: Error & { status?: number }, request, response, next) => {
    if (response.headersSent) {
      next(error)
      return
    }
    const isClientError = error.status !== undefined && error.status < 500
    if (!isClientError) logError(log, error, 'request failed', { path: redact(request.path) })
    response
      .status(isClientError ? (error.status ?? 400) : 500)
      .type('text')
      .send(isClientError ? 'Bad request: the address cannot be decoded.\n' : 'Something went wrong here. The log has the details.\n')
  }
}
