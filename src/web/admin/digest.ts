import type { Request, RequestHandler, Response } from 'express'
import { definitionOf } from '../../digests/context.ts'
import type { NextPreviews, PreviewOutcome } from '../../digests/edition/next-preview.ts'
import { type FullPreview, nothingToShow, sendTest } from '../../digests/edition/preview.ts'
import { holdNextIssue, isNextHeld, releaseNextIssue } from '../../digests/issue/hold-next.ts'
import { latestIssuesOf } from '../../digests/issue/issues.ts'
import { type NextIssue, planNextIssue } from '../../digests/issue/next-issue.ts'
import { nextSlots } from '../../digests/schedule/slots.ts'
import { type Finding, placeIn, textOf } from '../../platform/finding.ts'
import { inScheme, messagePolicy, messageSandbox, withBlankTarget } from '../../platform/http/preview-sandbox.ts'
import { inEnglish, type MarkedText } from '../../platform/marked-text.ts'
import { fullTime } from '../../publication/format-date.ts'
import type { DigestDefinition } from '../../publication/publication.ts'
import { describeSchedule } from '../../publication/schedule.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { currentReaders } from '../../subscribers/reader-counts.ts'
import { countReaders } from '../../subscribers/readers.ts'
import { deskLanguage } from './desk-language.ts'
import { type DeskContext, markedWords, reasonWords, sendDeskPage, words } from './desk-page.ts'
import { followedLast } from './followed.ts'
import { nextIssueValues } from './next-issue.ts'
import { pastIssueValues } from './past-issue.ts'
import { actorOf, signedIn } from './signed-in.ts'

/** In the order of the tabs. Views with a frame show the HTML part. */
const views = {
  desktop: { isFramed: true },
  phone: { isFramed: true },
  dark: { isFramed: true },
  'no-pictures': { isFramed: true },
  text: { isFramed: false },
  source: { isFramed: false },
} as const

type View = keyof typeof views

/** The page of an issue with more articles does not wait for its mail: the frame does. */
const articlesWaitedFor = 50
const slotsShown = 5
const issuesShown = 10

/** What a page may say that an action before it did: `?done=KEY`. */
const doneKeys = ['test', 'held', 'released'] as const

/** What the next issue of a digest would be, in every view, with the findings about it, and what can be done with it. */
export function showDigest(desk: DeskContext, previews: NextPreviews): RequestHandler<{ name: string; view?: string }> {
  return async (request, response) => {
    const definition = definitionOf(desk.digests, request.params.name)
    const view = (request.params.view ?? 'desktop') as View
    if (!definition || !Object.hasOwn(views, view)) return sendUnknownDigest(desk, response)
    await sendDigest(desk, previews, response, definition, { view, done: request.query.done })
  }
}

interface DigestPage {
  readonly view: View
  /** From the address of the page, not yet checked. */
  readonly done?: unknown
  /** A form that was refused. */
  readonly refused?: { readonly error: string; readonly to: string }
}

async function sendDigest(
  desk: DeskContext,
  previews: NextPreviews,
  response: Response,
  definition: DigestDefinition,
  { view, done, refused }: DigestPage,
): Promise<void> {
  const publication = desk.publication()
  const address = localPath(publication, paths.adminDigest(definition.name))
  const [next, readers, past] = await Promise.all([
    planNextIssue(desk.digests, definition),
    // Counting a million readers takes longer than a page may: the last count of the day tells enough.
    currentReaders(desk.subscribers).then(async (counts) => counts?.of ?? (await countReaders(desk.subscribers))),
    latestIssuesOf(desk.digests, definition.name, issuesShown),
  ])
  const preview = await previewFor(previews, definition, next, view)
  const slots = nextSlots(definition, publication.timezone, desk.clock.now(), slotsShown)
  await sendDeskPage(
    desk,
    response,
    'digest',
    { title: definition.title, place: 'digests' },
    {
      rhythm: describeSchedule(definition, deskLanguage(), desk.messages),
      problem: preview && 'problem' in preview ? problemWords(desk, preview.problem) : null,
      view,
      tabs: Object.keys(views).map((name) => ({
        label: words(desk, `digest.view_${name.replace('-', '_')}`),
        href: name === 'desktop' ? address : `${address}/${name}`,
        is_current: name === view,
      })),
      frame: views[view].isFramed ? `${address}/frame/${view}` : null,
      sandbox: messageSandbox,
      followed: await followedLast(desk, past[0]?.issue),
      ...(!preview || 'problem' in preview ? { mail: null, findings: [], warnings: [] } : previewValues(desk, preview)),
      is_rendering: preview === undefined,
      done: doneKeys.find((key) => key === done) ?? null,
      error: refused?.error ?? null,
      digest: {
        href: address,
        readers: readers.get(definition.name) ?? 0,
        send_href: localPath(publication, paths.adminSend(definition.name)),
        slots: slots.map((slot) => fullTime(publication, slot)),
        timezone: publication.timezone,
        is_held_next: await isNextHeld(desk.digests, definition.name),
        hold: holdWords(desk, definition),
      },
      next: nextIssueValues(desk, definition, next, slots[0]),
      test: { has_address: operatorAddress(response) !== undefined, to: refused?.to ?? publication.adminEmail ?? '' },
      past: past.map((one) => pastIssueValues(desk, one)),
      past_href: `${localPath(publication, paths.adminIssues)}?digest=${encodeURIComponent(definition.name)}`,
    },
  )
}

