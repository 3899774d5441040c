import { CoalescedTask } from '../../platform/coalesced-task.ts'
import { logError } from '../../platform/log.ts'
import type { SubscribersContext } from '../context.ts'
import { type EditionCache, processSignUp } from './process-request.ts'
import { readSignUps } from './sign-up-store.ts'

/** Sign-up requests per read. */
const atOnce = 50

/**
 * Processes all waiting sign-up requests in order. A request that fails stays for the next run. Concurrent calls, in one process or
 * several, process each request once.
 */
export async function processSignUps(context: SubscribersContext): Promise<void> {
  const emails: EditionCache = new Map()
  for (let after = ''; ; ) {
    const received = await readSignUps(context.database, after, atOnce)
    for (const { id, request } of received) {
      const outcome = await processSignUp(context, request, { signUpId: id }, emails).catch((error: Error) => {
        logError(context.log, error, 'a sign-up request could not be processed; will retry', { signUpId: id })
      })
      if (outcome?.status === 'suppressed') context.log.info({ signUpId: id }, 'a sign-up of a suppressed address was refused')
      after = id
    }
    if (received.length < atOnce) return
  }
}

/** Processes waiting sign-up requests after each trigger. */
export function startSignUpProcessing(context: SubscribersContext): CoalescedTask {
  return new CoalescedTask(
    () => processSignUps(context),
    (error) => logError(context.log, error, 'sign-up requests could not be read; will retry'),
  )
}
