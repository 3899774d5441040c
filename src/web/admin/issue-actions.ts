import type { RequestHandler, Response } from 'express'
import type { DigestsContext } from '../../digests/context.ts'
import type { Issue, IssueState } from '../../digests/issue/issue.ts'
import {
  type Acting,
  type ActionOutcome,
  approveIssue,
  cancelIssue,
  decideUncertain,
  pauseIssue,
  resumeIssue,
  retryFailed,
} from '../../digests/issue/issue-actions.ts'
import { findIssue } from '../../digests/issue/issues.ts'
import { countUndecided } from '../../outbox/survey.ts'
import { type DeskContext, sendDeskPage, words } from './desk-page.ts'
import { issueHref, issueTitle, sendUnknownIssue, stateName } from './issue-view.ts'
import { actorOf } from './signed-in.ts'

type Verb = (context: DigestsContext, id: string, acting: Acting & { readonly group?: string | undefined }) => Promise<ActionOutcome>

/** The actions of the page of an issue, by the last part of their address. */
const verbs: Readonly<Record<string, Verb>> = {
  approve: approveIssue,
  pause: (context, id, { by, seenAt }) => pauseIssue(context, id, { by, seenAt }),
  resume: resumeIssue,
  cancel: cancelIssue,
  retry: retryFailed,
  resend: (context, id, acting) => decideUncertain(context, id, 'resend', acting),
  'let-be': (context, id, acting) => decideUncertain(context, id, 'let_be', acting),
}

export const issueDeeds = Object.keys(verbs)
/** Actions that cannot be taken back ask first. */
export const issueQuestions = ['cancel', 'resend', 'let-be'] as const
type Question = (typeof issueQuestions)[number]

/** Carries out one action and goes back to the page of the issue, which says what was done. 409 if the issue has moved on meanwhile. */
export function actOnIssue(desk: DeskContext, deed: string): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const { id } = request.params
    const form = (request.body ?? {}) as Record<string, unknown>
    const group = typeof form.group === 'string' ? form.group : undefined
    const outcome = await (verbs[deed] as Verb)(desk.digests, id, { by: actorOf(response), seenAt: seenAtOf(form.seen_at), group })
    if (outcome.status === 'unknown') return sendUnknownIssue(desk, response)
    if (outcome.status === 'refused') return sendConflict(desk, response, deed, outcome.issue)
    desk.triggerScheduler()
    response.redirect(303, `${issueHref(desk, id)}?done=${deed}`)
  }
}

/** What an action that cannot be taken back will do, with the button that does it. */
export function askAboutIssue(desk: DeskContext, question: Question): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const found = await findIssue(desk.digests, request.params.id)
    if (!found) return sendUnknownIssue(desk, response)
    const { issue, counts } = found
    const isOver = issue.state === 'finished' || issue.state === 'cancelled'
    const count = question === 'cancel' ? counts.queued : await countUndecided(desk.digests.database, issue.id)
    const isPossible = question === 'cancel' ? !isOver : count > 0 && (question === 'let-be' || issue.state !== 'cancelled')
    if (!isPossible) return sendConflict(desk, response, question, issue)
    const key = question.replace('-', '_')
    const isCounted = issue.frozenAt !== undefined
    await sendDeskPage(
      desk,
      response,
      'issue-question',
      { title: words(desk, `issue.ask.${key}.title`, { issue: issueTitle(desk, issue, issue.content.digestTitle) }), place: 'issues' },
      {
        text: words(desk, `issue.ask.${key}.text`, { count, number: String(issue.number), is_counted: isCounted ? 'yes' : 'no' }),
        button: words(desk, `issue.ask.${key}.button`, { count }),
        action: `${issueHref(desk, issue.id)}/${question}`,
        back: issueHref(desk, issue.id),
        seen_at: desk.clock.now().getTime(),
        subject: issue.subject,
      },
    )
  }
}

/** The sentence about an action that was just carried out; null for anything else in the address, and once the issue has moved on. */
export function deedOf(desk: DeskContext, done: unknown, state: IssueState): string | null {
  if (typeof done !== 'string' || !Object.hasOwn(verbs, done)) return null
  const isStale =
    (done === 'pause' && state !== 'paused') ||
    (done === 'resume' && state === 'paused') ||
    (done === 'approve' && state === 'held') ||
    (done === 'cancel' && state !== 'cancelled')
  return isStale ? null : words(desk, `issue.done.${done.replace('-', '_')}`)
}

async function sendConflict(desk: DeskContext, response: Response, deed: string, issue: Issue): Promise<void> {
  response.status(409)
  await sendDeskPage(
    desk,
    response,
    'issue-conflict',
    { title: words(desk, 'issue.conflict.title'), place: 'issues' },
    {
      text: words(desk, 'issue.conflict.text', {
        action: deed.replace('-', '_'),
        issue: issueTitle(desk, issue, issue.content.digestTitle),
        state: stateName(desk, issue.state),
      }),
      back: issueHref(desk, issue.id),
    },
  )
}

/** Milliseconds since 1970, from our own form. Undefined if it is missing or no such number: the verb then takes the present. */
function seenAtOf(value: unknown): Date | undefined {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? new Date(Number(value)) : undefined
}
