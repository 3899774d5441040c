import { hostOf, readUrl, shown, type UrlReading } from '../../platform/url-setting.ts'

/** The parts of a URL such as `smtps://user:pass@host:465`. */
export interface SmtpServer {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  /** `required`: never without STARTTLS. `off`: no STARTTLS. `unverified`: any certificate is taken. Default: STARTTLS where offered. */
  readonly tls: 'required' | 'offered' | 'off' | 'unverified'
  readonly auth: { readonly user: string; readonly pass: string } | undefined
  /** What EHLO says. Undefined: the machine's own name. */
  readonly name?: string | undefined
}

/** Options of nodemailer's pools. They do nothing here: SMTP_CONNECTIONS, SEND_RATE and LOG_LEVEL do. */
const withoutEffect = ['pool', 'maxConnections', 'maxMessages', 'rateLimit', 'logger', 'debug']

const rightWords: Readonly<Record<string, string>> = {
  ignoreTLS: 'write ?tls=off',
  rejectUnauthorized: 'write ?tls=unverified',
  'tls.rejectUnauthorized': 'write ?tls=unverified',
  secure: 'write smtps:// or smtp://',
  requireTLS: 'leave it out: with a password, TLS is always required',
  name: 'set SMTP_NAME',
  user: 'write smtp://user:password@host',
  pass: 'write smtp://user:password@host',
}

/** Reads SMTP_URL strictly; see `readUrl`. */
export function readSmtpUrl(text: string): UrlReading {
  const isSecure = /^smtps:/i.test(text)
  return readUrl(text, {
    schemes: ['smtp', 'smtps'],
    shape: 'must look like smtp://user:pass@host:587',
    example: 'smtp://user:pass@host:587',
    user: 'allowed',
    path: 'none',
    query(name, value) {
      if (withoutEffect.includes(name)) return undefined
      if (name !== 'tls') {
        const hint = Object.hasOwn(rightWords, name) ? rightWords[name] : 'the only one is tls, as in ?tls=off or ?tls=unverified'
        return `has the option ${shown(name)}, which does not exist: ${hint}`
      }
      if (value !== 'off' && value !== 'unverified') return 'has a value of tls that does not exist: write ?tls=off or ?tls=unverified'
      return value === 'off' && isSecure ? 'has ?tls=off although smtps:// is TLS: write smtp://' : undefined
    },
  })
}

/** What an operator should know about an accepted SMTP_URL, as predicates. */
export function warningsOfSmtpUrl(text: string): string[] {
  const { searchParams } = new URL(text)
  const ignored = [...searchParams.keys()].filter((name) => withoutEffect.includes(name))
  const warnings = ignored.map(
    (name) => `has the option ${name}, which changes nothing here: SMTP_CONNECTIONS, SEND_RATE and LOG_LEVEL are the settings`,
  )
  const { host, tls, auth } = parseSmtpUrl(text)
  if (isLoopback(host)) return warnings
  if (tls === 'off') warnings.push(`has ?tls=off: mail${auth ? ' and the password' : ''} cross the network unencrypted`)
  if (tls === 'unverified') warnings.push('has ?tls=unverified: anyone on the way to the server can read the mail')
  return warnings
}

/** Expects a URL that `readSmtpUrl` accepts. Default port: 587 for `smtp:`, 465 for `smtps:` (RFC 8314 §3.3). */
export function parseSmtpUrl(text: string): SmtpServer {
  const url = new URL(text)
  const secure = url.protocol === 'smtps:'
  const host = hostOf(url)
  const auth = url.username ? { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } : undefined
  const named = url.searchParams.get('tls')
  return {
    host,
    port: url.port ? Number(url.port) : secure ? 465 : 587,
    secure,
    // Never send a password in clear text, even if the server does not offer STARTTLS.
    tls: named === 'off' || named === 'unverified' ? named : auth && !isLoopback(host) ? 'required' : 'offered',
    auth,
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
