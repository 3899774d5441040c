import type { Request, RequestHandler, Response } from 'express'
import { definitionOf } from '../../digests/context.ts'
import { floodOfArticles, listKey } from '../../digests/issue/choose-articles.ts'
import { createIssue } from '../../digests/issue/create-issue.ts'
import { issueByKey } from '../../digests/issue/issues.ts'
import { type NextIssue, planNextIssue } from '../../digests/issue/next-issue.ts'
import { secondsToSend } from '../../digests/issue/sending-speed.ts'
import { describeFaults } from '../../digests/notes/issue-note.ts'
import { nextSlot } from '../../digests/schedule/slots.ts'
import { readSendingHold } from '../../outbox/sending-hold.ts'
import { inEnglish, type MarkedText } from '../../platform/marked-text.ts'
import { fullTime } from '../../publication/format-date.ts'
import type { DigestDefinition } from '../../publication/publication.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { countReaders } from '../../subscribers/readers.ts'
import { type DeskContext, markedWords, sendDeskPage, words } from './desk-page.ts'
import { sendUnknownDigest } from './digest.ts'
import { makeFormKey, readFormKey } from './form-key.ts'
import { sessionOf } from './session-check.ts'
import { actorOf } from './signed-in.ts'

/** Why the page is shown again: nothing was sent. */
type Refusal =
  | { readonly kind: 'changed' | 'readers_changed' }
  | { readonly kind: 'note'; readonly reason: string }
  | { readonly kind: 'typed'; readonly typed: string; readonly expected: number }

/** Says what sending now would do, and asks. */
export function showSend(desk: DeskContext): RequestHandler<{ name: string }> {
  return async (request, response) => {
    const definition = definitionOf(desk.digests, request.params.name)
    if (!definition) return sendUnknownDigest(desk, response)
    await sendConfirmation(desk, request, response, definition, undefined)
  }
}

/** Creates the issue that the form's page has shown, once for each form key, and opens its page. */
export function sendNow(desk: DeskContext): RequestHandler<{ name: string }> {
  return async (request, response) => {
    const definition = definitionOf(desk.digests, request.params.name)
    if (!definition) return sendUnknownDigest(desk, response)
    const key = readFormKey(desk.digests, { session: sessionOf(request), digest: definition.name }, request.body?.key)
    if (key.status === 'foreign') return sendRefused(desk, response, definition, 403, 'foreign')
    const sent = await issueByKey(desk.digests, definition.name, key.issueKey)
    if (sent) return openIssue(desk, response, sent.id)
    if (key.status === 'expired') return sendRefused(desk, response, definition, 410, 'expired')

    const { shown } = key
    const readers = await readersOf(desk, definition)
    if (readers === 0) return sendConfirmation(desk, request, response, definition, { kind: 'readers_changed' })
    const { confirmAbove } = desk.publication()
    if (shown.readers < confirmAbove && readers >= confirmAbove)
      return sendConfirmation(desk, request, response, definition, { kind: 'readers_changed' })
    const typed = typeof request.body?.readers === 'string' ? request.body.readers.slice(0, 40) : ''
    if (shown.readers >= confirmAbove && numberIn(typed) !== shown.readers)
      return sendConfirmation(desk, request, response, definition, { kind: 'typed', typed, expected: readers })

    const created = await createIssue(desk.digests, definition, { key: key.issueKey, listKey: shown.listKey, by: actorOf(response) })
    switch (created.status) {
      case 'created':
      case 'same':
        desk.triggerScheduler()
        return openIssue(desk, response, created.issue.id)
      case 'changed':
      case 'nothing_new':
        return sendConfirmation(desk, request, response, definition, { kind: 'changed' })
      case 'refused':
        return sendConfirmation(desk, request, response, definition, { kind: 'note', reason: created.reason })
      case 'taken':
        throw new Error(`createIssue without a slot returned ${created.status}`)
    }
  }
}

