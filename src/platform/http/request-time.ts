import type { IncomingMessage, ServerResponse } from 'node:http'

const timers = new WeakMap<IncomingMessage, NodeJS.Timeout>()

/**
 * Ends the connection if the body has not arrived `limitMs` after its head: a client that sends one byte at a time must not hold a
 * connection. Answers 408 (RFC 9110 §15.5.9) if no answer has begun. Node's own limit is one for all requests, and imports need a long one.
 */
export function limitRequestTime(request: IncomingMessage, response: ServerResponse, limitMs: number): void {
  if (!hasBody(request)) return
  const timer = setTimeout(() => {
    if (request.complete) return
    if (!response.headersSent) response.writeHead(408, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' })
    response.end('The request took too long.\n')
    request.destroy()
  }, limitMs)
  timer.unref()
  timers.set(request, timer)
  response.once('close', () => clearTimeout(timer))
}

/** Lifts that limit from one request, whose sender is known. Node's own limit stays. */
export function allowLongRequest(request: IncomingMessage): void {
  clearTimeout(timers.get(request))
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
