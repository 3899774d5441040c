import type { Counts } from '../../outbox/delivery.ts'
import { type Words, wordsIn } from '../../platform/messages.ts'
import { fullTime } from '../../publication/format-date.ts'
import type { Publication } from '../../publication/publication.ts'
import { paths } from '../../publication/urls.ts'
import type { Endpoint } from '../../webhooks/endpoint.ts'
import type { DigestsContext } from '../context.ts'
import type { Issue } from '../issue/issue.ts'
import { reasonIn } from '../reasons.ts'
import type { MissedSlots } from '../schedule/slot-store.ts'
import type { Trouble } from './notice-store.ts'

/** The text of a notice, in the email and on the desk: what happened, and what to do. */
export interface NoticeText {
  readonly subject: string
  readonly paragraphs: readonly string[]
}

/** Notices are in the publication's language. */
export interface NoticeContext {
  readonly publication: Publication
  readonly words: Words
}

export function noticeContext({ publication: current, messages }: DigestsContext): NoticeContext {
  const publication = current()
  return { publication, words: wordsIn(messages, publication.language) }
}

export function heldText(context: NoticeContext, issue: Issue): NoticeText {
  const { publication, words } = context
  const name = nameOf(context, issue)
  const { reason = '', releaseAt } = issue.hold ?? {}
  const path = `${paths.apiIssue(issue.id)}/approve`
  return {
    subject: words('notice.held.subject', { issue: name }),
    paragraphs: [
      words('notice.held.text', { issue: name, subject: issue.subject, reason: reasonIn(words, reason) }),
      releaseAt ? words('notice.held.release', { time: fullTime(publication, releaseAt), path }) : words('notice.held.wait', { path }),
      words('notice.held.copy'),
    ],
  }
}

export function pausedText(context: NoticeContext, issue: Issue): NoticeText {
  const { words } = context
  const name = nameOf(context, issue)
  const reason = issue.pauseReason === undefined ? words('notice.paused.no_reason') : reasonIn(words, issue.pauseReason)
  return {
    subject: words('notice.paused.subject', { issue: name }),
    paragraphs: [
      words('notice.paused.text', { issue: name, subject: issue.subject, reason }),
      words('notice.paused.advice', { path: `${paths.apiIssue(issue.id)}/resume` }),
    ],
  }
}

export function failedText(context: NoticeContext, issue: Issue, { sent, failed }: Counts): NoticeText {
  const { words } = context
  const name = nameOf(context, issue)
  const path = paths.apiIssue(issue.id)
  return {
    subject: words('notice.failed.subject', { issue: name, failed, total: sent + failed }),
    paragraphs: [
      words('notice.failed.text', { issue: name, subject: issue.subject, sent, failed }),
      words('notice.failed.advice', { list: `${path}/deliveries?state=failed`, path: `${path}/retry` }),
    ],
  }
}

export function troubleText(context: NoticeContext, { digest, number, reason }: Trouble): NoticeText {
  const { words } = context
  const title = titleOf(context, digest)
  return {
    subject: words('notice.stuck.subject', { digest: title }),
    paragraphs: [
      number === undefined
        ? words('notice.stuck.digest', { digest: title, reason })
        : words('notice.stuck.issue', { digest: title, number, reason }),
      words('notice.stuck.advice'),
    ],
  }
}

export function missedText(context: NoticeContext, { digest, count, first, last }: MissedSlots): NoticeText {
  const { publication, words } = context
  return {
    subject: words('notice.missed.subject', { digest: titleOf(context, digest), count }),
    paragraphs: [
      words('notice.missed.text', { count, first: fullTime(publication, first), last: fullTime(publication, last) }),
      words('notice.missed.advice', { command: `broadsheet send ${digest}` }),
    ],
  }
}

/** The host only: the rest of the address may be a secret. */
export function webhookText({ words }: NoticeContext, { id, url, failures, disabledReason }: Endpoint): NoticeText {
  const { host } = new URL(url)
  const log = `broadsheet webhooks log ${id}`
  if (disabledReason !== undefined) {
    const command = `broadsheet webhooks change ${id} --enable`
    return {
      subject: words('notice.webhook.disabled_subject', { host }),
      paragraphs: [
        words('notice.webhook.disabled', { host, reason: reasonIn(words, disabledReason) }),
        words('notice.webhook.enable', { log, command }),
      ],
    }
  }
  return {
    subject: words('notice.webhook.subject', { host }),
    paragraphs: [words('notice.webhook.text', { host, count: failures }), words('notice.webhook.advice', { log })],
  }
}

/** Issues that a notice about many names. The desk lists all. */
const longestList = 10

/** The text of one email about several notices with one cause. */
export function bundledText(
  context: NoticeContext,
  kind: 'held' | 'paused' | 'stuck' | 'missed' | 'failed' | 'webhook',
  notices: readonly (NoticeText & { readonly digest: string })[],
): NoticeText {
  const { words } = context
  const digests = new Set(notices.map(({ digest }) => digest))
  const [only = ''] = digests
  const count = notices.length
  const issues =
    digests.size === 1 ? words('notice.many.issues_of', { count, digest: titleOf(context, only) }) : words('notice.many.issues', { count })
  const [subject, advice] = {
    held: () => [words('notice.many.held.subject', { issues }), words('notice.many.held.advice')],
    paused: () => [words('notice.many.paused.subject', { issues }), words('notice.many.paused.advice')],
    stuck: () => [words('notice.many.stuck.subject', { count }), words('notice.many.stuck.advice')],
    missed: () => [
      words('notice.many.missed.subject', { count: digests.size }),
      words('notice.many.missed.advice', { command: 'broadsheet send DIGEST' }),
    ],
    webhook: () => [
      words('notice.many.webhook.subject', { count }),
      words('notice.many.webhook.advice', { command: 'broadsheet webhooks log ID' }),
    ],
    failed: () => [words('notice.many.failed.subject', { issues }), words('notice.many.failed.advice')],
  }[kind]() as [string, string]
  const more = count - longestList
  return {
    subject,
    paragraphs: [
      ...notices.slice(0, longestList).map(({ paragraphs: [what = ''] }) => what),
      ...(more > 0 ? [words('notice.many.more', { count: more })] : []),
      advice,
    ],
  }
}

function titleOf({ publication }: NoticeContext, digest: string, otherwise: string = digest): string {
  return publication.digests.get(digest)?.title ?? otherwise
}

function nameOf(context: NoticeContext, { digest, content, number }: Issue): string {
  return context.words('notice.issue', { digest: titleOf(context, digest, content.digestTitle), number })
}
