import type { Mail } from '../../mailbox/mailbox.ts'
import { readHtml } from '../../platform/html/read.ts'

export interface MailLink {
  readonly label: string
  readonly href: string
}

/** The links of `mail`, each address once, in order of appearance; from the text part if there is no HTML. */
export function linksOf(mail: Pick<Mail, 'html' | 'text'>): MailLink[] {
  const found = mail.html === '' ? linksOfText(mail.text) : linksOfHtml(mail.html)
  const byAddress = new Map<string, MailLink>()
  for (const link of found) {
    const known = byAddress.get(link.href)
    // Picture and headline of an article share an address: keep the one with a label.
    if (!known || known.label === '') byAddress.set(link.href, link)
  }
  return [...byAddress.values()].map((link) => (link.label === '' ? { ...link, label: link.href } : link))
}

function linksOfHtml(html: string): MailLink[] {
  const links: { href: string; words: string[] }[] = []
  let open: { href: string; words: string[] } | undefined
  for (const part of readHtml(html)) {
    if (part.kind === 'open' && part.tag === 'a') {
      open = { href: part.attributes.get('href')?.value ?? '', words: [] }
      links.push(open)
    } else if (part.kind === 'close' && part.tag === 'a') open = undefined
    else if (part.kind === 'text') open?.words.push(part.text)
  }
  return links
    .filter(({ href }) => isFollowed(href))
    .map(({ href, words }) => ({ label: words.join(' ').replace(/\s+/g, ' ').trim(), href }))
}

function linksOfText(text: string): MailLink[] {
  return [...text.matchAll(/https?:\/\/[^\s<>"]+/g)].map(([href]) => ({ label: '', href }))
}

function isFollowed(address: string): boolean {
  return URL.canParse(address) && ['http:', 'https:', 'mailto:'].includes(new URL(address).protocol)
}
