import type { Email } from '../../email/email.ts'
import { publicationValues } from '../../email/publication-values.ts'
import type { Edition } from '../../outbox/delivery.ts'
import { enqueueEmail } from '../../outbox/enqueue.ts'
import type { Queries } from '../../platform/database/database.ts'
import { parseAddress } from '../../platform/email-address.ts'
import { escapeMarkup } from '../../platform/html/escape.ts'
import { newId } from '../../platform/ids.ts'
import { paths, publicUrl } from '../../publication/urls.ts'
import type { DigestsContext } from '../context.ts'
import { renderEdition } from '../edition/edition.ts'
import { samplePlaceholderValues } from '../edition/placeholders.ts'
import { type AlertCondition, findAlertConditions, reviewFinished } from './alert-conditions.ts'
import { endNotice, insertNotice, markReviewed, type Notice, readStanding } from './notice-store.ts'

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
  for (const condition of conditions) {
    if (!standing.some((one) => one.cause === condition.cause)) await notify(context, condition, async () => {})
  }
  for (const { issueId, cause } of await reviewFinished(context)) {
    const reviewed = (tx: Queries) => markReviewed(tx, issueId, now)
    if (cause) await notify(context, cause, reviewed)
    else await reviewed(context.database)
  }
  for (const { cause, standsUntil } of standing) {
    const isOver = standsUntil ? standsUntil <= now : !conditions.some((one) => one.cause === cause)
    if (isOver) await endNotice(context.database, cause, now)
  }
}

async function notify(context: DigestsContext, cause: AlertCondition, inTransaction: (tx: Queries) => Promise<void>): Promise<void> {
  const now = context.clock.now()
  const address = parseAddress(context.publication().adminEmail ?? '')
  // Rendered before the transaction, to keep it short.
  const editions = address ? await editionsOf(context, cause) : []
  const isNew = await context.database.transaction(async (tx) => {
    await inTransaction(tx)
    if (!(await insertNotice(tx, newId(context.clock, context.random), cause))) return false
    for (const { kind, edition } of editions) {
      if (!address) break
      const recipient = { address: address.email, addressKey: address.key, placeholders: samplePlaceholderValues(context, cause.digest) }
      await enqueueEmail(tx, { id: newId(context.clock, context.random), kind, list: '' }, edition, recipient, now)
    }
    return true
  })
  if (!isNew) return
  context.log.warn({ digest: cause.digest, issueId: cause.issueId, kind: cause.kind, isMailed: editions.length > 0 }, 'operator notified')
  context.triggerSender()
}

function bareEmail({ subject, paragraphs, links }: { subject: string; paragraphs: readonly string[]; links: { home: string } }): Email {
  const html = paragraphs.map((paragraph) => `<p>${escapeMarkup(paragraph)}</p>`).join('\n')
  return {
    subject,
    html: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeMarkup(subject)}</title></head><body>${html}<p>${escapeMarkup(links.home)}</p></body></html>`,
    text: `${[...paragraphs, links.home].join('\n\n')}\n`,
  }
}

type NoticeEmail = { readonly kind: 'notice' | 'test'; readonly edition: Edition }

/** The notice, and the issue to show. If the issue cannot be rendered, the notice says so. */
async function editionsOf(context: DigestsContext, { subject, paragraphs, show }: AlertCondition): Promise<NoticeEmail[]> {
  const issueEmails: NoticeEmail[] = []
  const remarks: string[] = []
  if (show) {
    await renderEdition(context, show, show.content, show.content.articles).then(
      (edition) => issueEmails.push({ kind: 'test', edition }),
      (error: Error) => remarks.push(`The issue cannot be rendered now: ${error.message}`),
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
  const email = await context.render({ template: 'notice', values }).catch(() => bareEmail(values))
  return [{ kind: 'notice', edition: { from: publication.sender, email, list: undefined } }, ...issueEmails]
}
