import type { Email } from '../../email/email.ts'
import { publicationValues } from '../../email/publication-values.ts'
import type { Edition } from '../../outbox/delivery.ts'
import { enqueueEmail } from '../../outbox/enqueue.ts'
import type { Queries } from '../../platform/database/database.ts'
import { parseAddress } from '../../platform/email-address.ts'
import { escapeMarkup } from '../../platform/html/escape.ts'
import { newId } from '../../platform/ids.ts'
import { logWarning } from '../../platform/log.ts'
import { paths, publicUrl } from '../../publication/urls.ts'
import type { DigestsContext } from '../context.ts'
import { renderEdition } from '../edition/edition.ts'
import { samplePlaceholderValues } from '../edition/placeholders.ts'
import { type AlertCondition, findAlertConditions, reviewFinished } from './alert-conditions.ts'
import { endNotice, insertNotice, markReviewed, type Notice, readStanding } from './notice-store.ts'
import { bundledText, noticeContext } from './notice-text.ts'

export type { Notice } from './notice-store.ts'

/** Notices that have not ended, latest first, for the desk and the metrics. */
export async function standingNotices(context: DigestsContext): Promise<readonly Notice[]> {
  return readStanding(context.database)
}

/**
 * Sends each new notice once: one transaction stores the notice and enqueues its email, and a unique index allows one open notice
 * for each cause. Ends notices whose cause is over. Without `admin_email`, notices appear on the desk only.
 */
export async function tellNotices(context: DigestsContext): Promise<void> {
  const now = context.clock.now()
  const standing = await readStanding(context.database)
  const conditions = await findAlertConditions(context)
  const isStanding = ({ cause }: AlertCondition) => standing.some((one) => one.cause === cause)
  const told = new Set(conditions.filter((one) => one.bundle.isToldOnce && isStanding(one)).map(({ bundle }) => bundle.key))
  for (const [key, bundle] of Map.groupBy(
    conditions.filter((one) => !isStanding(one)),
    (one) => one.bundle.key,
  )) {
    await notify(context, bundle, !told.has(key), async () => {})
  }
  const reviews = await reviewFinished(context)
  const failures = reviews.flatMap(({ cause }) => (cause ? [cause] : []))
  const reviewed = async (tx: Queries) => {
    for (const { issueId } of reviews) await markReviewed(tx, issueId, now)
  }
  if (failures.length > 0) await notify(context, failures, true, reviewed)
  else if (reviews.length > 0) await reviewed(context.database)
  for (const { cause, standsUntil } of standing) {
    const isOver = standsUntil ? standsUntil <= now : !conditions.some((one) => one.cause === cause)
    if (isOver) await endNotice(context.database, cause, now)
  }
}

/** Stores the notices of one cause, and enqueues one email about them unless it was told before. */
async function notify(
  context: DigestsContext,
  causes: readonly AlertCondition[],
  isToTell: boolean,
  inTransaction: (tx: Queries) => Promise<void>,
): Promise<void> {
  const [first] = causes
  if (!first) return
  const now = context.clock.now()
  const address = isToTell ? parseAddress(context.publication().adminEmail ?? '') : undefined
  // Rendered before the transaction, to keep it short.
  const editions = address ? await editionsOf(context, told(context, causes, first)) : []
  const added = await context.database.transaction(async (tx) => {
    await inTransaction(tx)
    let count = 0
    for (const cause of causes) if (await insertNotice(tx, newId(context.clock, context.random), cause)) count++
    if (count === 0) return 0
    for (const { kind, edition } of editions) {
      if (!address) break
      const recipient = { address: address.email, addressKey: address.key, placeholders: samplePlaceholderValues(context, first.digest) }
      await enqueueEmail(tx, { id: newId(context.clock, context.random), kind, list: '' }, edition, recipient, now)
    }
    return count
  })
  if (added === 0) return
  const { digest, issueId, kind } = first
  context.log.warn({ digest, issueId, kind, notices: added, isMailed: editions.length > 0 }, 'operator notified')
  context.triggerSender()
}

type Told = Pick<AlertCondition, 'subject' | 'paragraphs' | 'show'>

/** One notice comes with the issue to look at. Of several, the desk has the issues. */
function told(context: DigestsContext, causes: readonly AlertCondition[], first: AlertCondition): Told {
  return causes.length === 1 ? first : { ...bundledText(noticeContext(context), first.bundle.kind, causes), show: undefined }
}

function bareEmail(
  { subject, paragraphs, links }: { subject: string; paragraphs: readonly string[]; links: { home: string } },
  language: string,
): Email {
  const html = paragraphs.map((paragraph) => `<p>${escapeMarkup(paragraph)}</p>`).join('\n')
  return {
    subject,
    html: `<!doctype html><html lang="${escapeMarkup(language)}"><head><meta charset="utf-8"><title>${escapeMarkup(subject)}</title></head><body>${html}<p>${escapeMarkup(links.home)}</p></body></html>`,
    text: `${[...paragraphs, links.home].join('\n\n')}\n`,
  }
}

type NoticeEmail = { readonly kind: 'notice' | 'test'; readonly edition: Edition }

/** The notice, and the issue to show. If the issue cannot be rendered, the notice says so. */
async function editionsOf(context: DigestsContext, { subject, paragraphs, show }: Told): Promise<NoticeEmail[]> {
  const issueEmails: NoticeEmail[] = []
  const remarks: string[] = []
  if (show) {
    await renderEdition(context, show, show.content, show.content.articles).then(
      (edition) => issueEmails.push({ kind: 'test', edition }),
      (error: Error) => {
        logWarning(context.log, error, 'could not render the issue that a notice shows', { issueId: show.id })
        remarks.push(noticeContext(context).words('notice.held.unrendered', { reason: error.message }))
      },
    )
  }
  const publication = context.publication()
  const values = {
    publication: publicationValues(publication),
    subject,
    paragraphs: [...paragraphs, ...remarks],
    links: { home: publicUrl(publication, paths.admin) },
  }
  // The notice template itself may be broken.
  const email = await context.render({ template: 'notice', values }).catch(() => bareEmail(values, publication.language))
  return [{ kind: 'notice', edition: { from: publication.sender, email, list: undefined } }, ...issueEmails]
}
