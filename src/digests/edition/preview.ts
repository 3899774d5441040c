import type { Article } from '../../articles/article.ts'
import type { Edition } from '../../outbox/delivery.ts'
import { enqueueEmail } from '../../outbox/enqueue.ts'
import { parseAddress } from '../../platform/email-address.ts'
import type { Finding } from '../../platform/finding.ts'
import { readHtml } from '../../platform/html/read.ts'
import { newId } from '../../platform/ids.ts'
import { fillPlaceholders } from '../../platform/placeholders.ts'
import { longDate } from '../../publication/format-date.ts'
import type { DigestDefinition } from '../../publication/publication.ts'
import type { DigestsContext } from '../context.ts'
import { chooseArticles, newestFor } from '../issue/choose-articles.ts'
import { isFirstIssue } from '../issue/create-issue.ts'
import { readLastIssue } from '../issue/issue-store.ts'
import { readLedger } from '../issue/ledger-store.ts'
import { contentOf, renderWithRemarks } from './edition.ts'
import { samplePlaceholderValues } from './placeholders.ts'
import { subjectOf } from './subject.ts'

export interface Preview {
  readonly subject: string
  readonly html: string
  readonly text: string
  /** Size of the whole message as it would be sent. */
  readonly bytes: number
  readonly articles: readonly string[]
  readonly warnings: readonly string[]
}

/** A preview with all that an operator looks at before a send. */
export interface FullPreview extends Preview {
  /** `The Tide <news@tide.example.org>`. */
  readonly from: string
  /** What an inbox shows beside the subject. */
  readonly inboxLine: string
  /** The whole message as it would be sent, unsigned. */
  readonly source: string
  readonly findings: readonly Finding[]
}

/** What the next issue would be if it were sent now; undefined where no article was ever about this digest. Changes nothing. */
export async function previewIssue(context: DigestsContext, definition: DigestDefinition): Promise<Preview | undefined> {
  const next = await renderNext(context, definition)
  return next && toPreview(context, definition, next).then(({ preview }) => preview)
}

/** The same with its source and the findings in articles and mail. */
export async function previewInFull(
  context: DigestsContext,
  definition: DigestDefinition,
  templatesFolder: string,
): Promise<FullPreview | undefined> {
  const next = await renderNext(context, definition)
  if (!next) return undefined
  const { preview, source } = await toPreview(context, definition, next)
  const { from, email } = next.edition
  const { lintCarried } = await import('./lint.ts')
  const carried = { articles: next.carried, email, bytes: preview.bytes, template: next.template }
  return {
    ...preview,
    from: `${from.name} <${from.email}>`,
    inboxLine: inboxLineOf(preview.html),
    source,
    findings: await lintCarried(context.publication(), context.articles(), definition, carried, templatesFolder),
  }
}

/** The first text of the message, hidden or not. */
function inboxLineOf(html: string): string {
  const parts = readHtml(html)
  const body = parts.findIndex((part) => part.kind === 'open' && part.tag === 'body')
  const texts = parts.slice(body + 1).flatMap((part) => (part.kind === 'text' && part.text.trim() !== '' ? [part.text.trim()] : []))
  return (texts[0] ?? '').replace(/\n.*/s, '').trimEnd().slice(0, 160)
}

async function toPreview(
  context: DigestsContext,
  definition: DigestDefinition,
  { edition, articles, warnings }: Next,
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
  const preview = { subject: fill(subject), html: fill(html), text: fill(text), bytes: message.length, articles, warnings }
  return { preview, source: message.toString('utf8') }
}

/** Why there is nothing to preview or to test. */
export const nothingToShow = 'no article is about this digest yet'

export type Tested = { readonly status: 'queued'; readonly mailingId: string } | { readonly status: 'invalid'; readonly reason: string }

/** Sends the next issue, rendered and handed over as the real thing is, to one address. Nothing is entered in the ledger. */
export async function sendTest(context: DigestsContext, definition: DigestDefinition, to: string): Promise<Tested> {
  const address = parseAddress(to)
  if (!address) return { status: 'invalid', reason: `${JSON.stringify(to)} is not an email address that mail can be sent to` }
  const next = await renderNext(context, definition)
  if (!next) return { status: 'invalid', reason: nothingToShow }
  const mailing = { id: newId(context.clock, context.random), kind: 'test', list: '' } as const
  await context.database.transaction((tx) =>
    enqueueEmail(
      tx,
      mailing,
      next.edition,
      { address: address.email, addressKey: address.key, placeholders: samplePlaceholderValues(context, definition.name) },
      context.clock.now(),
    ),
  )
  context.triggerSender()
  return { status: 'queued', mailingId: mailing.id }
}

interface Next {
  readonly edition: Edition
  /** Slugs. */
  readonly articles: readonly string[]
  readonly carried: readonly Article[]
  readonly template: 'digest' | 'article'
  readonly warnings: readonly string[]
}

async function renderNext(context: DigestsContext, definition: DigestDefinition): Promise<Next | undefined> {
  const { database, clock } = context
  const { articles } = context.articles()
  const publication = context.publication()
  const inLedger = await readLedger(database, definition.name)
  let { carried } = chooseArticles(definition, articles, inLedger, await isFirstIssue(database, definition))
  const warnings: string[] = []
  if (carried.length === 0) {
    carried = newestFor(definition, articles)
    warnings.push('no article is new to this digest: these are the newest that it has carried')
  }
  if (carried.length === 0) return undefined
  const number = ((await readLastIssue(database, definition.name))?.number ?? 0) + 1
  const content = contentOf(publication, definition, carried)
  const issue = { digest: definition.name, number, createdAt: clock.now() }
  const subject = subjectOf(publication, { ...issue, date: longDate(publication, clock.now()) }, content, content.articles)
  const { edition, remarks } = await renderWithRemarks(context, { ...issue, subject }, content, content.articles)
  const template = carried.length === 1 && content.isSingle ? 'article' : 'digest'
  return { edition, articles: carried.map((article) => article.slug), carried, template, warnings: [...warnings, ...remarks] }
}
