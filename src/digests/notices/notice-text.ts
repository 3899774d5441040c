import type { Counts } from '../../outbox/delivery.ts'
import { fullTime } from '../../publication/format-date.ts'
import type { Publication } from '../../publication/publication.ts'
import { paths } from '../../publication/urls.ts'
import type { Issue } from '../issue/issue.ts'
import type { MissedSlots } from '../schedule/slot-store.ts'
import type { Trouble } from './notice-store.ts'

/** The text of a notice, in the email and on the desk: what happened, and what to do. */
export interface NoticeText {
  readonly subject: string
  readonly paragraphs: readonly string[]
}

export function heldText(publication: Publication, issue: Issue): NoticeText {
  const name = nameOf(publication, issue)
  const { reason = '', releaseAt } = issue.hold ?? {}
  const approve = `Approve it on the desk or by POST ${paths.apiIssue(issue.id)}/approve`
  return {
    subject: `${name} is held`,
    paragraphs: [
      `${name}, “${issue.subject}”, is held: ${reason}.`,
      releaseAt
        ? `It goes out automatically on ${fullTime(publication, releaseAt)}. ${approve} to send it now, or cancel it.`
        : `It is not sent until you approve it. ${approve}.`,
      'A second email shows the issue as its readers will get it. Its unsubscribe and preferences links do nothing.',
    ],
  }
}

export function pausedText(publication: Publication, issue: Issue): NoticeText {
  const name = nameOf(publication, issue)
  return {
    subject: `${name} is paused`,
    paragraphs: [
      `Sending of ${name}, “${issue.subject}”, is paused: ${issue.pauseReason ?? 'no reason was recorded'}.`,
      'Readers who have it will not get it again; nobody else gets it while it is paused. Fix the cause, then resume it on the desk or by ' +
        `POST ${paths.apiIssue(issue.id)}/resume.`,
    ],
  }
}

export function failedText(publication: Publication, issue: Issue, counts: Counts): NoticeText {
  const name = nameOf(publication, issue)
  return {
    subject: `${name} did not reach ${counts.failed} of ${counts.sent + counts.failed} readers`,
    paragraphs: [
      `${name}, “${issue.subject}”, is finished. Receiving servers accepted it for ${counts.sent} readers and refused it for ${counts.failed}.`,
      `GET ${paths.apiIssue(issue.id)}/deliveries?state=failed lists the reasons. Fix the cause, then retry them by ` +
        `POST ${paths.apiIssue(issue.id)}/retry.`,
    ],
  }
}

export function troubleText(publication: Publication, { digest, number, reason }: Trouble): NoticeText {
  const title = publication.digests.get(digest)?.title ?? digest
  const what = number === undefined ? title : `${title}, No. ${number},`
  return {
    subject: `${title} is stuck`,
    paragraphs: [`${what} cannot be prepared: ${reason}`, 'It is retried automatically.'],
  }
}

export function missedText(publication: Publication, { digest, count, first, last }: MissedSlots): NoticeText {
  const title = publication.digests.get(digest)?.title ?? digest
  const from = fullTime(publication, first)
  const when =
    count === 1 ? `Its slot of ${from} was missed` : `Its ${count} slots from ${from} to ${fullTime(publication, last)} were missed`
  return {
    subject: `${title} missed ${count === 1 ? 'a slot' : `${count} slots`}`,
    paragraphs: [
      `${when}: Broadsheet was not running within the allowed lateness.`,
      `Its articles go out with the next issue. To send them now: broadsheet send ${digest}`,
    ],
  }
}

/** Issues that a notice about many names. The desk lists all. */
const longestList = 10

/** The text of one email about several notices with one cause. */
export function bundledText(
  publication: Publication,
  kind: 'held' | 'paused' | 'stuck' | 'missed' | 'failed',
  notices: readonly (NoticeText & { readonly digest: string })[],
): NoticeText {
  const digests = new Set(notices.map(({ digest }) => digest))
  const [only = ''] = digests
  const issues = `${notices.length} issues${digests.size === 1 ? ` of ${publication.digests.get(only)?.title ?? only}` : ''}`
  const [subject, advice] = {
    held: [`${issues} are held`, 'Approve or cancel each of them on the desk. More that are held for the same reason appear there.'],
    paused: [`${issues} are paused`, 'Fix the cause, then resume each of them on the desk.'],
    stuck: [`${notices.length} digests or issues are stuck`, 'They are retried automatically.'],
    missed: [
      `${digests.size} digests missed slots`,
      'Their articles go out with the next issues. To send them now: broadsheet send DIGEST',
    ],
    failed: [`${issues} did not reach all readers`, 'The desk and the API list the reasons.'],
  }[kind] as [string, string]
  const more = notices.length - longestList
  return {
    subject,
    paragraphs: [
      ...notices.slice(0, longestList).map(({ paragraphs: [what = ''] }) => what),
      ...(more > 0 ? [`And ${more} more, which the desk lists.`] : []),
      advice,
    ],
  }
}

function nameOf(publication: Publication, issue: Issue): string {
  return `${publication.digests.get(issue.digest)?.title ?? issue.content.digestTitle} No. ${issue.number}`
}
