import { addresseeOf, type ReportKind, recordReport } from '../outbox/reports.ts'
import { unsubscribeByMail } from '../subscribers/unsubscribe.ts'
import { type Classification, classifyBounce } from './classify-bounce.ts'
import type { InboundContext } from './context.ts'
import { matchDelivery } from './match-delivery.ts'
import { readParts } from './mime.ts'

export interface Arrival {
  readonly source: Buffer
  /** Of the envelope; empty where only the message is left, as in a mailbox. */
  readonly recipients: readonly string[]
  /** The envelope's sender is empty, as that of reports is (RFC 5321 §4.5.5). */
  readonly hasNullSender: boolean
}

/** What was done about a message. */
export type Received = 'left' | 'suppressed' | 'counted' | 'known' | 'ignored'

/**
 * Does what a message asks for. When this resolves, its effect is committed, and a second time changes nothing: the message may be
 * acknowledged. It rejects where the database does not answer; then whoever brought the message keeps it.
 */
export async function receiveMail(context: InboundContext, { source, recipients, hasNullSender }: Arrival): Promise<Received> {
  const message = readParts(source)
  const classification = classifyBounce(message)
  const matched = matchDelivery(context.tokens, message, recipients)
  if (!matched) return ignored(context, classification, 'it is about no delivery of ours')
  const { deliveryId, isUnsubscribe } = matched
  if (isUnsubscribe && !isReport(classification)) {
    const isMachine =
      hasNullSender || classification.kind === 'loop' || /auto-replied/i.test(message.headers.get('auto-submitted')?.[0] ?? '')
    return isMachine ? ignored(context, classification, 'no reader wrote it', deliveryId) : unsubscribeFromList(context, deliveryId)
  }
  if (!isReport(classification)) return ignored(context, classification, 'nothing follows from it', deliveryId)
  return processReport(context, deliveryId, classification.kind, classification.status)
}

/** Also what a provider told by its webhook. */
export async function processReport(
  context: InboundContext,
  deliveryId: number,
  kind: ReportKind,
  status: string | undefined,
): Promise<Received> {
  const reported = await context.database.transaction((tx) =>
    recordReport(tx, context.tokens, { deliveryId, kind, status }, context.clock.now()),
  )
  if (reported.outcome !== 'new') {
    context.log.info({ deliveryId, kind, status, outcome: reported.outcome }, 'a report changed nothing')
    return reported.outcome === 'known' ? 'known' : 'ignored'
  }
  const { isSuppressed } = reported
  // A receiver that wants no mail like ours will want none of the rest either.
  context.log[kind === 'policy' ? 'warn' : 'info']({ deliveryId, kind, status, isSuppressed }, 'a report came back')
  return isSuppressed ? 'suppressed' : 'counted'
}

async function unsubscribeFromList(context: InboundContext, deliveryId: number): Promise<Received> {
  const addressee = await addresseeOf(context.database, deliveryId)
  const hasLeft = addressee !== undefined && (await unsubscribeByMail(context.subscribers, addressee.addressKey, addressee.list))
  context.log.info({ deliveryId, hasLeft }, 'a reader asked by mail to leave')
  return hasLeft ? 'left' : 'known'
}

function isReport(classification: Classification): classification is Extract<Classification, { status: unknown }> {
  return 'status' in classification
}

function ignored(context: InboundContext, { kind }: Classification, reason: string, deliveryId?: number): Received {
  context.log.info({ deliveryId, kind, reason }, 'a message that came in changed nothing')
  return 'ignored'
}