/** The number as typed: `4213`, `4,213`, `4.213` or `4 213`. */
function numberIn(typed: string): number | undefined {
  const digits = typed.normalize('NFKC').replace(/[\s.,'’_]/g, '')
  return /^\d{1,12}$/.test(digits) ? Number(digits) : undefined
}

/** Readers may have come or gone since the page was made. The issue page counts those who get it. */
function openIssue(desk: DeskContext, response: Response, id: string): void {
  response.redirect(303, localPath(desk.publication(), paths.adminIssue(id)))
}

async function readersOf(desk: DeskContext, definition: DigestDefinition): Promise<number> {
  return (await countReaders(desk.subscribers)).get(definition.name) ?? 0
}

async function sendConfirmation(
  desk: DeskContext,
  request: Request<{ name: string }>,
  response: Response,
  definition: DigestDefinition,
  refusal: Refusal | undefined,
): Promise<void> {
  const publication = desk.publication()
  const next = await planNextIssue(desk.digests, definition, { isByHand: true })
  const readers = await readersOf(desk, definition)
  const hold = await readSendingHold(desk.digests.database)
  const fault = next.noted.faults.length > 0 ? inEnglish(describeFaults(desk.digests, next.noted.faults)) : undefined
  const isPossible = next.isSendable && fault === undefined && readers > 0
  if (refusal) response.status(refusal.kind === 'typed' ? 422 : 409)
  const title = isPossible
    ? words(desk, 'send.title', { number: next.number, digest: definition.title })
    : words(desk, 'send.title_impossible', { digest: definition.title })
  await sendDeskPage(
    desk,
    response,
    'send',
    { title, place: 'digests' },
    {
      digest: { title: definition.title, href: localPath(publication, paths.adminDigest(definition.name)) },
      action: localPath(publication, paths.adminSend(definition.name)),
      error: refusal ? errorOf(desk, refusal) : null,
      typed: refusal?.kind === 'typed' ? refusal.typed : '',
      issue: isPossible ? await issueValues(desk, definition, next, readers) : null,
      impossible: isPossible
        ? null
        : fault === undefined
          ? words(desk, next.isSendable ? 'send.no_readers' : 'send.nothing_new')
          : markedWords(desk, 'send.error_note', { reason: fault }),
      held_since: hold ? fullTime(publication, hold.since) : null,
      must_type: readers >= publication.confirmAbove,
      key: isPossible
        ? makeFormKey(desk.digests, { session: sessionOf(request), digest: definition.name }, { listKey: listKey(next.included), readers })
        : null,
    },
  )
}

async function issueValues(desk: DeskContext, definition: DigestDefinition, next: NextIssue, readers: number): Promise<object> {
  const publication = desk.publication()
  const { sender } = publication
  const seconds = await secondsToSend(desk.digests, readers, desk.sendRate)
  const slot = nextSlot(definition, publication.timezone, desk.clock.now())
  return {
    number: next.number,
    subject: next.subject,
    readers,
    from: `${sender.name} <${sender.email}>`,
    article_count: next.included.length,
    articles: next.included.slice(0, definition.maxArticles).map(({ title }) => title),
    more: Math.max(0, next.included.length - definition.maxArticles),
    duration: durationOf(desk, seconds),
    afterwards: slot ? words(desk, 'send.next_slot', { slot: fullTime(publication, slot) }) : words(desk, 'send.next_published'),
    first_batch: definition.firstBatch !== undefined && definition.firstBatch < readers ? definition.firstBatch : null,
    skips_approval: definition.hold === 'until_approved',
    is_flood: next.included.length > floodOfArticles,
  }
}

function durationOf(desk: DeskContext, seconds: number | undefined): string {
  if (seconds === undefined) return words(desk, 'send.duration_unknown')
  if (seconds < 90) return words(desk, 'send.duration_short')
  return seconds < 5_400
    ? words(desk, 'send.duration_minutes', { count: Math.round(seconds / 60) })
    : words(desk, 'send.duration_hours', { count: Math.round(seconds / 3_600) })
}

function errorOf(desk: DeskContext, refusal: Refusal): string | MarkedText {
  if (refusal.kind === 'typed') return words(desk, 'send.error_typed', { readers: refusal.expected })
  if (refusal.kind === 'note') return markedWords(desk, 'send.error_note', { reason: inEnglish(refusal.reason) })
  return words(desk, `send.error_${refusal.kind}`)
}

async function sendRefused(
  desk: DeskContext,
  response: Response,
  definition: DigestDefinition,
  status: number,
  kind: 'foreign' | 'expired',
): Promise<void> {
  response.status(status)
  await sendDeskPage(
    desk,
    response,
    'send',
    { title: words(desk, 'send.refused'), place: 'digests' },
    {
      digest: { title: definition.title, href: localPath(desk.publication(), paths.adminDigest(definition.name)) },
      action: localPath(desk.publication(), paths.adminSend(definition.name)),
      error: null,
      typed: '',
      issue: null,
      impossible: words(desk, `send.${kind}`),
      again: true,
      held_since: null,
      must_type: false,
      key: null,
    },
  )
}
