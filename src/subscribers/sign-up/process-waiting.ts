import { CoalescedTask } from '../../platform/coalesced-task.ts'
import { logError } from '../../platform/log.ts'
import type { SubscribersRoom } from '../context.ts'
import { type Letters, takeWish } from './process-request.ts'
import { readSignUps } from './sign-up-store.ts'

/** Sign-ups read at a time. */
const atOnce = 50

/**
 * Looks at every sign-up that was received, in the order they came; one that fails stays for the next time. Two at once, in one process
 * or in several, take each sign-up once.
 */
export async function takeSignUps(room: SubscribersRoom): Promise<void> {
  const letters: Letters = new Map()
  for (let after = ''; ; ) {
    const received = await readSignUps(room.database, after, atOnce)
    for (const { id, wish } of received) {
      const taken = await takeWish(room, wish, id, letters).catch((error: Error) => {
        logError(room.log, error, 'a sign-up could not be looked at; it is tried again', { signUpId: id })
      })
      if (taken?.status === 'suppressed') room.log.info({ signUpId: id }, 'a sign-up of a suppressed address was refused')
      after = id
    }
    if (received.length < atOnce) return
  }
}

/** Looks at sign-ups, each time it is triggered. */
export function startIntake(room: SubscribersRoom): CoalescedTask {
  return new CoalescedTask(
    () => takeSignUps(room),
    (error) => logError(room.log, error, 'sign-ups could not be read; it is tried again'),
  )
}
