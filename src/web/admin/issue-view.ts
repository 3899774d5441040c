import type { Response } from 'express'
import type { IssueState } from '../../digests/issue/issue.ts'
import type { CountedIssue } from '../../digests/issue/issues.ts'
import { type IssueProgress, isRunning } from '../../digests/issue/progress.ts'
import { deliveryStates } from '../../outbox/delivery.ts'
import type { DomainCounts, Survey } from '../../outbox/survey.ts'
import { inEnglish } from '../../platform/marked-text.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { deskLanguage } from './desk-language.ts'
import { type DeskContext, markedWords, reasonWords, sendDeskPage, words } from './desk-page.ts'

/** What the pages of the desk say about issues, as values for their templates. Numbers are texts already. */

/** `The week, No. 12`. */
export function issueTitle(desk: DeskContext, { digest, number }: { digest: string; number: number }, digestTitle = digest): string {
  return words(desk, 'issue.title', { digest: desk.publication().digests.get(digest)?.title ?? digestTitle, number: String(number) })
}

export function issueHref(desk: DeskContext, id: string): string {
  return localPath(desk.publication(), paths.adminIssue(id))
}

export function inNumbers(desk: DeskContext, count: number): string {
  return words(desk, 'number', { count })
}

/**
 * For the partial `issue-progress`. Its element has `data-live="issue:ID"`; each number has `data-count` with the name of the count in
 * `liveIssueJson`, and the rest `data-part`, so that a script can keep them up to date.
 */
export function progressValues(desk: DeskContext, progress: IssueProgress) {
  const { id, state, counts, audience } = progress
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const settled = all - counts.queued - counts.handing_over
  return {
    live: `issue:${id}`,
    state,
    sentence: words(desk, audience === undefined ? 'issue.progress.so_far' : 'issue.progress.of', { settled, all }),
    is_begun: all > 0,
    settled,
    all,
    rate: rateOf(desk, progress),
    counts: deliveryStates.map((name) => ({ name, label: words(desk, `issue.count.${name}`), count: inNumbers(desk, counts[name]) })),
    total: inNumbers(desk, all),
  }
}

/** `18 a second, about 1 minute left`; '' for an issue that is not being sent. */
export function rateOf(desk: DeskContext, { state, perSecond, leftSeconds, counts }: IssueProgress): string {
  if (!isRunning(state)) return ''
  if (perSecond === undefined) return counts.queued > 0 ? words(desk, 'issue.rate.none') : ''
  const rate = words(desk, 'issue.rate.now', { rate: perSecond >= 10 ? Math.round(perSecond) : Number(perSecond.toPrecision(1)) })
  if (leftSeconds === undefined) return rate
  const minutes = Math.round(leftSeconds / 60)
  const left =
    leftSeconds < 60
      ? words(desk, 'issue.rate.left_seconds')
      : minutes < 90
        ? words(desk, 'issue.rate.left_minutes', { minutes })
        : words(desk, 'issue.rate.left_hours', { hours: Math.round(minutes / 60) })
  return words(desk, 'issue.rate.both', { rate, left })
}

export function stateName(desk: DeskContext, state: IssueState): string {
  return words(desk, `issue.state.${state}`)
}

/** Domains that have a line of their own. */
const domainLines = 20
const groupLines = 20
const causeLines = 20

/** The largest domains, and one line for all others. */
export function domainRows(desk: DeskContext, { domains }: Survey) {
  const shown = domains.slice(0, domainLines)
  const others = domains.slice(domainLines)
  const row = (domain: string, counts: Pick<DomainCounts, 'sent' | 'waiting' | 'failed' | 'rest' | 'bounced'>) => ({
    domain,
    sent: inNumbers(desk, counts.sent),
    waiting: inNumbers(desk, counts.waiting),
    failed: inNumbers(desk, counts.failed),
    rest: inNumbers(desk, counts.rest),
    bounced: inNumbers(desk, counts.bounced),
  })
  const rows = shown.map((one) => row(one.domain === '' ? words(desk, 'issue.domains.erased') : one.domain, one))
  if (others.length === 0) return rows
  const sum = (column: 'sent' | 'waiting' | 'failed' | 'rest' | 'bounced') => others.reduce((total, one) => total + one[column], 0)
  const rest = { sent: sum('sent'), waiting: sum('waiting'), failed: sum('failed'), rest: sum('rest'), bounced: sum('bounced') }
  return [...rows, row(words(desk, 'issue.domains.others', { count: others.length }), rest)]
}

/** `mask` is applied to texts of mail servers. */
export function failureRows(
  desk: DeskContext,
  { failures }: Survey,
  replies: ReadonlyMap<number, { readonly address: string; readonly reply: string | undefined }>,
  mask: (text: string) => string,
) {
  return failures.slice(0, groupLines).map((group) => {
    const example = replies.get(group.example)
    return {
      group: group.key,
      count: inNumbers(desk, group.count),
      text: group.text === '' ? words(desk, 'issue.failures.no_reply') : inEnglish(mask(group.text)),
      domains: group.domains.join(', '),
      example:
        example?.reply === undefined
          ? null
          : markedWords(desk, 'issue.failures.example', { address: mask(example.address), reply: inEnglish(mask(example.reply)) }),
      note: words(
        desk,
        group.mayPass ? 'issue.failures.may_pass' : group.isNoAddress ? 'issue.failures.no_address' : 'issue.failures.for_good',
      ),
      retry: group.mayPass ? words(desk, 'issue.retry_group', { count: group.count }) : null,
    }
  })
}

export function exampleIds({ failures }: Survey): number[] {
  return failures.slice(0, groupLines).map(({ example }) => example)
}

export function causeRows(desk: DeskContext, { causes }: Survey) {
  return causes.slice(0, causeLines).map(({ state, reason, count }) => ({
    state: words(desk, `issue.count.${state}`),
    reason: reason === '' ? words(desk, 'issue.failures.no_reply') : reasonWords(desk, reason),
    count: inNumbers(desk, count),
  }))
}

/** Bounces and complaints beside the sum: with their share of what was sent, which receivers judge us by. */
export function laterSentence(desk: DeskContext, { counts, later }: CountedIssue): string | null {
  if (later.bounced + later.complained === 0) return null
  const share = counts.sent > 0 ? later.complained / counts.sent : 0
  return words(desk, 'issue.later', {
    ...later,
    share: new Intl.NumberFormat(deskLanguage(), { style: 'percent', maximumFractionDigits: 2 }).format(share),
  })
}

export async function sendUnknownIssue(desk: DeskContext, response: Response): Promise<void> {
  response.status(404)
  const title = words(desk, 'issue.unknown.title')
  await sendDeskPage(desk, response, 'message', { title, place: 'issues' }, { text: words(desk, 'issue.unknown.text') })
}
