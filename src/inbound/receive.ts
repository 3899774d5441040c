import { addresseeOf, type ReportKind, recordReport } from '../outbox/reports.ts'
import { leaveByMail } from '../subscribers/unsubscribe.ts'
import { judge, type Verdict } from './classify-bounce.ts'
import type { InboundRoom } from './context.ts'
import { whoseDelivery } from './match-delivery.ts'
import { readParts } from './mime.ts'

export interface Arrival {
  readonly source: Buffer
  /** Of the envelope; empty where only the message is left, as in a mailbox. */
  readonly recipients: readonly string[]
  /** The envelope's sender is empty, as that of reports is (RFC 5321 §4.5.5). */
  readonly isFromNobody: boolean
}

/** What was done about a message. */
export type Received = 'left' | 'suppressed' | 'counted' | 'known' | 'ignored'

/**
 * Does what a message asks for. When this resolves, its effect is committed, and a second time changes nothing: the message may be
 * acknowledged. It rejects where the database does not answer; then whoever brought the message keeps it.
 */
export async function receiveMail(room: InboundRoom, { source, recipients, isFromNobody }: Arrival): Promise<Received> {
  const message = readParts(source)
  const verdict = judge(message)
  const whose = whoseDelivery(room.tokens, message, recipients)
  if (!whose) return ignored(room, verdict, 'it is about no delivery of ours')
  const { deliveryId, isToLeave } = whose
  if (isToLeave && !isReport(verdict)) {
    const isMachine = isFromNobody || verdict.kind === 'loop' || /auto-replied/i.test(message.headers.get('auto-submitted')?.[0] ?? '')
    return isMachine ? ignored(room, verdict, 'no reader wrote it', deliveryId) : leaveList(room, deliveryId)
  }
  if (!isReport(verdict)) return ignored(room, verdict, 'nothing follows from it', deliveryId)
  return takeReport(room, deliveryId, verdict.kind, verdict.status)
}

/** Also what a provider told by its webhook. */
export async function takeReport(room: InboundRoom, deliveryId: number, kind: ReportKind, status: string | undefined): Promise<Received> {
  const reported = await room.database.transaction((tx) => recordReport(tx, room.tokens, { deliveryId, kind, status }, room.clock.now()))
  if (reported.outcome !== 'new') {
    room.log.info({ deliveryId, kind, status, outcome: reported.outcome }, 'a report changed nothing')
    return reported.outcome === 'known' ? 'known' : 'ignored'
  }
  const { isSuppressed } = reported
  // A receiver that wants no mail like ours will want none of the rest either.
  room.log[kind === 'policy' ? 'warn' : 'info']({ deliveryId, kind, status, isSuppressed }, 'a report came back')
  return isSuppressed ? 'suppressed' : 'counted'
}

async function leaveList(room: InboundRoom, deliveryId: number): Promise<Received> {
  const addressee = await addresseeOf(room.database, deliveryId)
  const hasLeft = addressee !== undefined && (await leaveByMail(room.subscribers, addressee.addressKey, addressee.list))
  room.log.info({ deliveryId, hasLeft }, 'a reader asked by mail to leave')
  return hasLeft ? 'left' : 'known'
}

function isReport(verdict: Verdict): verdict is Extract<Verdict, { status: unknown }> {
  return 'status' in verdict
}

function ignored(room: InboundRoom, { kind }: Verdict, reason: string, deliveryId?: number): Received {
  room.log.info({ deliveryId, kind, reason }, 'a message that came in changed nothing')
  return 'ignored'
}
