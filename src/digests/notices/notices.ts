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

/** What stands now, the latest first: for the desk and the metrics. */
export async function standingNotices(context: DigestsContext): Promise<readonly Notice[]> {
  return readStanding(context.database)
}

/**
 * Tells the operator what is new, once for each cause: the notice and the mail about it are one transaction, and a cause that
 * stands has one row. What is over is taken off the desk. Without an `admin_email` it stands on the desk alone.
 */
export async function tellNotices(context: DigestsContext): Promise<void> {
  const now = context.clock.now()
  const standing = await readStanding(context.database)
  const conditions = await findAlertConditions(context)
  for (const cause of conditions) {
    if (!standing.some((one) => one.cause === cause.cause)) await tell(context, cause, async () => {})
  }
  for (const { issueId, cause } of await reviewFinished(context)) {
    const reviewed = (tx: Queries) => markReviewed(tx, issueId, now)
    if (cause) await tell(context, cause, reviewed)
    else await reviewed(context.database)
  }
  for (const { cause, standsUntil } of standing) {
    const isOver = standsUntil ? standsUntil <= now : !conditions.some((one) => one.cause === cause)
    if (isOver) await endNotice(context.database, cause, now)
  }
}

async function tell(context: DigestsContext, cause: AlertCondition, together: (tx: Queries) => Promise<void>): Promise<void> {
  const now = context.clock.now()
  const address = parseAddress(context.publication().adminEmail ?? '')
  // Rendered before the transaction, which is to be short.
  const editions = address ? await editionsOf(context, cause) : []
  const isNew = await context.database.transaction(async (tx) => {
    await together(tx)
    if (!(await insertNotice(tx, newId(context.clock, context.random), cause))) return false
    for (const { kind, edition } of editions) {
      if (!address) break
      const recipient = { address: address.email, addressKey: address.key, placeholders: samplePlaceholderValues(context, cause.digest) }
      await enqueueEmail(tx, { id: newId(context.clock, context.random), kind, list: '' }, edition, recipient, now)
    }
    return true
  })
  if (!isNew) return
  context.log.warn(
    { digest: cause.digest, issueId: cause.issueId, kind: cause.kind, isMailed: editions.length > 0 },
    'the operator is told',
  )
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

type Told = { readonly kind: 'notice' | 'test'; readonly edition: Edition }

/** The notice, and the issue itself where it is to be seen; one that cannot be rendered is told of all the same. */
async function editionsOf(context: DigestsContext, { subject, paragraphs, show }: AlertCondition): Promise<Told[]> {
  const shown: Told[] = []
  const more: string[] = []
  if (show) {
    await renderEdition(context, show, show.content, show.content.articles).then(
      (edition) => shown.push({ kind: 'test', edition }),
      (error: Error) => more.push(`It cannot be rendered just now: ${error.message}`),
    )
  }
  const publication = context.publication()
  const values = {
    publication: publicationValues(publication),
    subject,
    paragraphs: [...paragraphs, ...more],
    links: { home: publicUrl(publication, paths.admin) },
  }
  // What is wrong may be the very template that would tell it.
  const email = await context.render({ template: 'notice', values }).catch(() => bareEmail(values))
  return [{ kind: 'notice', edition: { from: publication.sender, email, list: undefined } }, ...shown]
}
