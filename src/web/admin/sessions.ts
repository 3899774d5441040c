import type { RequestHandler } from 'express'
import { operatorNames } from '../../operators/operators.ts'
import { listSessions, revokeSession } from '../../operators/sessions.ts'
import { shortTime } from '../../publication/format-date.ts'
import { paths } from '../../publication/urls.ts'
import { type DeskContext, sendDeskPage, words } from './desk-page.ts'
import { doneWords, redirectDone } from './forms.ts'
import { actorOf, may, signedIn } from './signed-in.ts'

/** The operator's own sessions, for an owner those of all: when, how begun, last seen. */
export function showSessions(desk: DeskContext): RequestHandler {
  return async (request, response) => {
    const publication = desk.publication()
    const { id, sessionId } = signedIn(response)
    const sessions = may(response, 'admin') ? await listSessions(desk.operators) : await listSessions(desk.operators, id)
    const names = await operatorNames(
      desk.operators,
      sessions.map(({ operator }) => operator),
    )
    await sendDeskPage(
      desk,
      response,
      'sessions',
      { title: words(desk, 'settings.sessions'), place: 'settings' },
      {
        done: doneWords(desk, request, 'sessions', ['ended']) ?? null,
        sessions: sessions.map((session) => ({
          id: session.id,
          name: session.operator === null ? words(desk, 'operator.by_token') : (names.get(session.operator) ?? ''),
          began: shortTime(publication, session.createdAt),
          origin: words(desk, 'sessions.origin', { origin: session.origin || 'other' }),
          seen: session.lastSeenAt ? shortTime(publication, session.lastSeenAt) : words(desk, 'sessions.unknown'),
          is_current: session.id === sessionId,
        })),
      },
    )
  }
}

/** Ends a session: an own one, for an owner any. */
export function submitSessionEnd(desk: DeskContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const own = { operator: signedIn(response).id }
    await revokeSession(desk.operators, request.params.id, actorOf(response), may(response, 'admin') ? undefined : own)
    redirectDone(desk, response, paths.adminSessions, 'ended')
  }
}
