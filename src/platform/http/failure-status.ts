import type { Response } from 'express'
import { DatabaseAway, retryAfterSeconds } from '../database/database-away.ts'
import { type Log, logError, logWarning } from '../log.ts'

/** Logs why a request failed. Returns the status: 500, or 503 with Retry-After (RFC 9110 §15.6.4) while the database is away. */
export function logFailure(
  log: Log,
  response: Response,
  error: unknown,
  message: string,
  values?: Readonly<Record<string, unknown>>,
): 500 | 503 {
  if (!(error instanceof DatabaseAway)) {
    logError(log, error, message, values)
    return 500
  }
  logWarning(log, error, message, values)
  response.set('Retry-After', String(retryAfterSeconds))
  return 503
}
