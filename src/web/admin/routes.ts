import { type ErrorRequestHandler, type RequestHandler, Router, urlencoded } from 'express'
import { NextPreviews } from '../../digests/edition/next-preview.ts'
import { logFailure } from '../../platform/http/failure-status.ts'
import { showArticle } from './article.ts'
import { showArticles } from './articles.ts'
import { showAudit } from './audit.ts'
import { inDeskLanguage, speakLanguage } from './desk-language.ts'
import { type DeskContext, sendDeskPage, words } from './desk-page.ts'
import { holdDigest, releaseDigest, showDigest, showDigestFrame, testDigest } from './digest.ts'
import { holdAllSending, releaseAllSending, showDigests } from './digests.ts'
import { showDoctor } from './doctor.ts'
import { showIssue, showIssueFrame } from './issue.ts'
import { actOnIssue, askAboutIssue, issueDeeds, issueQuestions } from './issue-actions.ts'
import { showIssues } from './issues.ts'
import { LiveStreams } from './live.ts'
import { showLogin, showLoginLink, signInByLink, signOut, submitLogin } from './login.ts'
import { showMail, showMailbox, showMailFrame } from './mailbox.ts'
import { noteHandlers } from './note.ts'
import { invite, showOperator, showOperators, submitRemoval, submitRole } from './operators.ts'
import { showAddress, skipAddress, submitAddress } from './own-address.ts'
import { addReaderRoutes } from './reader-routes.ts'
import { sendNow, showSend } from './send.ts'
import { deskHeaders, refuseCrossSite, requireSession, scopeChecks } from './session-check.ts'
import { showSessions, submitSessionEnd } from './sessions.ts'
import { showSettings, submitLanguage } from './settings.ts'
import { showToday } from './today.ts'
import { showTokens, submitRevocation, submitToken } from './tokens.ts'
import {
  showWebhook,
  showWebhooks,
  submitReplay,
  submitRotation,
  submitWebhook,
  submitWebhookChange,
  submitWebhookRemoval,
  submitWebhookState,
  submitWebhookTest,
} from './webhooks.ts'

/** Routes of the desk, mounted at `/admin`. Without a session, only the log-in is reachable. */
export function adminRoutes(context: DeskContext): Router {
  const desk = inDeskLanguage(context)
  const routes = Router({ caseSensitive: true })
  routes.use(deskHeaders, speakLanguage(context), refuseCrossSite(desk))

  routes.get('/login', showLogin(desk))
  routes.post('/login', urlencoded({ extended: false, limit: '5kb' }), submitLogin(desk))
  routes.get('/login/:token', showLoginLink(desk))
  routes.post('/login/:token', signInByLink(desk))

  routes.use(requireSession(desk))
  routes.use(refuseNul(desk))
  const needs = scopeChecks(desk)
  const previews = new NextPreviews(desk.digests, desk.templatesFolder)
  const smallForm = urlencoded({ extended: false, limit: '5kb' })
  routes.post('/logout', urlencoded({ extended: false, limit: '1kb' }), signOut(desk))
  routes.get('/digests', needs('read'), showDigests(desk))
  routes.get('/', needs('read'), showToday(desk))
  routes.get('/live', needs('read'), new LiveStreams(desk).handler)
  routes.get('/digests/:name', needs('read'), showDigest(desk, previews))
  routes.get('/digests/:name/send', needs('send'), showSend(desk))
  routes.post('/digests/:name/send', needs('send'), smallForm, sendNow(desk))
  routes.post('/digests/:name/test', needs('send'), smallForm, testDigest(desk, previews))
  routes.post('/digests/:name/hold', needs('send'), holdDigest(desk))
  routes.post('/digests/:name/release', needs('send'), releaseDigest(desk))
  addNoteRoutes(routes, desk, needs)
  routes.get('/digests/:name/frame/:view', needs('read'), showDigestFrame(desk, previews))
  routes.get('/digests/:name/:view', needs('read'), showDigest(desk, previews))
  routes.get('/issues', needs('read'), showIssues(desk))
  routes.post('/sending/hold', needs('send'), holdAllSending(desk))
  routes.post('/sending/release', needs('send'), releaseAllSending(desk))
  routes.get('/articles', needs('read'), showArticles(desk))
  routes.get('/articles/*path', needs('read'), showArticle(desk))
  routes.get('/issues/:id', needs('read'), showIssue(desk))
  routes.get('/issues/:id/frame', needs('read'), showIssueFrame(desk))
  for (const question of issueQuestions) routes.get(`/issues/:id/${question}`, needs('send'), askAboutIssue(desk, question))
  for (const deed of issueDeeds)
    routes.post(`/issues/:id/${deed}`, needs('send'), urlencoded({ extended: false, limit: '5kb' }), actOnIssue(desk, deed))
  routes.get('/settings', needs('read'), showSettings(desk))
  routes.post('/language', needs('read'), smallForm, submitLanguage(desk))
  routes.get('/doctor', needs('read'), showDoctor(desk))
  addReaderRoutes(routes, desk, needs)
  addOperatorRoutes(routes, desk, needs)
  addWebhookRoutes(routes, desk, needs)
  if (desk.mailbox) {
    routes.get('/mailbox', needs('readers'), showMailbox(desk))
    routes.get('/mailbox/:id', needs('readers'), showMail(desk, undefined))
    routes.get('/mailbox/:id/text', needs('readers'), showMail(desk, 'text'))
    routes.get('/mailbox/:id/source', needs('readers'), showMail(desk, 'source'))
    routes.get('/mailbox/:id/html', needs('readers'), showMailFrame(desk))
  }
  routes.use(missing(desk))
  routes.use(failed(desk))
  return routes
}

