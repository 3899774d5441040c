import { CoalescedTask } from '../../platform/coalesced-task.ts'
import { logError } from '../../platform/log.ts'
import type { SubscribersContext } from '../context.ts'
import { type EditionCache, processSignUp } from './process-request.ts'
import { readSignUps } from './sign-up-store.ts'

/** Sign-ups read at a time. */
const atOnce = 50

/**
 * Looks at every sign-up that was received, in the order they came; one that fails stays for the next time. Two at once, in one process
 * or in several, take each sign-up once.
 */
export async function processSignUps(context: SubscribersContext): Promise<void> {
  const emails: EditionCache = new Map()
  for (let after = ''; ; ) {
    const received = await readSignUps(context.database, after, atOnce)
    for (const { id, request } of received) {
      const taken = await processSignUp(context, request, id, emails).catch((error: Error) => {
        logError(context.log, error, 'a sign-up could not be looked at; it is tried again', { signUpId: id })
      })
      if (taken?.status === 'suppressed') context.log.info({ signUpId: id }, 'a sign-up of a suppressed address was refused')
      after = id
    }
    if (received.length < atOnce) return
  }
}

/** Looks at sign-ups, each time it is triggered. */
export function startSignUpProcessing(context: SubscribersContext): CoalescedTask {
  return new CoalescedTask(
    () => processSignUps(context),
    (error) => logError(context.log, error, 'sign-ups could not be read; it is tried again'),
  )
}
