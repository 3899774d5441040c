import type { RequestHandler, Response } from 'express'
import { definitionOf } from '../../digests/context.ts'
import { type FullPreview, nothingToShow, previewInFull } from '../../digests/edition/preview.ts'
import { lastIssueOf } from '../../digests/issue/issues.ts'
import { type CountedLinkKind, followedIn } from '../../digests/link-counts/link-counts.ts'
import { type Finding, placeIn, textOf } from '../../platform/finding.ts'
import { inScheme, messagePolicy, messageSandbox, withBlankTarget } from '../../platform/http/preview-sandbox.ts'
import type { DigestDefinition } from '../../publication/publication.ts'
import { describeSchedule } from '../../publication/schedule.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { type DeskContext, sendDeskPage } from './desk-page.ts'

/** In the order of the tabs. Views with a frame show the HTML part. */
const views = {
  desktop: { label: 'Desktop', isFramed: true },
  phone: { label: 'Phone', isFramed: true },
  dark: { label: 'Dark', isFramed: true },
  'no-pictures': { label: 'Pictures off', isFramed: true },
  text: { label: 'Plain text', isFramed: false },
  source: { label: 'Source', isFramed: false },
} as const

type View = keyof typeof views

/** Shows the next issue of a digest in every view, with the findings about it. */
export function showDigest(desk: DeskContext): RequestHandler<{ name: string; view?: string }> {
  return async (request, response) => {
    const definition = definitionOf(desk.digests, request.params.name)
    const view = (request.params.view ?? 'desktop') as View
    if (!definition || !Object.hasOwn(views, view)) return sendUnknownDigest(desk, response)
    const head = { title: definition.title, place: 'digests' } as const
    const address = localPath(desk.publication(), paths.adminDigest(definition.name))
    const preview = await previewOrProblem(desk, definition)
    await sendDeskPage(desk, response, 'digest', head, {
      rhythm: describeSchedule(definition, desk.publication().language, desk.messages),
      problem: 'problem' in preview ? preview.problem : null,
      view,
      tabs: Object.entries(views).map(([name, { label }]) => ({
        label,
        href: name === 'desktop' ? address : `${address}/${name}`,
        is_current: name === view,
      })),
      frame: views[view].isFramed ? `${address}/frame/${view}` : null,
      sandbox: messageSandbox,
      followed: await followedLast(desk, definition.name),
      ...('problem' in preview ? { mail: null, findings: [], warnings: [] } : valuesOf(desk, preview)),
    })
  }
}

/** The link counts of the newest issue; null without any. */
async function followedLast(desk: DeskContext, digest: string): Promise<object | null> {
  const last = await lastIssueOf(desk.digests, digest)
  const followed = last ? await followedIn(desk.digests, last.issue.id) : []
  if (!last || followed.length === 0) return null
  const sumOf = (kind: CountedLinkKind) => followed.reduce((sum, one) => (one.kind === kind ? sum + one.count : sum), 0)
  return {
    number: last.issue.number,
    sums: countedLinkKinds.map((kind) => counted(sumOf(kind), ...words[kind])).filter((sum) => sum !== ''),
    counts_opens: followed.some((one) => one.kind === 'open'),
    links: followed
      .filter((one) => one.kind !== 'open' && one.count > 0)
      .map(({ kind, url, count }) => ({ kind: words[kind][0], url, count })),
  }
}

/** In the order of the page. */
const countedLinkKinds: readonly CountedLinkKind[] = ['call_to_action', 'article', 'text', 'open']

const words: Readonly<Record<CountedLinkKind, readonly [string, string]>> = {
  call_to_action: ['call to action', 'calls to action'],
  article: ['article', 'articles'],
  text: ['link in the text', 'links in the text'],
  open: ['opening', 'openings'],
}

function counted(count: number, one: string, many: string): string {
  return count === 0 ? '' : `${count} ${count === 1 ? one : many}`
}

/** The HTML part alone, in one view, for the frame of its page. */
export function showDigestFrame(desk: DeskContext): RequestHandler<{ name: string; view: string }> {
  return async (request, response) => {
    const definition = definitionOf(desk.digests, request.params.name)
    const preview = definition && (await previewOrProblem(desk, definition))
    if (!preview || 'problem' in preview) return sendUnknownDigest(desk, response)
    const { view } = request.params
    response.set('Content-Security-Policy', messagePolicy({ pictures: view !== 'no-pictures' }))
    response.type('html').send(withBlankTarget(inScheme(preview.html, view === 'dark' ? 'dark' : 'light')))
  }
}

/** The preview, or the error of a broken template: the page shows it instead. */
async function previewOrProblem(desk: DeskContext, definition: DigestDefinition): Promise<FullPreview | { problem: string }> {
  try {
    return (
      (await previewInFull(desk.digests, definition, desk.templatesFolder)) ?? { problem: `There is nothing to show: ${nothingToShow}.` }
    )
  } catch (error) {
    return { problem: (error as Error).message }
  }
}

function valuesOf(desk: DeskContext, { from, subject, inboxLine, bytes, text, source, articles, warnings, findings }: FullPreview) {
  return {
    mail: { from, subject, inbox_line: inboxLine, kilobytes: Math.ceil(bytes / 1_024), text, source, article_count: articles.length },
    warnings,
    findings: findings.map((finding) => findingValues(desk, finding)),
  }
}

function findingValues(desk: DeskContext, finding: Finding) {
  const { contentFolder } = desk.publication()
  const place = placeIn(finding, { contentFolder, templatesFolder: desk.templatesFolder })
  return { severity: finding.severity, place, reason: textOf(finding) }
}

async function sendUnknownDigest(desk: DeskContext, response: Response): Promise<void> {
  response.status(404)
  const text = 'publication.yaml has no digest with this name, or the view does not exist.'
  await sendDeskPage(desk, response, 'message', { title: 'Unknown digest', place: 'digests' }, { text })
}
