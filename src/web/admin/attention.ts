import { relative, sep } from 'node:path'
import type { Response } from 'express'
import type { ArticleProblem } from '../../articles/article.ts'
import { issueHeads, type RunningIssue } from '../../digests/issue/running.ts'
import type { Notice } from '../../digests/notices/notices.ts'
import type { ToldNotice } from '../../digests/notices/told-notices.ts'
import { listUndecided } from '../../outbox/uncertain.ts'
import { textOf } from '../../platform/finding.ts'
import { ForeignText, inEnglish, type MarkedText } from '../../platform/marked-text.ts'
import { fullTime, shortTime } from '../../publication/format-date.ts'
import type { Publication } from '../../publication/publication.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { deskLanguage } from './desk-language.ts'
import { type DeskContext, markedWords, reasonWords, words } from './desk-page.ts'
import { issueHref, issueTitle } from './issue-view.ts'
import { maskedFor, may } from './signed-in.ts'

/** Something for the operator to see to, with a link to the page on which that is done. */
export interface Attention {
  readonly text: string | MarkedText
  /** '' if `text` says all. */
  readonly detail: string | MarkedText
  readonly since: string | null
  readonly href: string | null
  /** The words of the link. */
  readonly action: string | null
}

/** Lines of one kind on the page. The pages behind them list all. */
const maxOfKind = 8

/** What needs attention, the most urgent first. Texts of mail servers are masked for viewers. */
export async function findAttention(
  desk: DeskContext,
  response: Response,
  notices: readonly ToldNotice[],
  warnings: readonly string[],
): Promise<Attention[]> {
  const undecided = await listUndecided(desk.digests.database)
  const ids = [...notices.flatMap(({ issueId }) => issueId ?? []), ...undecided.map(({ issueId }) => issueId)]
  const heads = await issueHeads(desk.digests, [...new Set(ids)].slice(0, 500))
  const mask = (text: string) => maskedFor(response, text)
  const issuesPage = hrefOf(desk, paths.adminIssues)
  return [
    ...(desk.problems?.() ?? []).map((problem) =>
      bare(markedWords(desk, 'today.attention.not_ready', { problem: inEnglish(mask(problem)) })),
    ),
    ...shortened(
      desk,
      notices.map((notice) => ofNotice(desk, response, notice, heads, mask)),
      issuesPage,
    ),
    ...shortened(
      desk,
      undecided.flatMap((one) => ofUncertain(desk, one, heads) ?? []),
      issuesPage,
    ),
    ...ofArticles(desk),
    ...warnings.map((warning) => bare(inEnglish(`${warning}.`))),
    ...ofDoctor(desk),
  ]
}

function bare(text: string | MarkedText): Attention {
  return { text, detail: '', since: null, href: null, action: null }
}

function shortened(desk: DeskContext, all: readonly Attention[], href: string): Attention[] {
  if (all.length <= maxOfKind) return [...all]
  const more = { ...bare(words(desk, 'today.attention.more', { count: all.length - maxOfKind })), href }
  return [...all.slice(0, maxOfKind), { ...more, action: words(desk, 'today.attention.show') }]
}

function ofNotice(
  desk: DeskContext,
  response: Response,
  notice: ToldNotice,
  heads: ReadonlyMap<string, RunningIssue>,
  mask: (text: string) => string,
): Attention {
  const { kind, digest, issueId, since } = notice
  const [subject, about] = [told(notice, notice.subject), told(notice, mask(notice.paragraphs[0] ?? ''))]
  const issue = issueId === undefined ? undefined : heads.get(issueId)
  const shared = { since: shortTime(desk.publication(), since) }
  if (!issue) {
    const lines = { ...shared, text: subject, detail: about }
    // Only a webhook that fails belongs to no digest.
    if (digest === '' && issueId === undefined) return { ...lines, ...linkToWebhooks(desk, response) }
    return {
      ...lines,
      href: desk.publication().digests.has(digest) ? hrefOf(desk, paths.adminDigest(digest)) : hrefOf(desk, paths.adminDigests),
      action: words(desk, 'today.attention.open_digest'),
    }
  }
  const action = words(desk, kind === 'held' ? 'today.attention.review' : 'today.attention.open')
  return { ...shared, text: subject, detail: detailOf(desk, notice, issue, mask) ?? about, href: issueHref(desk, issue.id), action }
}

