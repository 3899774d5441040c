import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { hostname } from 'node:os'
import { withRequestId } from '../platform/request-id.ts'

/** UUIDs, nginx's `$request_id` and trace ids of load balancers. It goes into the log and into a header. */
const safeId = /^[\w.:=+/-]{1,128}$/

export interface RequestIdContext {
  readonly makeId: () => string
  readonly isTrustedProxy: (address: string | undefined) => boolean
}

/** Ids differ between processes, and do not tell how many requests there were. */
export function requestIds(startedAt: Date): () => string {
  let made = 0
  const own = `${hostname()} ${process.pid} ${startedAt.toISOString()}`
  return () => hash('sha256', `${own} ${made++}`, 'hex').slice(0, 32)
}

/**
 * Runs `work` with an id that each line of the log tells, and that the answer carries in `X-Request-Id`. The id of the request is used only
 * where a trusted proxy has sent it: a stranger could write what he likes into the log.
 */
export function identify(
  request: IncomingMessage,
  response: ServerResponse,
  { makeId, isTrustedProxy }: RequestIdContext,
  work: () => void,
): void {
  const given = request.headers['x-request-id']
  const isUsable = typeof given === 'string' && safeId.test(given) && isTrustedProxy(request.socket.remoteAddress)
  const id = isUsable ? given : makeId()
  response.setHeader('X-Request-Id', id)
  withRequestId(id, work)
}
