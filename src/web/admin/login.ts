import type { Request, RequestHandler, Response } from 'express'
import { isLocal } from '../../platform/url-rules.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { type DeskContext, sendDeskPage } from './desk-page.ts'
import { isEncrypted, sessionCookie, sessionOf } from './session-check.ts'

/** A form for the admin token, for operators without a log-in link. */
export function showLogin(desk: DeskContext): RequestHandler {
  return (request, response) => sendLogin(desk, request, response, undefined)
}

/** Logs in with the admin token of the API; 401 for any other token. */
export function signInByToken(desk: DeskContext): RequestHandler {
  return async (request, response) => {
    const token: unknown = request.body?.token
    const checked = await desk.guesses.checkAdminToken(request.ip, typeof token === 'string' ? token.trim() : '')
    switch (checked.status) {
      case 'limited':
        response.status(429).set('Retry-After', String(desk.guesses.retryAfter(request.ip)))
        return sendLogin(desk, request, response, 'Too many tries. Wait 15 minutes, or use a log-in link.')
      case 'wrong': {
        response.status(401)
        const error = 'This is not the admin token. It was made when the service first started, or set as ADMIN_TOKEN.'
        return sendLogin(desk, request, response, error)
      }
    }
    await enter(desk, request, response, await desk.access.makeLogin())
  }
}

/** A page with one button: mail scanners open links, and a GET must not use up the link. */
export function showLoginLink(desk: DeskContext): RequestHandler {
  return (_request, response) =>
    sendDeskPage(desk, response, 'login-link', { title: 'Open the desk', place: 'outside' }, { is_spent: false })
}

/** Uses up the link and starts a session; 410 if the link was used or has expired (RFC 9110 §15.5.11). */
export function signInByLink(desk: DeskContext): RequestHandler<{ token: string }> {
  return (request, response) => enter(desk, request, response, request.params.token)
}

/** Ends the session of this browser, or with `everywhere` all sessions and unused log-in links. */
export function signOut(desk: DeskContext): RequestHandler {
  return async (request, response) => {
    if (request.body?.everywhere === undefined) await desk.access.endSession(sessionOf(request))
    else await desk.access.endAllSessions()
    response.clearCookie(sessionCookie, { path: localPath(desk.publication(), paths.admin) })
    response.redirect(303, localPath(desk.publication(), paths.adminLogin))
  }
}

async function enter(desk: DeskContext, request: Request<{ token: string }> | Request, response: Response, login: string): Promise<void> {
  const spent = await desk.access.spendLogin(login)
  if (!spent) {
    response.status(410)
    return sendDeskPage(desk, response, 'login-link', { title: 'This link does not work any more', place: 'outside' }, { is_spent: true })
  }
  response.cookie(sessionCookie, spent.session, {
    httpOnly: true,
    sameSite: 'lax',
    path: localPath(desk.publication(), paths.admin),
    secure: isEncrypted(desk, request),
    maxAge: spent.maxAgeMs,
  })
  response.redirect(303, localPath(desk.publication(), paths.admin))
}

async function sendLogin(desk: DeskContext, request: Request, response: Response, error: string | undefined): Promise<void> {
  const head = { title: error ? 'Error: Log in' : 'Log in', place: 'outside' } as const
  await sendDeskPage(desk, response, 'login', head, {
    error: error ?? null,
    is_encrypted: isEncrypted(desk, request) || isLocal(request.hostname),
  })
}
