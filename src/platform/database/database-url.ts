import { readUrl, shown, type UrlReading } from '../url-setting.ts'

/** Options of a `postgres://` URL that PostgreSQL (libpq) or node-postgres knows. Another one would be ignored in silence. */
const known = new Set([
  ...['host', 'port', 'user', 'password', 'dbname', 'database', 'passfile', 'service', 'hostaddr', 'require_auth'],
  ...['ssl', 'sslmode', 'sslcert', 'sslkey', 'sslpassword', 'sslrootcert', 'sslcrl', 'sslsni', 'sslnegotiation', 'sslcompression'],
  ...['ssl_min_protocol_version', 'ssl_max_protocol_version', 'uselibpqcompat', 'channel_binding', 'enableChannelBinding'],
  ...['application_name', 'fallback_application_name', 'options', 'client_encoding', 'encoding', 'replication', 'gssencmode', 'krbsrvname'],
  ...['connect_timeout', 'connectionTimeoutMillis', 'statement_timeout', 'lock_timeout', 'query_timeout', 'tcp_user_timeout'],
  ...['idle_in_transaction_session_timeout', 'idleTimeoutMillis', 'target_session_attrs', 'load_balance_hosts', 'max', 'min'],
  ...['keepalives', 'keepalives_idle', 'keepalives_interval', 'keepalives_count', 'keepAlive', 'keepAliveInitialDelayMillis'],
])

/** Reads the address of a PostgreSQL database. */
export function readDatabaseUrl(text: string): UrlReading {
  return readUrl(text, {
    schemes: ['postgres', 'postgresql'],
    shape: 'must begin with postgres://',
    example: 'postgres://user:password@host/name',
    user: 'allowed',
    path: 'name',
    isHostOptional: true,
    query: (name) => (known.has(name) ? undefined : `has the option ${shown(name)}, which PostgreSQL does not know: leave it out`),
  })
}

/** A database address without user, password and query. A password may be in the query, and may contain an @. */
export function withoutCredentials(address: string): string {
  if (!/^postgres(ql)?:/.test(address)) return address
  // A socket: the URL has no host, and PostgreSQL takes the folder from its query.
  const [, scheme, name] = /^(postgres(?:ql)?:)\/\/(?:[^@/?#]*@)?\/([^@/?#]*)(?:\?|$)/.exec(address) ?? []
  if (scheme !== undefined) return `${scheme}///${name}`
  if (!URL.canParse(address)) return address.replace(/\/\/.*/s, '//…')
  const { protocol, host, pathname } = new URL(address)
  return `${protocol}//${host}${pathname}`
}
