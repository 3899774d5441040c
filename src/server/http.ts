import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Application, ErrorRequestHandler, RequestHandler } from 'express'
import type { PublishedFeeds } from '../app/feeds.ts'
import type { App } from '../app/rest.ts'
import type { Config } from '../config.ts'
import type { Scheduler } from '../digests/schedule/scheduler.ts'
import type { Providers } from '../inbound/provider-webhooks.ts'
import { answerOtherMethod } from '../platform/http/method-not-allowed.ts'
import { type Log, logError } from '../platform/log.ts'
import { redact } from '../platform/redact.ts'
import { paths, patterns } from '../publication/urls.ts'
import { whatIsNotReady } from './readiness.ts'

type Listener = (request: IncomingMessage, response: ServerResponse) => void

/**
 * Everything that can be reached by HTTP. Feeds are answered before Express touches the request, and Express is loaded
 * when the first request needs it: a server that is polled by feed readers starts at once and stays small. All but feeds
 * waits until the app is open.
 */
export function openHttp(
  config: Config,
  restOpening: Promise<App>,
  published: PublishedFeeds,
  log: Log,
  scheduler: () => Scheduler | undefined,
): Listener {
  let loading: Promise<Listener> | undefined
  let pages: Listener | undefined
  return (request, response) => {
    if (published.feeds.answer(request, response)) {
      published.readership.note(request.url ?? '', request.headers['user-agent'])
      return
    }
    if (pages) return pages(request, response)
    loading ??= openPages(config, restOpening, published, log, scheduler)
    loading.then(
      (opened) => {
        pages = opened
        opened(request, response)
      },
      (error: Error) => {
        // Tried again with the next request: what was missing may be there by then.
        loading = undefined
        logError(log, error, 'the pages cannot be served')
        response.writeHead(500, { 'Content-Type': 'text/plain; charset=utf-8' }).end('This page cannot be shown just now.\n')
      },
    )
  }
}

async function openPages(
  config: Config,
  restOpening: Promise<App>,
  published: PublishedFeeds,
  log: Log,
  scheduler: () => Scheduler | undefined,
): Promise<Listener> {
  const [app, { default: express }, { openPages }, { siteRoutes }, { mediaRoutes }, { adminRoutes }, { apiRoutes }] = await Promise.all([
    restOpening,
    import('express'),
    import('../platform/pages.ts'),
    import('../web/site/routes.ts'),
    import('../web/site/media.ts'),
    import('../web/admin/routes.ts'),
    import('../web/api/routes.ts'),
  ])
  const pages = openPages(config.templatesFolder)
  const publication = () => app.publication.current()
  const articles = () => app.articles.current()
  const { subscribers, digests, access, mailbox } = app
  const { feeds, readership } = published
  const routes = express()
  routes.disable('x-powered-by')
  routes.set('trust proxy', config.trustProxy)
  routes.set('query parser', 'simple')
  addOperations(routes, { config, app, readership, log, scheduler })
  routes.use(
    paths.api,
    apiRoutes({ access, digests, subscribers, templatesFolder: config.templatesFolder, triggerScheduler: () => scheduler()?.trigger() }),
  )
  routes.use(
    paths.admin,
    adminRoutes({
      access,
      mailbox,
      digests,
      subscribers,
      readership,
      pages,
      templatesFolder: config.templatesFolder,
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
      log,
      feedLinks: (scope) => feeds.links(scope),
      notice: mailbox && 'Nothing leaves this machine: the mail waits in the built-in mailbox, on the desk.',
    }),
  )
  routes.use(reportFailure(log))
  return routes
}

interface OperationsContext {
  readonly config: Config
  readonly app: App
  readonly readership: PublishedFeeds['readership']
  readonly log: Log
  readonly scheduler: () => Scheduler | undefined
}

/** What machines ask for: health, readiness, metrics, and the webhooks of mail providers. */
function addOperations(routes: Application, { config, app, readership, log, scheduler }: OperationsContext): void {
  const { subscribers, digests, access } = app
  const articles = () => app.articles.current()
  let providers: Providers | undefined
  routes.all([paths.health, paths.readiness, paths.metrics, patterns.media], refuseUnless('GET', 'HEAD'))
  routes.all(patterns.inbound, refuseUnless('POST'))
  routes.get(paths.health, (_request, response) => void response.type('text').set('Cache-Control', 'no-store').send('ok\n'))
  routes.get(paths.readiness, async (_request, response) => {
    const faults = await whatIsNotReady(app, scheduler())
    for (const fault of faults) log.warn(`not ready: ${fault}`)
    // Names and reasons are for whoever reads the log; anybody may ask here.
    const parts = faults.map((fault) => fault.slice(0, fault.indexOf(':')))
    response
      .status(faults.length > 0 ? 503 : 200)
      .type('text')
      .set('Cache-Control', 'no-store')
      .send(faults.length > 0 ? `not ready: ${[...new Set(parts)].join(', ')}\n` : 'ready\n')
  })
  routes.get(paths.metrics, async (request, response, next) => {
    const { metricsHandler } = await import('./metrics.ts')
    await metricsHandler({ access, articles, digests, subscribers, readership })(request, response, next)
  })
  routes.post(patterns.inbound, async (request, response, next) => {
    const { webhookHandler, providersWith } = await import('../inbound/provider-webhooks.ts')
    providers ??= providersWith(config.providerSecrets)
    await webhookHandler(app.inbound, providers)(request, response, next)
  })
}

/** Lets these methods pass. */
function refuseUnless(...methods: readonly string[]): RequestHandler {
  return (request, response, next) => {
    if (methods.includes(request.method)) return next()
    return answerOtherMethod(request, response, methods, (allowed) => response.type('text').send(`This address takes ${allowed} only.\n`))
  }
}

/** What no door has answered for: an address that cannot be decoded is the client's fault, the rest is ours and is only logged. */
function reportFailure(log: Log): ErrorRequestHandler {
  return (error: Error & { status?: number }, request, response, next) => {
    if (response.headersSent) {
      next(error)
      return
    }
    const isTheirs = error.status !== undefined && error.status < 500
    if (!isTheirs) logError(log, error, 'a request failed', { path: redact(request.path) })
    response
      .status(isTheirs ? (error.status ?? 400) : 500)
      .type('text')
      .send(isTheirs ? 'This address cannot be read.\n' : 'Something went wrong here.\n')
  }
}
