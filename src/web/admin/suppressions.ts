import type { Request, RequestHandler, Response } from 'express'
import { shortTime } from '../../publication/format-date.ts'
import { localPath, paths } from '../../publication/urls.ts'
import {
  findSuppression,
  liftAddress,
  operatorReasons,
  pageOfSuppressions,
  type Suppression,
  suppressAddress,
} from '../../subscribers/suppress.ts'
import { type DeskContext, sendDeskPage, words } from './desk-page.ts'
import { doneWords, redirectDone, textIn } from './forms.ts'
import { textOf } from './readers.ts'
import { actorOf } from './signed-in.ts'

const perPage = 50

/** Addresses that get no mail, newest first. `?email=` asks for one, also for one that was erased. */
export function showSuppressions(desk: DeskContext): RequestHandler {
  return async (request, response) => {
    await sendSuppressions(desk, request, response, { done: doneWords(desk, request, 'suppressions', ['added', 'known', 'lifted']) })
  }
}

export function submitSuppression(desk: DeskContext): RequestHandler {
  return async (request, response) => {
    const email = textIn(request, 'email')
    const reason = operatorReasons.find((one) => one === textIn(request, 'reason')) ?? 'operator'
    const suppressed = await suppressAddress(desk.subscribers, email, reason, actorOf(response))
    if (suppressed) return redirectDone(desk, response, paths.adminSuppressions, suppressed.isNew ? 'added' : 'known')
    response.status(422)
    await sendSuppressions(desk, request, response, { given: email, fault: words(desk, 'suppressions.invalid') })
  }
}

/** Only for owners: whoever complained or was erased may get mail again. The address is typed, because of erased ones only a hash is known. */
export function submitLift(desk: DeskContext): RequestHandler {
  return async (request, response) => {
    const email = textIn(request, 'email')
    if (await liftAddress(desk.subscribers, email, actorOf(response)))
      return redirectDone(desk, response, paths.adminSuppressions, 'lifted')
    response.status(404)
    await sendSuppressions(desk, request, response, { liftFault: words(desk, 'suppressions.unknown') })
  }
}

async function sendSuppressions(
  desk: DeskContext,
  request: Request,
  response: Response,
  page: { readonly done?: string | undefined; readonly given?: string; readonly fault?: string; readonly liftFault?: string },
): Promise<void> {
  const publication = desk.publication()
  const path = localPath(publication, paths.adminSuppressions)
  const email = textOf(request, 'email').trim()
  const before = readPosition(textOf(request, 'before'))
  const one = email === '' ? undefined : await findSuppression(desk.subscribers, email)
  const found =
    email === '' ? await pageOfSuppressions(desk.subscribers, { limit: perPage + 1, ...(before ? { before } : {}) }) : one ? [one] : []
  const shown = found.slice(0, perPage)
  const last = found.length > perPage ? shown.at(-1) : undefined
  await sendDeskPage(
    desk,
    response,
    'suppressions',
    { title: words(desk, 'settings.suppressions'), place: 'settings' },
    {
      done: page.done ?? null,
      fault: page.fault ?? null,
      lift_fault: page.liftFault ?? null,
      given: page.given ?? '',
      asked: email,
      path,
      reasons: operatorReasons.map((reason) => ({ value: reason, label: words(desk, 'suppressions.reason.name', { reason }) })),
      suppressions: shown.map((each) => rowOf(desk, each, email)),
      next: last ? `${path}?before=${last.createdAt.getTime()}-${last.id}` : null,
    },
  )
}

function rowOf(desk: DeskContext, { addressKey, reason, createdAt, askedAt }: Suppression, asked: string) {
  const publication = desk.publication()
  return {
    email: addressKey ?? (asked === '' ? null : asked),
    reason: words(desk, 'suppressions.reason.name', { reason }),
    since: shortTime(publication, createdAt),
    asked: askedAt ? shortTime(publication, askedAt) : null,
  }
}

function readPosition(text: string): { createdAt: Date; id: string } | undefined {
  const [, at, id = ''] = /^(\d{1,15})-([\w-]+)$/.exec(text) ?? []
  return at === undefined ? undefined : { createdAt: new Date(Number(at)), id }
}
