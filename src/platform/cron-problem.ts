import { Cron } from 'croner'

/** Why `expression` is not a usable cron expression, as a predicate that begins with `hint`; or undefined. */
export function cronProblem(expression: string, hint: string): string | undefined {
  if (expression.trim().split(/\s+/).length !== 5) return hint
  try {
    // UTC, because a time zone does not change whether a day exists.
    const hasSlot = new Cron(expression, { utcOffset: 0 }).nextRun(new Date(0)) !== null
    return hasSlot ? undefined : 'never matches: there is no such day'
  } catch (error) {
    return `${hint} (${(error as Error).message.replace(/^CronPattern: /, '')})`
  }
}
