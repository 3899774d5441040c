import type { Email } from '../../email/email.ts'

/** Gmail clips a message after 102 KB as sent, and the unsubscribe link is at the end. */
const maxMessageBytes = 100_000

/** Header fields, signature, boundaries, and the values of the reader's placeholders. */
const bytesForTheRest = 6_000

/** No message within the limit holds more: a link has its address and its title in HTML and in text. */
const maxLinks = 2_000

/** How much of an issue an email contains. */
export interface SizeBudget {
  /** Articles with title, picture and description. */
  readonly cards: number
  /** Articles as links only. */
  readonly links: number
  /** Characters of HTML of a single article's text. */
  readonly text: number
}

/**
 * Renders with `full`, then with smaller budgets until the message fits Gmail's limit. Cuts the text of a single article, else
 * turns cards into links and drops links. Never goes below one card.
 */
export async function renderWithinSizeLimit(full: SizeBudget, render: (budget: SizeBudget) => Promise<Email>): Promise<Email> {
  let budget: SizeBudget = { ...full, links: Math.min(full.links, maxLinks) }
  for (;;) {
    const email = await render(budget)
    const bytes = await bytesAsSent(email)
    if (bytes <= maxMessageBytes) return email
    const less = reduce(budget, maxMessageBytes / bytes)
    if (!less) return email
    budget = less
  }
}

/** The next smaller budget; undefined if there is none. `share` is below 1: the limit divided by the size. */
function reduce({ cards, links, text }: SizeBudget, share: number): SizeBudget | undefined {
  const smaller = (count: number) => Math.min(count - 1, Math.floor(count * share))
  if (text > 0) return { cards, links, text: Math.max(0, smaller(text)) }
  if (cards > 1) {
    const fewer = Math.max(1, smaller(cards))
    return { cards: fewer, links: links + cards - fewer, text }
  }
  return links > 0 ? { cards, links: Math.max(0, smaller(links)), text } : undefined
}

/** Size of the message as sent: both parts in quoted-printable, and an estimate of everything else. */
export async function bytesAsSent({ subject, html, text }: Email): Promise<number> {
  // Imported on demand, to keep the start fast.
  const { toQuotedPrintable } = await import('../../outbox/message/quoted-printable.ts')
  return toQuotedPrintable(html).length + toQuotedPrintable(text).length + subject.length + bytesForTheRest
}
