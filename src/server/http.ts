import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Application, ErrorRequestHandler, RequestHandler } from 'express'
import type { Publishing } from '../app/feeds.ts'
import type { House } from '../app/rest.ts'
import type { Config } from '../config.ts'
import type { Timekeeper } from '../digests/schedule/scheduler.ts'
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
 * waits until the house is built.
 */
export function openDoors(
  config: Config,
  building: Promise<House>,
  publishing: Publishing,
  log: Log,
  timekeeper: () => Timekeeper | undefined,
): Listener {
  let loading: Promise<Listener> | undefined
  let pages: Listener | undefined
  return (request, response) => {
    if (publishing.feeds.answer(request, response)) {
      publishing.readership.note(request.url ?? '', request.headers['user-agent'])
      return
    }
    if (pages) return pages(request, response)
    loading ??= openPages(config, building, publishing, log, timekeeper)
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
  building: Promise<House>,
  publishing: Publishing,
  log: Log,
  timekeeper: () => Timekeeper | undefined,
): Promise<Listener> {
  const [house, { default: express }, { openPages }, { siteRoutes }, { mediaRoutes }, { adminRoutes }, { apiRoutes }] = await Promise.all([
    building,
    import('express'),
    import('../platform/pages.ts'),
    import('../web/site/routes.ts'),
    import('../web/site/media.ts'),
    import('../web/admin/routes.ts'),
    import('../web/api/routes.ts'),
  ])
  const pages = openPages(config.templatesFolder)
  const publication = () => house.publication.current()
  const articles = () => house.articles.current()
  const { subscribers, digests, access, mailbox } = house
  const { feeds, readership } = publishing
  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', config.trustProxy)
  app.set('query parser', 'simple')
  addOperations(app, { config, house, readership, log, timekeeper })
  app.use(
    paths.api,
    apiRoutes({ access, digests, subscribers, templatesFolder: config.templatesFolder, triggerScheduler: () => timekeeper()?.trigger() }),
  )
  app.use(
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
  app.use(mediaRoutes(publication, house.mailPictures))
  app.use(
    siteRoutes({
      publication,
      articles,
      findArticle: (slug) => house.articles.find(slug),
      subscribers,
      onSignUp: () => house.intake.trigger(),
      digests,
      followed: house.followed,
      pages,
      log,
      feedLinks: (scope) => feeds.links(scope),
      notice: mailbox && 'Nothing leaves this machine: the mail waits in the built-in mailbox, on the desk.',
    }),
  )
  app.use(reportFailure(log))
  return app
}

interface OperationsContext {
  readonly config: Config
  readonly house: House
  readonly readership: Publishing['readership']
  readonly log: Log
  readonly timekeeper: () => Timekeeper | undefined
}

/** What machines ask for: health, readiness, metrics, and the webhooks of mail providers. */
function addOperations(app: Application, { config, house, readership, log, timekeeper }: OperationsContext): void {
  const { subscribers, digests, access } = house
  const articles = () => house.articles.current()
  let providers: Providers | undefined
  app.all([paths.health, paths.readiness, paths.metrics, patterns.media], refuseUnless('GET', 'HEAD'))
  app.all(patterns.inbound, refuseUnless('POST'))
  app.get(paths.health, (_request, response) => void response.type('text').set('Cache-Control', 'no-store').send('ok\n'))
  app.get(paths.readiness, async (_request, response) => {
    const faults = await whatIsNotReady(house, timekeeper())
    for (const fault of faults) log.warn(`not ready: ${fault}`)
    // Names and reasons are for whoever reads the log; anybody may ask here.
    const parts = faults.map((fault) => fault.slice(0, fault.indexOf(':')))
    response
      .status(faults.length > 0 ? 503 : 200)
      .type('text')
      .set('Cache-Control', 'no-store')
      .send(faults.length > 0 ? `not ready: ${[...new Set(parts)].join(', ')}\n` : 'ready\n')
  })
  app.get(paths.metrics, async (request, response, next) => {
    const { metricsHandler } = await import('./metrics.ts')
    await metricsHandler({ access, articles, digests, subscribers, readership })(request, response, next)
  })
  app.post(patterns.inbound, async (request, response, next) => {
    const { webhookHandler, providersWith } = await import('../inbound/provider-webhooks.ts')
    providers ??= providersWith(config.providerSecrets)
    await webhookHandler(house.inbound, providers)(request, response, next)
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
