import type { Request, RequestHandler, Response } from 'express'
import { auditOf } from '../../operators/audit.ts'
import { inEnglish, type MarkedText } from '../../platform/marked-text.ts'
import { shortTime } from '../../publication/format-date.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { erase } from '../../subscribers/erase.ts'
import { type ReaderHistory, readHistory } from '../../subscribers/history.ts'
import { amendSubscriber } from '../../subscribers/operator.ts'
import { stateOf } from '../../subscribers/subscriber.ts'
import { type DeskContext, markedWords, sendDeskPage, words } from './desk-page.ts'
import { doneWords, redirectDone, textIn, textsIn } from './forms.ts'
import { timelineOf } from './reader-timeline.ts'
import { stateName, textOf } from './readers.ts'
import { actorOf } from './signed-in.ts'

const eventsPerPage = 50
/** Changes by operators that are looked up. Earlier ones are in the audit log. */
const maxChanges = 200

type ReaderRequest = Request<{ id: string }>

/** One reader: state, choices, and everything that happened, latest first. */
export function showReader(desk: DeskContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const done = doneWords(desk, request, 'reader', ['saved', 'asked', 'paused', 'added', 'already'])
    await sendReader(desk, request, response, done === undefined ? {} : { done })
  }
}

/** Changes name, language and topics, and ends the digests that are not ticked. */
export function submitReader(desk: DeskContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const amended = await amendSubscriber(
      desk.subscribers,
      request.params.id,
      {
        name: textIn(request, 'name'),
        language: textIn(request, 'language'),
        topics: textsIn(request, 'topics'),
        digests: textsIn(request, 'digests'),
      },
      actorOf(response),
    )
    if (!amended) return sendUnknownReader(desk, response)
    if (!('status' in amended)) return redirectDone(desk, response, paths.adminReader(request.params.id), 'saved')
    response.status(422)
    await sendReader(desk, request, response, {
      fault: markedWords(desk, 'field_fault', { field: words(desk, `reader.field.${amended.field}`), reason: inEnglish(amended.reason) }),
    })
  }
}

/** Erases all data about the reader. */
export function submitErasure(desk: DeskContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const isSure = textIn(request, 'sure') === 'yes'
    if (!isSure) {
      response.status(422)
      return sendReader(desk, request, response, { eraseFault: words(desk, 'reader.erase.not_sure') })
    }
    if (!(await erase(desk.subscribers, request.params.id, actorOf(response)))) return sendUnknownReader(desk, response)
    redirectDone(desk, response, paths.adminReaders, 'erased')
  }
}

async function sendReader(
  desk: DeskContext,
  request: ReaderRequest,
  response: Response,
  page: { readonly done?: string; readonly fault?: MarkedText; readonly eraseFault?: string },
): Promise<void> {
  const history = await readHistory(desk.subscribers, request.params.id)
  if (!history) return sendUnknownReader(desk, response)
  const { subscriber, suppression } = history
  const publication = desk.publication()
  const changes = await auditOf(desk.operators, subscriber.id, maxChanges)
  const events = timelineOf(desk, history, changes)
  const first = (numberOf(textOf(request, 'page')) - 1) * eventsPerPage
  const href = localPath(publication, paths.adminReader(subscriber.id))
  await sendDeskPage(
    desk,
    response,
    'reader',
    { title: subscriber.email, place: 'readers' },
    {
      done: page.done ?? null,
      fault: page.fault ?? null,
      erase_fault: page.eraseFault ?? null,
      readers_href: localPath(publication, paths.adminReaders),
      suppressions_href: `${localPath(publication, paths.adminSuppressions)}?email=${encodeURIComponent(subscriber.email)}`,
      one: {
        href,
        name: subscriber.name,
        language: subscriber.language,
        state: stateName(desk, stateOf(subscriber.subscriptions)),
        added: shortTime(publication, subscriber.createdAt),
        paused: subscriber.pausedUntil && subscriber.pausedUntil > desk.clock.now() ? shortTime(publication, subscriber.pausedUntil) : null,
        suppressed: suppression ? words(desk, 'suppressions.reason.name', { reason: suppression.reason }) : null,
        sent: history.deliveries.filter(({ state }) => state === 'sent').length,
      },
      ...choicesOf(desk, history),
      events: events.slice(first, first + eventsPerPage),
      event_count: events.length,
      newer: first > 0 ? `${href}?page=${first / eventsPerPage}` : null,
      older: first + eventsPerPage < events.length ? `${href}?page=${first / eventsPerPage + 2}` : null,
    },
  )
}

/** What the form offers. A digest that the reader does not get cannot be ticked: only the reader can ask for it. */
function choicesOf(desk: DeskContext, { subscriber }: ReaderHistory) {
  const { digests, topics, languages } = desk.publication()
  return {
    digests: subscriber.subscriptions
      .filter(({ state }) => state !== 'unsubscribed')
      .map(({ digest, state }) => ({ name: digest, title: digests.get(digest)?.title ?? digest, state: stateName(desk, state) })),
    topics: [...topics].map(([name, title]) => ({ name, title, is_chosen: subscriber.topics.includes(name) })),
    languages: languages.map((language) => ({ value: language, is_chosen: language === subscriber.language })),
  }
}

/** From 1 on. */
function numberOf(text: string): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : 1
  return Math.max(1, number)
}

export async function sendUnknownReader(desk: DeskContext, response: Response): Promise<void> {
  response.status(404)
  const text = words(desk, 'reader.unknown')
  await sendDeskPage(desk, response, 'message', { title: words(desk, 'missing.title'), place: 'readers' }, { text })
}
