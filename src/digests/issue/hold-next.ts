import type { Actor } from '../../platform/actor.ts'
import type { Queries } from '../../platform/database/database.ts'
import type { DigestDefinition } from '../../publication/publication.ts'
import type { DigestsContext } from '../context.ts'
import { registerDigest } from '../schedule/register-digest.ts'
import type { IssueHold } from './issue.ts'
import { deleteHeldNext, hasHeldNext, insertHeldNext, keepOnHold, readPreparedAhead } from './issue-store.ts'

const hold: IssueHold = { reason: 'an operator asked to review it before it is sent', releaseAt: undefined }

/**
 * Holds the next scheduled issue of a digest until it is approved. An issue that already waits for its slot stays held instead. Issues sent
 * by hand are not held. False if the next issue was held before.
 */
export async function holdNextIssue(context: DigestsContext, definition: DigestDefinition, by: Actor): Promise<boolean> {
  return context.database.transaction(async (tx) => {
    await registerDigest(context, tx, definition)
    const prepared = await readPreparedAhead(tx, definition.name)
    if (prepared === undefined) {
      if (!(await insertHeldNext(tx, definition.name, context.clock.now()))) return false
    } else await keepOnHold(tx, prepared, hold.reason)
    await context.recordAudit(tx, { action: 'digest.hold_next', subject: definition.name, by })
    return true
  })
}

/** Lets the next scheduled issue go as the settings say. False if it was not held. */
export async function releaseNextIssue(context: DigestsContext, digest: string, by: Actor): Promise<boolean> {
  return context.database.transaction(async (tx) => {
    if (!(await deleteHeldNext(tx, digest))) return false
    await context.recordAudit(tx, { action: 'digest.release_next', subject: digest, by })
    return true
  })
}

/** Whether an operator holds the next scheduled issue. */
export async function isNextHeld(context: DigestsContext, digest: string): Promise<boolean> {
  return hasHeldNext(context.database, digest)
}

/** The operator's hold for an issue that is being created; it is used up. */
export async function useNextHold(tx: Queries, digest: string): Promise<IssueHold | undefined> {
  return (await deleteHeldNext(tx, digest)) ? hold : undefined
}
