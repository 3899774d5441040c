/** The service cannot start, for reasons that the operator can fix. Each reason is a sentence that says what is wrong and where. */
export class StartFailure extends Error {
  readonly reasons: readonly string[]

  constructor(reasons: readonly string[], options?: ErrorOptions) {
    super(reasons.join('\n'), options)
    this.reasons = reasons
  }
}

/** A usage error of the command line. It has its own exit code. */
export class Misuse extends StartFailure {}

/** Describes a system or database error for an operator. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, path, syscall } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC') return `no space left${path === undefined ? ' on the disk' : ` for ${path}`}`
  if (path !== undefined && syscall !== 'connect') return `${path} cannot be used (${code})`
  if (code === 'ERR_SQLITE_ERROR') return `the database cannot be used: ${error.message}`
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'ENOENT')
    return `DATABASE_URL: PostgreSQL cannot be reached: ${error.message || code}`
  // SQLSTATE: connection, password, database name, shutdown.
  if (/^(?:08|28|3D|57P)/.test(code ?? '')) return `DATABASE_URL: PostgreSQL refuses the connection: ${error.message}`
  return error.message || code || error.name
}
