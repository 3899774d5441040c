/**
 * The database cannot be reached, or it ended the connection. The same work may succeed a moment later. Whether a COMMIT that was under way
 * took effect is unknown.
 */
export class DatabaseAway extends Error {
  /** Of the cause: SQLSTATE, or that of the operating system. */
  readonly code: string | undefined
  /** Set where the cause was a system call, such as `connect`. */
  readonly syscall: string | undefined

  constructor(cause: Error) {
    const { code, syscall, message } = cause as NodeJS.ErrnoException
    super(message || code || cause.name, { cause })
    this.code = code
    this.syscall = syscall
  }
}

/** Seconds after which a client may ask again (RFC 9110 §10.2.3). A restart of PostgreSQL takes a few. */
export const retryAfterSeconds = 5

const systemCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ECONNABORTED'],
  // No socket file.
  'ENOENT',
])

/** Class 08: connection. 57P01 to 57P03: shutdown, crash, start. 53300: too many connections. 25006: a standby, before it takes over. */
const sqlStates = /^(?:08...|57P0[1-3]|53300|25006)$/

/** What node-postgres says without a code. */
const messages =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed)/

/** A DatabaseAway where that is the reason, else the error as it is. For errors of node-postgres. */
export function asAway(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof DatabaseAway) return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return systemCodes.has(code) || sqlStates.test(code) || messages.test(error.message) ? new DatabaseAway(error) : error
}
