/** The parts of a URL such as `smtps://user:pass@host:465`. */
export interface SmtpServer {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  readonly auth: { readonly user: string; readonly pass: string } | undefined
}

/** Expects a URL that the configuration has validated. Default port: 587 for `smtp:`, 465 for `smtps:` (RFC 8314 §3.3). */
export function parseSmtpUrl(url: string): SmtpServer {
  const { hostname, port, protocol, username, password } = new URL(url)
  const secure = protocol === 'smtps:'
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port ? Number(port) : secure ? 465 : 587,
    secure,
    auth: username ? { user: decodeURIComponent(username), pass: decodeURIComponent(password) } : undefined,
  }
}
