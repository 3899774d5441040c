import type { Request, RequestHandler, Response } from 'express'
import { rateLimit } from 'express-rate-limit'
import { localPath, paths } from '../../publication/urls.ts'
import { type DeskContext, sendDeskPage } from './desk-page.ts'
import { sessionCookie } from './session-check.ts'

/** A form for the admin token, for operators without a log-in link. */
export function showLogin(desk: DeskContext): RequestHandler {
  return (_request, response) => sendLogin(desk, response, undefined)
}

/** Logs in with the admin token of the API; 401 for any other token. */
export function signInByToken(desk: DeskContext): RequestHandler {
  return async (request, response) => {
    const token: unknown = request.body?.token
    if (typeof token !== 'string' || !desk.access.isAdminToken(token.trim())) {
      response.status(401)
      return sendLogin(desk, response, 'This is not the admin token. It was printed when the service first started, or set as ADMIN_TOKEN.')
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

export function signOut(desk: DeskContext): RequestHandler {
  return (_request, response) => {
    response.clearCookie(sessionCookie, { path: localPath(desk.publication(), paths.admin) })
    response.redirect(303, localPath(desk.publication(), paths.adminLogin))
  }
}

/** Limits failed log-ins: a generated token cannot be guessed, but a chosen ADMIN_TOKEN may be weak. */
export function limitGuesses(desk: DeskContext): RequestHandler {
  return rateLimit({
    windowMs: 15 * 60_000,
    limit: 10,
    skipSuccessfulRequests: true,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // TRUST_PROXY is the operator's choice; the library's checks of it only write to the console.
    validate: false,
    handler: async (_request, response) => {
      response.status(429)
      await sendLogin(desk, response, 'Too many tries. Wait 15 minutes, then try again.')
    },
  })
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
    secure: request.secure,
    maxAge: spent.maxAgeMs,
  })
  response.redirect(303, localPath(desk.publication(), paths.admin))
}

async function sendLogin(desk: DeskContext, response: Response, error: string | undefined): Promise<void> {
  await sendDeskPage(desk, response, 'login', { title: error ? 'Error: Log in' : 'Log in', place: 'outside' }, { error: error ?? null })
}