/** The note of the next issue of a digest, and that of a held issue. */
function addNoteRoutes(routes: Router, desk: DeskContext, needs: ReturnType<typeof scopeChecks>): void {
  const form = urlencoded({ extended: false, limit: '200kb' })
  for (const [path, kind] of [
    ['/digests/:name/note', 'digest'],
    ['/issues/:name/note', 'issue'],
  ] as const) {
    const note = noteHandlers(desk, kind)
    routes.get(path, needs('send'), note.show)
    routes.post(path, needs('send'), form, note.save)
    routes.get(`${path}/file`, needs('send'), note.download)
    routes.post(`${path}/use-file`, needs('send'), form, note.useFile)
    routes.post(`${path}/frame`, needs('send'), form, note.frame)
  }
}

/** Operators, their API tokens and sessions, and the audit log. */
function addOperatorRoutes(routes: Router, desk: DeskContext, needs: ReturnType<typeof scopeChecks>): void {
  const form = urlencoded({ extended: false, limit: '5kb' })
  routes.get('/operators', needs('admin'), showOperators(desk))
  routes.post('/operators', needs('admin'), form, invite(desk))
  routes.get('/operators/:id', needs('admin'), showOperator(desk))
  routes.post('/operators/:id/role', needs('admin'), form, submitRole(desk))
  routes.post('/operators/:id/remove', needs('admin'), submitRemoval(desk))
  routes.get('/tokens', needs('read'), showTokens(desk))
  routes.post('/tokens', needs('read'), form, submitToken(desk))
  routes.post('/tokens/:id/revoke', needs('read'), submitRevocation(desk))
  routes.get('/sessions', needs('read'), showSessions(desk))
  routes.post('/sessions/:id/end', needs('read'), submitSessionEnd(desk))
  routes.get('/audit', needs('admin'), showAudit(desk))
  routes.get('/address', needs('admin'), showAddress(desk))
  routes.post('/address', needs('admin'), form, submitAddress(desk))
  routes.post('/address/skip', needs('admin'), skipAddress(desk))
}

/** Endpoints of webhooks with their log. An address may have 2,000 characters, each of which a form may write as nine. */
function addWebhookRoutes(routes: Router, desk: DeskContext, needs: ReturnType<typeof scopeChecks>): void {
  const form = urlencoded({ extended: false, limit: '30kb' })
  routes.get('/webhooks', needs('admin'), showWebhooks(desk))
  routes.post('/webhooks', needs('admin'), form, submitWebhook(desk))
  routes.get('/webhooks/:id', needs('admin'), showWebhook(desk))
  routes.post('/webhooks/:id/change', needs('admin'), form, submitWebhookChange(desk))
  routes.post('/webhooks/:id/enable', needs('admin'), submitWebhookState(desk, true))
  routes.post('/webhooks/:id/disable', needs('admin'), submitWebhookState(desk, false))
  routes.post('/webhooks/:id/rotate', needs('admin'), form, submitRotation(desk))
  routes.post('/webhooks/:id/test', needs('admin'), submitWebhookTest(desk))
  routes.post('/webhooks/:id/remove', needs('admin'), submitWebhookRemoval(desk))
  routes.post('/webhooks/:id/deliveries/:delivery/replay', needs('admin'), submitReplay(desk))
}

/** Nothing has a name with U+0000. PostgreSQL refuses such a text, and the page would fail. */
function refuseNul(desk: DeskContext): RequestHandler {
  const answer = missing(desk)
  return (request, response, next) => (request.url.includes('%00') ? answer(request, response, next) : next())
}

function missing(desk: DeskContext): RequestHandler {
  return async (_request, response) => {
    response.status(404)
    await sendDeskPage(
      desk,
      response,
      'message',
      { title: words(desk, 'missing.title'), place: 'today' },
      { text: words(desk, 'missing.text') },
    )
  }
}

/** 4xx errors are answered. Others are logged, without the path: it may contain a log-in token. */
function failed(desk: DeskContext): ErrorRequestHandler {
  return async (error, _request, response, next) => {
    if (response.headersSent) return next(error)
    const isClientError = typeof error?.status === 'number' && error.status >= 400 && error.status < 500
    const status = isClientError ? error.status : logFailure(desk.digests.log, response, error, 'could not render a desk page')
    response.status(status)
    try {
      // Outside: such a page needs neither the database nor the session.
      const head = { title: words(desk, isClientError ? 'failed.request.title' : 'failed.title'), place: 'outside' } as const
      await sendDeskPage(desk, response, 'message', head, { text: words(desk, isClientError ? 'failed.request.text' : 'failed.text') })
    } catch {
      response.type('text').send(failureText(status))
    }
  }
}

function failureText(status: number): string {
  if (status < 500) return 'Bad request.\n'
  return status === 503 ? 'The database is away. Try again in a minute.\n' : 'Something went wrong here. The log has the details.\n'
}
