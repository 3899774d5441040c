import type { Application, ErrorRequestHandler, RequestHandler } from 'express'
import type { PublishedFeeds } from '../app/feeds.ts'
import type { App } from '../app/rest.ts'
import type { Config } from '../config.ts'
import type { Providers } from '../inbound/provider-webhooks.ts'
import { logFailure } from '../platform/http/failure-status.ts'
import { answerOtherMethod } from '../platform/http/method-not-allowed.ts'
import type { Log } from '../platform/log.ts'
import { redact } from '../platform/redact.ts'
import { paths, patterns } from '../publication/urls.ts'

export interface OperationsContext {
  readonly config: Config
  readonly app: App
  readonly readership: PublishedFeeds['readership']
  readonly readinessProblems: () => readonly string[]
}

/** Routes for machines: health, readiness, metrics, and the webhooks of mail providers, which a worker does not receive. */
export function addOperations(routes: Application, { config, app, readership, readinessProblems }: OperationsContext): void {
  const { subscribers, digests, guesses } = app
  const articles = () => app.articles.current()
  let providers: Providers | undefined
  routes.all([paths.health, paths.readiness, paths.metrics], allowOnly('GET', 'HEAD'))
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
  if (config.role === 'worker') return
  routes.all(patterns.media, allowOnly('GET', 'HEAD'))
  routes.all(patterns.inbound, allowOnly('POST'))
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

/** Errors that no router handled: 4xx for an address that cannot be decoded; anything else is logged and answered with 500, or 503 while the database is away. */
export function reportFailure(log: Log): ErrorRequestHandler {
  return (error: Error & { status?: number }, request, response, next) => {
    if (response.headersSent) {
      next(error)
      return
    }
    const isClientError = error.status !== undefined && error.status < 500
    if (isClientError) {
      response
        .status(error.status ?? 400)
        .type('text')
        .send('Bad request: the address cannot be decoded.\n')
      return
    }
    const status = logFailure(log, response, error, 'request failed', { path: redact(request.path) })
    const text = status === 503 ? 'The database is away. Try again in a minute.\n' : 'Something went wrong here. The log has the details.\n'
    response.status(status).type('text').send(text)
  }
}
