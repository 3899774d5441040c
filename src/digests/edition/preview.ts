import type { Article } from '../../articles/article.ts'
import type { Edition } from '../../outbox/delivery.ts'
import { enqueueEmail } from '../../outbox/enqueue.ts'
import type { Actor } from '../../platform/actor.ts'
import { parseAddress } from '../../platform/email-address.ts'
import type { Finding } from '../../platform/finding.ts'
import { readHtml } from '../../platform/html/read.ts'
import { newId } from '../../platform/ids.ts'
import { fillPlaceholders } from '../../platform/placeholders.ts'
import { longDate } from '../../publication/format-date.ts'
import type { DigestDefinition } from '../../publication/publication.ts'
import type { DigestsContext } from '../context.ts'
import { newestFor } from '../issue/choose-articles.ts'
import { chooseNext, type NextOccasion } from '../issue/next-issue.ts'
import { frozenNote, type NotedChoice } from '../notes/issue-note.ts'
import { noteJson } from '../notes/write-note.ts'
import { contentOf, renderWithRemarks } from './edition.ts'
import { samplePlaceholderValues } from './placeholders.ts'
import { subjectOf } from './subject.ts'

export interface Preview {
  readonly subject: string
  readonly html: string
  readonly text: string
  /** Size of the whole message as sent. */
  readonly bytes: number
  readonly articles: readonly string[]
  /** False if the preview shows articles that were already sent, because there are no new ones. */
  readonly hasNewArticles: boolean
  readonly warnings: readonly string[]
  readonly note: PreviewNote | null
}

/** The note that the next issue would have. */
export interface PreviewNote extends ReturnType<typeof noteJson> {
  /** `file`, `draft` (of the desk) or `call`. */
  readonly source: string
  /** Such as `issues/weekly/next.md`. */
  readonly file: string | null
  /** Slugs. */
  readonly postponed: readonly string[]
  readonly excluded: readonly string[]
}

/** A preview with everything that the operator checks before sending. */
export interface FullPreview extends Preview {
  /** `The Tide <news@tide.example.org>`. */
  readonly from: string
  /** The text that an inbox shows beside the subject. */
  readonly inboxLine: string
  /** The whole message as sent, without DKIM signature. */
  readonly source: string
  readonly findings: readonly Finding[]
}

/** Renders the next issue as if it were sent now. Undefined if the digest has no articles. Changes nothing. */
export async function previewIssue(
  context: DigestsContext,
  definition: DigestDefinition,
  options: NextOccasion = {},
): Promise<Preview | undefined> {
  const next = await renderNext(context, definition, options)
  return next && toPreview(context, definition, next).then(({ preview }) => preview)
}

/** Articles after the cards that a preview checks. Checking reads the file of an article, and a first issue may carry thousands. */
const linksChecked = 50

/** Like `previewIssue`, with the source of the message and the findings of all checks. */
export async function previewInFull(
  context: DigestsContext,
  definition: DigestDefinition,
  templatesFolder: string,
  options: NextOccasion = {},
): Promise<FullPreview | undefined> {
  const next = await renderNext(context, definition, options)
  if (!next) return undefined
  const { preview, source } = await toPreview(context, definition, next)
  const { from, email } = next.edition
  const { lintRenderedIssue } = await import('./lint.ts')
  const checked = next.included.slice(0, definition.maxArticles + linksChecked)
  const rendered = { articles: checked, email, bytes: preview.bytes, template: next.template }
  const warnings =
    checked.length < next.included.length
      ? [`the checks read the first ${checked.length} of ${next.included.length} articles: \`broadsheet check\` reads all`]
      : []
  return {
    ...preview,
    warnings: [...preview.warnings, ...warnings],
    from: `${from.name} <${from.email}>`,
    inboxLine: inboxLineOf(preview.html),
    source,
    findings: [
      ...next.noteFindings,
      ...(await lintRenderedIssue(context.publication(), context.articles(), definition, rendered, templatesFolder)),
    ],
  }
}

/** The first text of the message, hidden or not. */
function inboxLineOf(html: string): string {
  const parts = readHtml(html)
  const body = parts.findIndex((part) => part.kind === 'open' && part.tag === 'body')
  const texts = parts.slice(body + 1).flatMap((part) => (part.kind === 'text' && part.text.trim() !== '' ? [part.text.trim()] : []))
  // Without the filler that keeps the masthead out of the inbox.
  return (texts[0] ?? '')
    .replace(/(?:\n|\u034F).*/s, '')
    .trimEnd()
    .slice(0, 160)
}

