import { domainToASCII } from 'node:url'

/** What the URL of one setting may contain. */
export interface UrlRules {
  /** Schemes without the colon, the usual one first. */
  readonly schemes: readonly string[]
  /** A correct URL, quoted in refusals. */
  readonly example: string
  /** The predicate for another scheme. */
  readonly shape: string
  readonly user: 'required' | 'allowed' | 'refused'
  /** `name` is one segment, such as a database or a mailbox. */
  readonly path: 'none' | 'name' | 'any'
  /** True if the host may be missing, as in `postgres:///name?host=/run/postgresql`. */
  readonly isHostOptional?: boolean
  /** Says what is wrong with an option of the query, or nothing. `any` takes every query as it is. */
  readonly query: 'none' | 'any' | ((name: string, value: string) => string | undefined)
}

export type UrlReading = { readonly ok: true; readonly url: URL } | { readonly ok: false; readonly fault: string }

const escapes = 'write # as %23, / as %2F, ? as %3F and @ as %40'

/**
 * The one reader for a URL in a setting (RFC 3986). Refuses what a lenient parser guesses at, and says how to write it right. A fault is
 * a predicate and never repeats the value, which may hold a password.
 */
export function readUrl(text: string, rules: UrlRules): UrlReading {
  const fault = faultOfText(text, rules)
  if (fault !== undefined) return { ok: false, fault }
  // A user without a host, as in `postgres://user@/name?host=/run/postgresql`, is no URL.
  const parsable = rules.isHostOptional ? text.replace(/^([^/]*:\/\/[^/?#]*@)(?=[/?]|$)/, '$1localhost') : text
  if (!URL.canParse(parsable))
    return { ok: false, fault: `is not a valid URL: it must look like ${rules.example}; ${escapes} in a password` }
  const url = new URL(parsable)
  const faultOfUrl = faultOfParts(url, text.slice(text.indexOf('://') + 3), rules)
  return faultOfUrl === undefined ? { ok: true, url } : { ok: false, fault: faultOfUrl }
}

/** The refusal of a URL to which paths are added. */
export const bareAddress = 'must not have a query, a fragment, a user name or a password'

/** Host name without brackets, decoded, and in ASCII form (RFC 5890). Empty if it is invalid. */
export function hostOf({ hostname }: Pick<URL, 'hostname'>): string {
  if (hostname.startsWith('[')) return hostname.slice(1, -1)
  return domainToASCII(decodeURIComponent(hostname))
}

/** Checks the text, because `new URL` drops line breaks and guesses where credentials end. */
function faultOfText(text: string, { schemes, shape, user }: UrlRules): string | undefined {
  if (/^["'<].*["'>]$/s.test(text)) return 'must not stand in quotes'
  if (/[\p{Cc}\s]/u.test(text)) return 'contains a space or a line break: write a space as %20'
  const [, scheme = '', rest = ''] = /^([a-z][a-z\d+.-]*):\/\/(.*)$/is.exec(text) ?? []
  if (!schemes.includes(scheme.toLowerCase())) return shape
  const tail = rest.replace(/^[^/?#]*/, '')
  // An @ behind the first of / ? # shows that this character was meant as part of the user name or password.
  if (user !== 'refused' && /^\/[^?]*@|^[^?]*#.*@|^\?[^=&]*@/s.test(tail)) {
    return `has a ${tail.charAt(0)} before an @: in a user name, a password or a name, ${escapes}`
  }
  if (/%(?![\da-f]{2})/i.test(text)) return 'has a % that is not part of a code such as %40: write a literal % as %25'
  if (!isDecodable(text)) return 'has a code such as %FF that is not UTF-8'
  if (text.includes('\\')) return 'contains a backslash: write it as %5C in a password, and as / elsewhere'
  return undefined
}

function faultOfParts(url: URL, rest: string, rules: UrlRules): string | undefined {
  const { example, user, path, query } = rules
  if (!isHost(url, rules)) return `has no valid host name: it must look like ${example}`
  if (url.port === '0') return 'has the port 0: name the port of the server'
  if (user === 'refused' && (url.username || url.password)) return bareAddress
  if (user === 'required' && !url.username) return `needs a user name and a password: it must look like ${example}`
  if (url.password && !url.username) return 'has a password without a user name'
  if (rest.includes('#')) return user === 'refused' ? bareAddress : `must not have a #: in a user name, a password or a name, ${escapes}`
  if (path === 'none' && !/^\/?$/.test(url.pathname)) return `must not have a path: it must look like ${example}`
  if (path === 'name' && url.pathname.slice(1).includes('/')) return 'has a / in the name at its end: write it as %2F'
  if (query === 'any' || !rest.includes('?')) return undefined
  if (query === 'none') return user === 'refused' ? bareAddress : `must not have a ?: in a user name, a password or a name, ${escapes}`
  return faultOfQuery(url, query)
}

function faultOfQuery(url: URL, query: (name: string, value: string) => string | undefined): string | undefined {
  const names = new Set<string>()
  for (const [name, value] of url.searchParams) {
    if (names.has(name)) return `has the option ${shown(name)} more than once`
    names.add(name)
    const fault = query(name, value)
    if (fault !== undefined) return fault
  }
  return undefined
}

/** An option's name for a message. What does not look like a name may be part of a password. */
export function shown(name: string): string {
  return /^[a-z][\w.-]{0,40}$/i.test(name) ? name : 'with an odd name'
}

function isHost(url: URL, { isHostOptional = false }: UrlRules): boolean {
  // An empty host, or the folder of a socket.
  if (isHostOptional && /^(?:%2f.*)?$/i.test(url.hostname)) return true
  return url.hostname.startsWith('[') || /^[a-z\d_]([a-z\d._-]*[a-z\d_.])?$/i.test(hostOf(url))
}

/** Whether the percent-encoding is valid (RFC 3986 §2.1). */
function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
