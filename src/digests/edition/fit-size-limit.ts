import type { Email } from '../../email/email.ts'

/** Gmail cuts a message off after 102 KB (in its bytes as sent), and the link to leave stands at the end. */
const maxMessageBytes = 100_000

/** Header fields, signature, boundaries, and what a reader's name and tokens add to the placeholders. */
const bytesForTheRest = 6_000

/** How much of an issue a mail shows: articles as cards, articles as links, and how much of one article's text. */
export interface SizeBudget {
  readonly cards: number
  readonly links: number
  /** Characters of HTML. */
  readonly text: number
}

/**
 * Prints with `full` and then with ever less until the message is under Gmail's clip: cards become links, then links are only counted,
 * then the text of an article ends in a link to the rest. A mail of one card is the smallest.
 */
export async function renderWithinSizeLimit(full: SizeBudget, render: (budget: SizeBudget) => Promise<Email>): Promise<Email> {
  let budget = full
  for (;;) {
    const email = await render(budget)
    const bytes = await bytesAsSent(email)
    if (bytes <= maxMessageBytes) return email
    const less = reduce(budget, maxMessageBytes / bytes)
    if (!less) return email
    budget = less
  }
}

/** Of a share below 1: a little less than would fit if all of the message were of one kind, so that few prints are needed. */
function reduce({ cards, links, text }: SizeBudget, share: number): SizeBudget | undefined {
  const smaller = (count: number) => Math.min(count - 1, Math.floor(count * share))
  if (text > 0) return { cards, links, text: Math.max(0, smaller(text)) }
  if (cards > 1) {
    const kept = Math.max(1, smaller(cards))
    return { cards: kept, links: links + cards - kept, text }
  }
  return links > 0 ? { cards, links: Math.max(0, smaller(links)), text } : undefined
}

/** The size of both parts in the encoding that they are sent in, and of all around them. */
export async function bytesAsSent({ subject, html, text }: Email): Promise<number> {
  // Loaded with the first mail.
  const { toQuotedPrintable } = await import('../../outbox/message/quoted-printable.ts')
  return toQuotedPrintable(html).length + toQuotedPrintable(text).length + subject.length + bytesForTheRest
}
