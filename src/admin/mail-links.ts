import type { Mail } from '../mailbox/mailbox.ts'

export interface MailLink {
  readonly label: string
  readonly href: string
}

/** The addresses a reader of `mail` can follow, each once, in the order they come; those of its text where it has no HTML. */
export function linksOf(mail: Pick<Mail, 'html' | 'text'>): MailLink[] {
  const found = mail.html === '' ? linksOfText(mail.text) : linksOfHtml(mail.html)
  const byAddress = new Map<string, MailLink>()
  for (const link of found) {
    const known = byAddress.get(link.href)
    // The picture and the headline of an article lead to one address: its words say more.
    if (!known || known.label === '') byAddress.set(link.href, link)
  }
  return [...byAddress.values()].map((link) => (link.label === '' ? { ...link, label: link.href } : link))
}

function linksOfHtml(html: string): MailLink[] {
  const anchors = html.matchAll(/<a\b[^>]*?\shref\s*=\s*(?:"([^"]*)"|'([^']*)')[^>]*>([\s\S]*?)<\/a>/gi)
  return [...anchors].flatMap(([, double, single, content = '']) => {
    const href = decoded(double ?? single ?? '')
    const label = decoded(content.replace(/<[^>]*>/g, ' '))
      .replace(/\s+/g, ' ')
      .trim()
    return isFollowed(href) ? [{ label, href }] : []
  })
}

function linksOfText(text: string): MailLink[] {
  return [...text.matchAll(/https?:\/\/[^\s<>"]+/g)].map(([href]) => ({ label: '', href }))
}

function isFollowed(address: string): boolean {
  return URL.canParse(address) && ['http:', 'https:', 'mailto:'].includes(new URL(address).protocol)
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00A0' }

function decoded(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos|nbsp));/gi,
    (whole, decimal, hex, name: string | undefined) => {
      if (name !== undefined) return named[name.toLowerCase()] ?? whole
      const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
      return point > 0 && point <= 0x10_ff_ff ? String.fromCodePoint(point) : whole
    },
  )
}
