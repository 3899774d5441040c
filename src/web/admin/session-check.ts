import type { Request, RequestHandler, Response } from 'express'
import helmet from 'helmet'
import type { Scope } from '../../operators/roles.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { type DeskContext, sendDeskPage, words } from './desk-page.ts'
import { requireScope, type ScopeCheck } from './signed-in.ts'

export const sessionCookie = 'broadsheet_session'

/** The desk loads nothing from other sites, cannot be framed by them, and is never cached (RFC 9111 §5.2.2.5). */
export const deskHeaders: RequestHandler = (request, response, next) => {
  response.set('Cache-Control', 'no-store')
  response.set('X-Robots-Tag', 'noindex')
  headers(request, response, next)
}

const headers = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      'style-src': ["'self'"],
      'script-src': ["'self'"],
      'connect-src': ["'self'"],
      'img-src': ["'self'"],
      'frame-src': ["'self'"],
      'form-action': ["'self'"],
      'base-uri': ["'none'"],
      'frame-ancestors': ["'self'"],
    },
  },
  // Under no-referrer Chromium sends `Origin: null` with the desk's own forms.
  referrerPolicy: { policy: 'same-origin' },
  strictTransportSecurity: false,
})

/** Redirects requests without a session to the log-in. */
export function requireSession(desk: DeskContext): RequestHandler {
  return async (request, response, next) => {
    const holder = await desk.access.findSession(sessionOf(request))
    response.locals.signedIn = holder
    if (holder) next()
    else response.redirect(303, localPath(desk.publication(), paths.adminLogin))
  }
}

/** A handler that lets only operators with `scope` pass. Each route of the desk has one. */
export function scopeChecks(desk: DeskContext): (scope: Scope) => ScopeCheck {
  const refuse = (response: Response) =>
    sendDeskPage(desk, response, 'message', { title: words(desk, 'refused.title'), place: 'today' }, { text: words(desk, 'refused.role') })
  return (scope) => requireScope(scope, refuse)
}

/** Refuses cross-site requests. Requests without Sec-Fetch-Site and Origin pass: they do not come from a browser. */
export function refuseCrossSite(desk: DeskContext): RequestHandler {
  return async (request, response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD' || isSameOrigin(desk, request)) return next()
    response.status(403)
    await sendDeskPage(
      desk,
      response,
      'message',
      { title: words(desk, 'refused.title'), place: 'outside' },
      { text: words(desk, 'refused.cross_site') },
    )
  }
}

/** Browsers send Sec-Fetch-Site only over https and on loopback. A proxy may rewrite Host, so PUBLIC_URL's origin counts too. */
function isSameOrigin(desk: DeskContext, request: Request): boolean {
  const site = request.get('Sec-Fetch-Site')
  if (site !== undefined) return site === 'same-origin'
  const origin = request.get('Origin')
  if (origin === undefined) return true
  if (!URL.canParse(origin)) return false
  return new URL(origin).host === request.host || origin === new URL(desk.publication().url).origin
}

/** Whether this browser keeps a `Secure` cookie: it came by https, or by the host of an https PUBLIC_URL. */
export function isEncrypted(desk: DeskContext, request: Request): boolean {
  const own = new URL(desk.publication().url)
  return request.secure || (own.protocol === 'https:' && request.host === own.host)
}

/** The session cookie of a request; '' if it has none. */
export function sessionOf(request: Request): string {
  return readCookie(request, sessionCookie)
}

/** One value of the Cookie header (RFC 6265 §4.2.1); '' if the name is not set. */
function readCookie(request: Request, name: string): string {
  const pairs = (request.get('Cookie') ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? ''
}
