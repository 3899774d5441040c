import type { Counts } from '../../outbox/delivery.ts'
import { fullTime } from '../../publication/format-date.ts'
import type { Publication } from '../../publication/publication.ts'
import { paths } from '../../publication/urls.ts'
import type { Issue } from '../issue/issue.ts'
import type { MissedSlots } from '../schedule/slot-store.ts'
import type { Trouble } from './notice-store.ts'

/** What the operator reads, in the mail and on the desk: what happened, and what can be done. */
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
        ? `It goes out by itself on ${fullTime(publication, releaseAt)}. ${approve}, and it goes at once; cancel it, and it does not go.`
        : `It goes out when you approve it, and not by itself. ${approve}.`,
      'The issue follows as its readers would get it, in a mail of its own. Its links to leave and to choose do nothing.',
    ],
  }
}

export function pausedText(publication: Publication, issue: Issue): NoticeText {
  const name = nameOf(publication, issue)
  return {
    subject: `${name} is paused`,
    paragraphs: [
      `Sending of ${name}, “${issue.subject}”, is paused: ${issue.pauseReason ?? 'nobody said why'}.`,
      'Who has it has it once; nobody else gets it while it is paused. Once what is wrong is put right, resume it on the desk or by ' +
        `POST ${paths.apiIssue(issue.id)}/resume, and it goes on where it was.`,
    ],
  }
}

export function failedText(publication: Publication, issue: Issue, counts: Counts): NoticeText {
  const name = nameOf(publication, issue)
  return {
    subject: `${name} did not reach ${counts.failed} of ${counts.sent + counts.failed} readers`,
    paragraphs: [
      `${name}, “${issue.subject}”, is finished. The receiving side took it for ${counts.sent} and refused it for ${counts.failed}.`,
      `GET ${paths.apiIssue(issue.id)}/deliveries?state=failed says for each why. Once what is wrong is put right, ` +
        `POST ${paths.apiIssue(issue.id)}/retry tries those again.`,
    ],
  }
}

export function troubleText(publication: Publication, { digest, number, reason }: Trouble): NoticeText {
  const title = publication.digests.get(digest)?.title ?? digest
  const what = number === undefined ? title : `${title}, No. ${number},`
  return {
    subject: `${title} cannot go on`,
    paragraphs: [`${what} cannot be prepared: ${reason}`, 'It is tried again by itself, and goes on as soon as it can.'],
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
      `${when}: nothing was running until the allowed lateness was over.`,
      `What was to be in it goes with the next issue. To send it now: broadsheet send ${digest}`,
    ],
  }
}

function nameOf(publication: Publication, issue: Issue): string {
  return `${publication.digests.get(issue.digest)?.title ?? issue.content.digestTitle} No. ${issue.number}`
}
