import { splitAddress } from './email-address.ts'

/** Domains whose local part ignores dots (Google Workspace domains do not). */
const ignoresDots = new Set(['gmail.com', 'googlemail.com'])

/** Two names of one provider. */
const sameDomain: Readonly<Record<string, string>> = { 'googlemail.com': 'gmail.com' }

/** Providers whose documented tag character is not `+`: Yahoo's disposable addresses. */
const hyphenTags = /^(?:yahoo|ymail|rocketmail)\.[a-z.]+$/

/** Providers that deliver `anything@name.domain` to `name@domain`: Fastmail's subdomain addressing. */
const subdomainTags = /^([^.]+)\.(fastmail\.(?:com|fm))$/

/**
 * The mailbox that an address key most likely leads to, for counting only: two readers may share it. Tags after `+` are cut off for
 * every provider (RFC 5233), other forms only where the provider documents them.
 */
export function mailboxOf(addressKey: string): string {
  const { local: tagged, domain: given } = splitAddress(addressKey)
  const domain = sameDomain[given] ?? given
  const sub = subdomainTags.exec(domain)
  if (sub) return `${sub[1]}@${sub[2]}`
  let local = beforeTag(tagged, '+')
  if (hyphenTags.test(domain)) local = beforeTag(local, '-')
  // NFKC: providers fold full-width and similar forms of letters.
  local = local.normalize('NFKC')
  if (ignoresDots.has(domain)) local = local.replaceAll('.', '')
  return `${local}@${domain}`
}

/** An address that begins with the character has no name before it, so it is no tag. */
function beforeTag(local: string, character: string): string {
  const at = local.indexOf(character)
  return at > 0 ? local.slice(0, at) : local
}