/** A notice that could not be told anew is in the language in which it was stored. */
function told({ language }: ToldNotice, text: string): string | MarkedText {
  return language === deskLanguage() ? text : new ForeignText(text, language)
}

/** Only an owner may open that page. */
function linkToWebhooks(desk: DeskContext, response: Response): Pick<Attention, 'href' | 'action'> {
  if (!may(response, 'admin')) return { href: null, action: null }
  return { href: hrefOf(desk, paths.adminWebhooks), action: words(desk, 'today.attention.open_webhooks') }
}

/** Failures of the last report. Today asks for no new one: it would take half a minute. */
function ofDoctor(desk: DeskContext): Attention[] {
  const report = desk.lastDoctorReport?.()
  const count = report?.lines.filter(({ state }) => state === 'fail').length ?? 0
  if (!report || count === 0) return []
  const text = words(desk, 'today.attention.doctor', { count })
  const since = shortTime(desk.publication(), report.checkedAt)
  return [{ ...bare(text), since, href: hrefOf(desk, paths.adminDoctor), action: words(desk, 'today.attention.open_doctor') }]
}

/** Why, in one sentence. The paragraphs of a notice are for its mail. */
function detailOf(
  desk: DeskContext,
  { kind }: Notice,
  { hold, pauseReason }: RunningIssue,
  mask: (text: string) => string,
): MarkedText | undefined {
  if (kind === 'held' && hold) {
    const reason = reasonWords(desk, mask(hold.reason))
    const { releaseAt } = hold
    if (!releaseAt) return markedWords(desk, 'today.attention.held', { reason })
    return markedWords(desk, 'today.attention.held_until', { reason, at: fullTime(desk.publication(), releaseAt) })
  }
  if (kind === 'paused') return markedWords(desk, 'today.attention.paused', { reason: reasonWords(desk, mask(pauseReason ?? '')) })
  return undefined
}

function ofUncertain(
  desk: DeskContext,
  { issueId, count }: { readonly issueId: string; readonly count: number },
  heads: ReadonlyMap<string, RunningIssue>,
): Attention | undefined {
  const issue = heads.get(issueId)
  if (!issue) return undefined
  return {
    text: words(desk, 'today.attention.uncertain', { issue: issueTitle(desk, issue), count }),
    detail: words(desk, 'today.attention.uncertain.about'),
    since: null,
    href: issueHref(desk, issueId),
    action: words(desk, 'today.attention.decide'),
  }
}

/** Each error has a line, warnings have one together: with a warning the article is published. */
function ofArticles(desk: DeskContext): Attention[] {
  const publication = desk.publication()
  const { problems } = desk.articles()
  const errors = problems.filter(({ severity }) => severity === 'error')
  const others = problems.length - errors.length
  const href = hrefOf(desk, paths.adminArticles)
  const action = words(desk, 'today.attention.show')
  const lines = errors.map((problem) => {
    const { place, reason } = problemValues(publication, problem)
    return { text: inEnglish(`${place}: ${reason}`), detail: '', since: null, href, action }
  })
  if (others > 0) {
    const text = words(desk, 'today.attention.content_warnings', { count: others })
    return [...shortened(desk, lines, href), { text, detail: '', since: null, href, action }]
  }
  return shortened(desk, lines, href)
}

/** The same place and reason as `broadsheet check` prints: `articles/tides.md:3: publish_date …`. */
export function problemValues(publication: Publication, { severity, path, line, field, reason }: ArticleProblem) {
  const folder = articlesFolder(publication)
  return {
    severity,
    place: [folder === '' ? path : `${folder}/${path}`, line].filter((part) => part !== undefined).join(':'),
    reason: textOf({ field, reason }),
  }
}

export function articlesFolder({ contentFolder, articlesFolder }: Publication): string {
  return relative(contentFolder, articlesFolder).split(sep).join('/')
}

function hrefOf(desk: DeskContext, path: string): string {
  return localPath(desk.publication(), path)
}
