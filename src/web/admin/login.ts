import type { Request, RequestHandler, Response } from 'express'
import { mailLoginLink } from '../../operators/login-mail.ts'
import { logError } from '../../platform/log.ts'
import { isLocal } from '../../platform/url-rules.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { type DeskContext, sendDeskPage, words } from './desk-page.ts'
import { textIn } from './forms.ts'
import { isEncrypted, sessionCookie, sessionOf } from './session-check.ts'
import { signedIn } from './signed-in.ts'

/** A form for a log-in link by mail, and one for the admin token. */
export function showLogin(desk: DeskContext): RequestHandler {
  return (request, response) => sendLogin(desk, request, response, {})
}

/** Mails a log-in link, or logs in with the admin token; 401 for any other token. */
export function submitLogin(desk: DeskContext): RequestHandler {
  return async (request, response) => {
    if (request.body?.email !== undefined) return mailLink(desk, request, response)
    const checked = await desk.guesses.checkAdminToken(request.ip, textIn(request, 'token').trim())
    switch (checked.status) {
      case 'limited':
        response.status(429).set('Retry-After', String(desk.guesses.retryAfter(request.ip)))
        return sendLogin(desk, request, response, { error: words(desk, 'login.limited') })
      case 'wrong':
        response.status(401)
        return sendLogin(desk, request, response, { error: words(desk, 'login.wrong') })
    }
    await enter(desk, request, response, await desk.access.makeLogin({ origin: 'token' }))
  }
}

/** Answers before it looks for the operator: neither the page nor its time tells who is one. */
async function mailLink(desk: DeskContext, request: Request, response: Response): Promise<void> {
  await sendLogin(desk, request, response, { isSent: true })
  await mailLoginLink(desk.operators, textIn(request, 'email')).catch((error: unknown) =>
    logError(desk.digests.log, error, 'could not mail a log-in link'),
  )
}

/** A page with one button: mail scanners open links, and a GET must not use up the link. */
export function showLoginLink(desk: DeskContext): RequestHandler {
  return (_request, response) =>
    sendDeskPage(desk, response, 'login-link', { title: words(desk, 'login.button'), place: 'outside' }, { is_spent: false })
}

/** Uses up the link and starts a session; 410 if the link was used or has expired (RFC 9110 §15.5.11). */
export function signInByLink(desk: DeskContext): RequestHandler<{ token: string }> {
  return (request, response) => enter(desk, request, response, request.params.token)
}

/** Ends the session of this browser, or with `everywhere` all sessions and unused log-in links that the operator may end. */
export function signOut(desk: DeskContext): RequestHandler {
  return async (request, response) => {
    if (request.body?.everywhere === undefined) await desk.access.endSession(sessionOf(request))
    // An operator logs out the own browsers, the holder of ADMIN_TOKEN everybody.
    else await desk.access.endAllSessions(signedIn(response).id ?? undefined)
    response.clearCookie(sessionCookie, { path: localPath(desk.publication(), paths.admin) })
    response.redirect(303, localPath(desk.publication(), paths.adminLogin))
  }
}

async function enter(desk: DeskContext, request: Request<{ token: string }> | Request, response: Response, login: string): Promise<void> {
  const spent = await desk.access.spendLogin(login)
  if (!spent) {
    response.status(410)
    return sendDeskPage(desk, response, 'login-link', { title: words(desk, 'login.spent.title'), place: 'outside' }, { is_spent: true })
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

async function sendLogin(
  desk: DeskContext,
  request: Request,
  response: Response,
  { error, isSent = false }: { readonly error?: string; readonly isSent?: boolean },
): Promise<void> {
  const head = { title: words(desk, error ? 'login.title.error' : 'login.title'), place: 'outside' } as const
  await sendDeskPage(desk, response, 'login', head, {
    error: error ?? null,
    is_sent: isSent,
    is_encrypted: isEncrypted(desk, request) || isLocal(request.hostname),
  })
}
