import type { IncomingMessage } from 'node:http'

/**
 * Turns a request target in absolute form into a path. A server must accept it, and take the host from it instead of the Host header
 * (RFC 9112 §3.2.2).
 */
export function readTarget(request: IncomingMessage): string {
  const target = request.url ?? '/'
  const absolute = target.startsWith('/') ? undefined : /^https?:\/\/([^/?#@]+)([^#]*)/i.exec(target)
  if (!absolute) return target
  const [, host = '', rest = ''] = absolute
  request.headers.host = host
  return rest.startsWith('/') ? rest : `/${rest}`
}
