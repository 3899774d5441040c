import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { Config } from '../config.ts'
import { limitRequestTime } from '../platform/http/request-time.ts'
import { type Log, logError } from '../platform/log.ts'
import { StartFailure } from '../platform/start-failure.ts'

// An import reads every export of node:http. Its WebSocket loads undici, which costs 25 ms and 13 MB.
const { createServer }: typeof import('node:http') = createRequire(import.meta.url)('node:http')

export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void

export interface ListeningServer {
  readonly server: Server
  /** Hands over the requests that came before, and all later ones. */
  open(listener: RequestListener): void
  /** Allows this many connections beside `connectionLimits.connections`, for the streams of the desk, which have a limit of their own. */
  allowBeside(connections: number): void
}

export const connectionLimits = {
  /** Open connections. Each holds some memory; Node closes further ones at once. */
  connections: 1_000,
  /** From the head of a request to the end of its body. Imports are allowed `requestTimeout`. */
  bodyMs: 60_000,
  /** Without a byte in either direction: a client that does not read its answer. */
  idleMs: 5 * 60_000,
}

const options: ServerOptions = {
  /** An upload of a million readers takes as long as its import. Node's default of five minutes would end it. */
  requestTimeout: 30 * 60_000,
  headersTimeout: 20_000,
  connectionsCheckingInterval: 5_000,
}

/** One warning in this time: a flood of connections must not become a flood of log lines. */
const warnEveryMs = 60_000

/** Listens on the port. Requests wait until `open` is called. */
export async function listen(config: Config, log: Log): Promise<ListeningServer> {
  let listener: RequestListener | undefined
  const early: Parameters<RequestListener>[] = []
  const server = createServer(options, (request, response) => {
    limitRequestTime(request, response, connectionLimits.bodyMs)
    if (listener) listener(request, response)
    else early.push([request, response])
  })
  server.maxConnections = connectionLimits.connections
  server.timeout = connectionLimits.idleMs
  warnOfDrops(server, log)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new StartFailure([describeListenError(error, config)], { cause: error })))
    server.listen(config.port, config.host, resolve)
  })
  server.on('error', (error) => logError(log, error, 'the web server failed'))
  return {
    server,
    allowBeside(connections) {
      server.maxConnections = connectionLimits.connections + connections
    },
    open(opened) {
      listener = opened
      for (const [request, response] of early.splice(0)) opened(request, response)
    },
  }
}

function warnOfDrops(server: Server, log: Log): void {
  let isQuiet = false
  server.on('drop', () => {
    if (isQuiet) return
    isQuiet = true
    log.warn({ connections: connectionLimits.connections }, 'too many open connections: new ones are closed')
    setTimeout(() => {
      isQuiet = false
    }, warnEveryMs).unref()
  })
}

function describeListenError(error: NodeJS.ErrnoException, { host, port }: Config): string {
  if (error.code === 'EADDRINUSE') return `PORT: ${port} on ${host} is in use by another program; set PORT to a free one`
  if (error.code === 'EACCES') return `PORT: this user may not listen on port ${port}; set PORT to one above 1023`
  return `HOST, PORT: cannot listen on ${host}:${port} (${error.code ?? error.message})`
}

/** Closes idle connections at once; running answers have five seconds to finish. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const deadline = setTimeout(() => server.closeAllConnections(), 5_000)
  await closed
  clearTimeout(deadline)
}