/** What the settings do with each issue of the digest before it goes out; null for nothing. */
function holdWords(desk: DeskContext, { hold }: DigestDefinition): string | null {
  if (hold === undefined) return null
  if (hold === 'until_approved') return words(desk, 'digest.hold_until_approved')
  return words(desk, 'digest.hold_ahead', { minutes: Math.round(hold.aheadMs / 60_000) })
}

/** The address of the operator who works at the desk; undefined for whoever entered without one. */
function operatorAddress(response: Response): string | undefined {
  return signedIn(response).name || undefined
}

/** Sends the real thing to one address: the operator's own, or the one that the form names. */
export function testDigest(desk: DeskContext, previews: NextPreviews): RequestHandler<{ name: string }> {
  return async (request, response) => {
    const definition = definitionOf(desk.digests, request.params.name)
    if (!definition) return sendUnknownDigest(desk, response)
    const typed = typeof request.body?.to === 'string' ? request.body.to.trim().slice(0, 320) : ''
    const tested = await sendTest(desk.digests, definition, operatorAddress(response) ?? typed, actorOf(response))
    if (tested.status === 'invalid') {
      response.status(422)
      const error = words(desk, 'suppressions.invalid')
      return sendDigest(desk, previews, response, definition, { view: 'desktop', refused: { error, to: typed } })
    }
    backToDigest(desk, response, definition, 'test')
  }
}

/** Holds the next scheduled issue until it is approved. Idempotent. */
export function holdDigest(desk: DeskContext): RequestHandler<{ name: string }> {
  return withDigest(desk, async (definition, response) => {
    await holdNextIssue(desk.digests, definition, actorOf(response))
    backToDigest(desk, response, definition, 'held')
  })
}

/** Takes that back. Idempotent. */
export function releaseDigest(desk: DeskContext): RequestHandler<{ name: string }> {
  return withDigest(desk, async (definition, response) => {
    await releaseNextIssue(desk.digests, definition.name, actorOf(response))
    backToDigest(desk, response, definition, 'released')
  })
}

function withDigest(
  desk: DeskContext,
  act: (definition: DigestDefinition, response: Response) => Promise<void>,
): RequestHandler<{ name: string }> {
  return async (request: Request<{ name: string }>, response) => {
    const definition = definitionOf(desk.digests, request.params.name)
    if (!definition) return sendUnknownDigest(desk, response)
    await act(definition, response)
  }
}

function backToDigest(desk: DeskContext, response: Response, { name }: DigestDefinition, done: (typeof doneKeys)[number]): void {
  response.redirect(303, `${localPath(desk.publication(), paths.adminDigest(name))}?done=${done}`)
}

/** The HTML part alone, in one view, for the frame of its page. */
export function showDigestFrame(desk: DeskContext, previews: NextPreviews): RequestHandler<{ name: string; view: string }> {
  return async (request, response) => {
    const definition = definitionOf(desk.digests, request.params.name)
    if (!definition) return sendUnknownDigest(desk, response)
    const preview = await previews.render(definition, await planNextIssue(desk.digests, definition))
    if (!preview) return sendUnknownDigest(desk, response)
    if ('problem' in preview) return sendProblem(desk, response, definition, preview.problem)
    const { view } = request.params
    response.set('Content-Security-Policy', messagePolicy({ pictures: view !== 'no-pictures' }))
    response.type('html').send(withBlankTarget(inScheme(preview.html, view === 'dark' ? 'dark' : 'light')))
  }
}

/** The preview, why there is none, or undefined while the page of a large issue does not wait for it. */
async function previewFor(
  previews: NextPreviews,
  definition: DigestDefinition,
  next: NextIssue,
  view: View,
): Promise<NonNullable<PreviewOutcome> | undefined> {
  const isWaitedFor = next.included.length <= articlesWaitedFor || !views[view].isFramed
  const known = isWaitedFor ? { outcome: await previews.render(definition, next) } : await previews.rendered(definition, next)
  if (!known) return undefined
  return known.outcome ?? { problem: nothingToShow }
}

/** Why there is no preview. The error of a broken template is a finding of `check`. */
function problemWords(desk: DeskContext, problem: string): MarkedText {
  if (problem !== nothingToShow) return inEnglish(problem)
  return markedWords(desk, 'digest.nothing_to_show', { reason: reasonWords(desk, problem) })
}

/** In the frame of a mail that cannot be rendered. */
async function sendProblem(desk: DeskContext, response: Response, { title }: DigestDefinition, problem: string): Promise<void> {
  response.status(404)
  await sendDeskPage(desk, response, 'message', { title, place: 'digests' }, { text: inEnglish(problem) })
}

function previewValues(desk: DeskContext, { from, subject, inboxLine, bytes, text, source, articles, warnings, findings }: FullPreview) {
  return {
    mail: { from, subject, inbox_line: inboxLine, kilobytes: Math.ceil(bytes / 1_024), text, source, article_count: articles.length },
    warnings: warnings.map(inEnglish),
    findings: findings.map((finding) => findingValues(desk, finding)),
  }
}

function findingValues(desk: DeskContext, finding: Finding) {
  const { contentFolder } = desk.publication()
  const place = placeIn(finding, { contentFolder, templatesFolder: desk.templatesFolder })
  return { severity: finding.severity, place, reason: inEnglish(textOf(finding)) }
}

export async function sendUnknownDigest(desk: DeskContext, response: Response): Promise<void> {
  response.status(404)
  await sendDeskPage(
    desk,
    response,
    'message',
    { title: words(desk, 'digest.unknown'), place: 'digests' },
    { text: words(desk, 'digest.unknown_text') },
  )
}
