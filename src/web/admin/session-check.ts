import type { Request, RequestHandler } from 'express'
import helmet from 'helmet'
import { localPath, paths } from '../../publication/urls.ts'
import { type DeskContext, sendDeskPage } from './desk-page.ts'

export const sessionCookie = 'broadsheet_session'

/** The desk shows nothing from outside, is shown in no other site's frame, and is kept by no cache (RFC 9111 §5.2.2.5). */
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
      'img-src': ["'self'"],
      'frame-src': ["'self'"],
      'form-action': ["'self'"],
      'base-uri': ["'none'"],
      'frame-ancestors': ["'self'"],
    },
  },
  referrerPolicy: { policy: 'no-referrer' },
  strictTransportSecurity: false,
})

/** Who has no session is led to the log-in. */
export function requireSession(desk: DeskContext): RequestHandler {
  return (request, response, next) => {
    if (desk.access.isSession(readCookie(request, sessionCookie))) next()
    else response.redirect(303, localPath(desk.publication(), paths.adminLogin))
  }
}

/** Refuses what another site's page made the browser send; who sends neither header is no browser that could be made to. */
export function refuseCrossSite(desk: DeskContext): RequestHandler {
  return async (request, response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD' || isOwn(request)) return next()
    response.status(403)
    await sendDeskPage(
      desk,
      response,
      'message',
      { title: 'Refused', place: 'outside' },
      {
        text: 'This request came from another site. Open the desk yourself and try again.',
      },
    )
  }
}

function isOwn(request: Request): boolean {
  const site = request.get('Sec-Fetch-Site')
  if (site !== undefined) return site === 'same-origin'
  const origin = request.get('Origin')
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === request.host)
}

/** One value of the Cookie header (RFC 6265 §4.2.1); '' where there is none of that name. */
function readCookie(request: Request, name: string): string {
  const pairs = (request.get('Cookie') ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? ''
}
