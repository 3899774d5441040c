import { hostOf, readUrl, shown, type UrlReading } from '../platform/url-setting.ts'

/** The parts of a URL such as `imaps://user:password@imap.example.org/INBOX`. */
export interface ImapAddress {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  /** True: STARTTLS or nothing (RFC 8314 §3). False: never. Undefined: where the server offers it. */
  readonly startTls: boolean | undefined
  readonly auth: { readonly user: string; readonly pass: string }
  readonly mailbox: string
}

/** Reads BOUNCE_IMAP_URL strictly; see `readUrl`. */
export function readImapUrl(text: string): UrlReading {
  const example = 'imaps://user:password@imap.example.org/INBOX'
  const shape = `must look like ${example}`
  const reading = readUrl(text, { schemes: ['imaps', 'imap'], shape, example, user: 'required', path: 'any', query: faultOfOption })
  if (reading.ok && reading.url.protocol === 'imaps:' && reading.url.search !== '')
    return { ok: false, fault: 'has ?tls=off, but imaps:// is always encrypted: write imap://' }
  return reading
}

function faultOfOption(name: string, value: string): string | undefined {
  if (name !== 'tls') return `has the unknown option ${shown(name)}: the only one is tls=off`
  return value === 'off' ? undefined : 'has an unknown value of tls: the only one is off'
}

/** Expects a URL that `readImapUrl` accepts. */
export function parseImapUrl(text: string): ImapAddress {
  const url = new URL(text)
  const secure = url.protocol === 'imaps:'
  return {
    host: hostOf(url),
    port: url.port ? Number(url.port) : secure ? 993 : 143,
    secure,
    startTls: secure ? undefined : url.searchParams.get('tls') !== 'off' && (url.password !== '' || undefined),
    auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
    mailbox: decodeURIComponent(url.pathname.slice(1)) || 'INBOX',
  }
}
