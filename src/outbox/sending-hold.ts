import type { Actor, RecordAudit } from '../platform/actor.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { holdSending, readSendingHold, releaseSending, type SendingHold } from './sending-hold-store.ts'

export { holdSending, readSendingHold, releaseSending, type SendingHold, setSendingHold } from './sending-hold-store.ts'

export interface SendingHoldContext {
  readonly database: Database
  readonly clock: Clock
  readonly recordAudit: RecordAudit
}

/** Holds all sending on behalf of an operator. An earlier hold keeps its reason. */
export function holdByOperator({ database, clock, recordAudit }: SendingHoldContext, by: Actor): Promise<SendingHold | undefined> {
  return database.transaction(async (tx) => {
    if (await holdSending(tx, 'held by the operator', clock.now())) await recordAudit(tx, { action: 'sending.hold', subject: null, by })
    return readSendingHold(tx)
  })
}

/** Releases sending on behalf of an operator. False if it was not held. */
export function releaseByOperator({ database, recordAudit }: SendingHoldContext, by: Actor): Promise<boolean> {
  return database.transaction(async (tx) => {
    const isReleased = await releaseSending(tx)
    if (isReleased) await recordAudit(tx, { action: 'sending.release', subject: null, by })
    return isReleased
  })
}
