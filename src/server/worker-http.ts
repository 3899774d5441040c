import type { PublishedFeeds } from '../app/feeds.ts'
import type { App } from '../app/rest.ts'
import type { Config } from '../config.ts'
import { type Log, logError } from '../platform/log.ts'
import type { RequestListener } from './listen.ts'
import { addOperations, reportFailure } from './operations.ts'

/** The request listener of a process with the role `worker`: health, readiness and metrics. Everything else is a 404. */
export function openWorkerHttp(
  config: Config,
  restOpening: Promise<App>,
  published: PublishedFeeds,
  log: Log,
  readinessProblems: () => readonly string[],
): RequestListener {
  let loading: Promise<RequestListener> | undefined

  async function load(): Promise<RequestListener> {
    const [app, { default: express }] = await Promise.all([restOpening, import('express')])
    const routes = express()
    routes.disable('x-powered-by')
    routes.set('trust proxy', config.trustProxy)
    addOperations(routes, { config, app, readership: published.readership, readinessProblems })
    routes.use((_request, response) => {
      response.status(404).type('text').send('This process is a worker: pages and feeds are served by others.\n')
    })
    routes.use(reportFailure(log))
    return routes
  }

  return (request, response) => {
    response.setHeader('X-Content-Type-Options', 'nosniff')
    loading ??= load()
    loading.then(
      (routes) => routes(request, response),
      (error: Error) => {
        // The next request tries again: the cause may be gone by then.
        loading = undefined
        logError(log, error, 'could not load the routes of a worker')
        response.writeHead(500, { 'Content-Type': 'text/plain; charset=utf-8' }).end('Try again in a minute.\n')
      },
    )
  }
}
