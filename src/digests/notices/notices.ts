import type { Letter } from '../../email/email.ts'
import { publicationValues } from '../../email/publication-values.ts'
import type { Edition } from '../../outbox/delivery.ts'
import { oweLetter } from '../../outbox/enqueue.ts'
import type { Queries } from '../../platform/database/database.ts'
import { parseAddress } from '../../platform/email-address.ts'
import { escapeMarkup } from '../../platform/html/escape.ts'
import { newId } from '../../platform/ids.ts'
import { paths, publicUrl } from '../../publication/urls.ts'
import type { DigestsRoom } from '../context.ts'
import { renderEdition } from '../edition/edition.ts'
import { placeholderValuesForNobody } from '../edition/placeholders.ts'
import { type Cause, findCauses, reviewFinished } from './alert-conditions.ts'
import { endNotice, insertNotice, markReviewed, type Notice, readStanding } from './notice-store.ts'

/** What stands now, the latest first: for the desk and the metrics. */
export async function standingNotices(room: DigestsRoom): Promise<readonly Notice[]> {
  return readStanding(room.database)
}

/**
 * Tells the operator what is new, once for each cause: the notice and the mail about it are one transaction, and a cause that
 * stands has one row. What is over is taken off the desk. Without an `admin_email` it stands on the desk alone.
 */
export async function tellNotices(room: DigestsRoom): Promise<void> {
  const now = room.clock.now()
  const standing = await readStanding(room.database)
  const causes = await findCauses(room)
  for (const cause of causes) {
    if (!standing.some((one) => one.cause === cause.cause)) await tell(room, cause, async () => {})
  }
  for (const { issueId, cause } of await reviewFinished(room)) {
    const reviewed = (tx: Queries) => markReviewed(tx, issueId, now)
    if (cause) await tell(room, cause, reviewed)
    else await reviewed(room.database)
  }
  for (const { cause, standsUntil } of standing) {
    const isOver = standsUntil ? standsUntil <= now : !causes.some((one) => one.cause === cause)
    if (isOver) await endNotice(room.database, cause, now)
  }
}

async function tell(room: DigestsRoom, cause: Cause, together: (tx: Queries) => Promise<void>): Promise<void> {
  const now = room.clock.now()
  const address = parseAddress(room.publication().adminEmail ?? '')
  // Rendered before the transaction, which is to be short.
  const editions = address ? await editionsOf(room, cause) : []
  const isNew = await room.database.transaction(async (tx) => {
    await together(tx)
    if (!(await insertNotice(tx, newId(room.clock, room.random), cause))) return false
    for (const { kind, edition } of editions) {
      if (!address) break
      const recipient = { address: address.email, addressKey: address.key, holes: placeholderValuesForNobody(room, cause.digest) }
      await oweLetter(tx, { id: newId(room.clock, room.random), kind, list: '' }, edition, recipient, now)
    }
    return true
  })
  if (!isNew) return
  room.log.warn({ digest: cause.digest, issueId: cause.issueId, kind: cause.kind, isMailed: editions.length > 0 }, 'the operator is told')
  room.triggerSender()
}

function bareLetter({ subject, paragraphs, links }: { subject: string; paragraphs: readonly string[]; links: { home: string } }): Letter {
  const html = paragraphs.map((paragraph) => `<p>${escapeMarkup(paragraph)}</p>`).join('\n')
  return {
    subject,
    html: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeMarkup(subject)}</title></head><body>${html}<p>${escapeMarkup(links.home)}</p></body></html>`,
    text: `${[...paragraphs, links.home].join('\n\n')}\n`,
  }
}

type Told = { readonly kind: 'notice' | 'test'; readonly edition: Edition }

/** The notice, and the issue itself where it is to be seen; one that cannot be rendered is told of all the same. */
async function editionsOf(room: DigestsRoom, { subject, paragraphs, show }: Cause): Promise<Told[]> {
  const shown: Told[] = []
  const more: string[] = []
  if (show) {
    await renderEdition(room, show, show.content, show.content.articles).then(
      (edition) => shown.push({ kind: 'test', edition }),
      (error: Error) => more.push(`It cannot be rendered just now: ${error.message}`),
    )
  }
  const publication = room.publication()
  const values = {
    publication: publicationValues(publication),
    subject,
    paragraphs: [...paragraphs, ...more],
    links: { home: publicUrl(publication, paths.admin) },
  }
  // What is wrong may be the very template that would tell it.
  const letter = await room.print({ template: 'notice', values }).catch(() => bareLetter(values))
  return [{ kind: 'notice', edition: { from: publication.sender, letter, list: undefined } }, ...shown]
}
