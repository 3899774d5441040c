/** The service cannot start, for reasons that the operator can mend: each a sentence that names what and where. */
export class StartFailure extends Error {
  readonly reasons: readonly string[]

  constructor(reasons: readonly string[], options?: ErrorOptions) {
    super(reasons.join('\n'), options)
    this.reasons = reasons
  }
}

/** The words of the call are off, whatever the folder and the database hold: the exit code says so. */
export class Misuse extends StartFailure {}

/** What an error of the system or of the database means to an operator. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, path, syscall } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC') return `there is no space left${path === undefined ? ' on the disk' : ` for ${path}`}`
  if (path !== undefined && syscall !== 'connect') return `${path} cannot be used (${code})`
  if (code === 'ERR_SQLITE_ERROR') return `the database cannot be used: ${error.message}`
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'ENOENT')
    return `DATABASE_URL: PostgreSQL cannot be reached: ${error.message || code}`
  return error.message || code || error.name
}