async function toPreview(
  context: DigestsContext,
  definition: DigestDefinition,
  { edition, articles, hasNewArticles, warnings, note }: Next,
): Promise<{ preview: Preview; source: string }> {
  const values = samplePlaceholderValues(context, definition.name)
  const { compileMessage } = await import('../../outbox/message/compile-message.ts')
  const message = compileMessage(edition).merge({
    address: 'reader@example.org',
    messageKey: 'preview',
    date: context.clock.now(),
    placeholders: values,
  })
  const fill = (text: string) => fillPlaceholders(text, (name) => values[name] ?? '')
  const { subject, html, text } = edition.email
  const preview = {
    subject: fill(subject),
    html: fill(html),
    text: fill(text),
    bytes: message.length,
    articles,
    hasNewArticles,
    warnings,
    note,
  }
  return { preview, source: message.toString('utf8') }
}

/** The reason when there is no preview and no test email. */
export const nothingToShow = 'this digest has no articles yet'

export type Tested = { readonly status: 'queued'; readonly mailingId: string } | { readonly status: 'invalid'; readonly reason: string }

/** Sends the next issue to one address, through the same rendering and sending as a real issue. Does not change the ledger. */
export async function sendTest(context: DigestsContext, definition: DigestDefinition, to: string, by: Actor): Promise<Tested> {
  const address = parseAddress(to)
  if (!address) return { status: 'invalid', reason: `${JSON.stringify(to)} is not an email address that mail can be sent to` }
  const next = await renderNext(context, definition, {})
  if (!next) return { status: 'invalid', reason: nothingToShow }
  const mailing = { id: newId(context.clock, context.random), kind: 'test', list: '' } as const
  const recipient = { address: address.email, addressKey: address.key, placeholders: samplePlaceholderValues(context, definition.name) }
  await context.database.transaction(async (tx) => {
    await enqueueEmail(tx, mailing, next.edition, recipient, context.clock.now())
    await context.recordAudit(tx, { action: 'digest.test', subject: definition.name, by })
  })
  context.triggerSender()
  return { status: 'queued', mailingId: mailing.id }
}

interface Next {
  readonly edition: Edition
  /** Slugs. */
  readonly articles: readonly string[]
  readonly included: readonly Article[]
  readonly hasNewArticles: boolean
  readonly template: 'digest' | 'article'
  readonly warnings: readonly string[]
  readonly note: PreviewNote | null
  /** Errors of the note, and notes that do not apply. */
  readonly noteFindings: readonly Finding[]
}

function previewNote({ chosen, arranged }: NotedChoice): PreviewNote | null {
  const { note, file, origin } = chosen
  if (!note) return null
  const slugs = (articles: readonly Article[]) => articles.map(({ slug }) => slug)
  return {
    source: origin ?? 'file',
    file: file?.place ?? null,
    ...noteJson(note),
    postponed: slugs(arranged.postponed),
    excluded: slugs(arranged.excluded),
  }
}

async function renderNext(context: DigestsContext, definition: DigestDefinition, options: NextOccasion): Promise<Next | undefined> {
  const publication = context.publication()
  const next = await chooseNext(context, definition, options)
  const { noted } = next
  const hasNewArticles = next.included.length > 0 || noted.chosen.note?.sendWithoutArticles === true
  const included = hasNewArticles ? next.included : newestFor(definition, context.articles().inMail)
  const warnings = hasNewArticles ? [] : ['this digest has no new articles: the preview shows the newest ones that it already sent']
  if (included.length === 0 && !hasNewArticles) return undefined
  const content = contentOf(publication, definition, included, { note: frozenNote(context, definition, noted) })
  const issue = { digest: definition.name, number: next.number, createdAt: context.clock.now() }
  const subject = subjectOf(publication, { ...issue, date: longDate(publication, issue.createdAt) }, content, content.articles)
  const { edition, remarks } = await renderWithRemarks(context, { ...issue, subject }, content, content.articles)
  const template = included.length === 1 && content.isSingle ? 'article' : 'digest'
  const articleSlugs = included.map((article) => article.slug)
  return {
    edition,
    articles: articleSlugs,
    included,
    hasNewArticles,
    template,
    warnings: [...warnings, ...remarks],
    note: previewNote(noted),
    noteFindings: [...noted.faults, ...noted.chosen.remarks],
  }
}
