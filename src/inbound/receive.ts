import { addresseeOf, type Report, type Reported, type ReportKind, recordReport } from '../outbox/reports.ts'
import type { Queries } from '../platform/database/database.ts'
import { raiseReturned } from '../subscribers/subscriber-events.ts'
import { unsubscribeByMail } from '../subscribers/unsubscribe.ts'
import { type Classification, classifyBounce } from './classify-bounce.ts'
import type { InboundContext } from './context.ts'
import { matchDelivery } from './match-delivery.ts'

export interface Arrival {
  /** In the pieces in which it came: joining 5 MB would copy them. */
  readonly source: readonly Buffer[]
  /** Envelope recipients; empty for mail fetched from a mailbox. */
  readonly recipients: readonly string[]
  /** The envelope sender is empty, as for reports (RFC 5321 §4.5.5). */
  readonly hasNullSender: boolean
}

/** What was done with a message. */
export type Received = 'unsubscribed' | 'suppressed' | 'counted' | 'known' | 'ignored'

/**
 * Processes an incoming message. When this resolves, the effect is committed, so the message can be acknowledged. Idempotent.
 * Rejects if the database is unavailable; the caller must then not acknowledge the message.
 */
export async function receiveMail(context: InboundContext, { source, recipients, hasNullSender }: Arrival): Promise<Received> {
  const reading = await context.mailParser.parse(source)
  if (reading.status === 'unreadable') {
    // Not answered with an error: nobody could do better with the next try.
    const bytes = source.reduce((sum, { length }) => sum + length, 0)
    context.log.warn({ bytes, reason: reading.reason }, 'incoming message ignored: it cannot be parsed within the limits')
    return 'ignored'
  }
  const { message } = reading
  const classification = classifyBounce(message)
  const matched = matchDelivery(context.tokens, message, recipients)
  if (!matched) return ignored(context, classification, 'matches no delivery')
  const { deliveryId, isUnsubscribe } = matched
  if (isUnsubscribe && !isReport(classification)) {
    const isMachine =
      hasNullSender || classification.kind === 'loop' || /auto-replied/i.test(message.headers.get('auto-submitted')?.[0] ?? '')
    return isMachine ? ignored(context, classification, 'not written by a reader', deliveryId) : unsubscribeFromList(context, deliveryId)
  }
  if (!isReport(classification)) return ignored(context, classification, 'not a report', deliveryId)
  return processReport(context, deliveryId, classification.kind, classification.status)
}

async function processReport(context: InboundContext, deliveryId: number, kind: ReportKind, status: string | undefined): Promise<Received> {
  const recorded = await context.database.transaction((tx) => recordReportOf(tx, context, { deliveryId, kind, status }))
  logReported(context, recorded)
  const { reported } = recorded
  if (reported.outcome !== 'new') return reported.outcome === 'known' ? 'known' : 'ignored'
  return reported.isSuppressed ? 'suppressed' : 'counted'
}

/** A report that came by mail or by webhook, and what it led to. */
export interface RecordedReport {
  /** Undefined: it is about no mail of ours. */
  readonly deliveryId: number | undefined
  readonly kind: ReportKind
  readonly status: string | undefined
  readonly reported: Reported
}

/** Records a report in the caller's transaction. Call `logReported` after the commit. */
export async function recordReportOf(tx: Queries, { tokens, clock, subscribers }: InboundContext, report: Report): Promise<RecordedReport> {
  const { deliveryId, kind, status } = report
  const reported = await recordReport(tx, tokens, report, clock.now())
  // A policy refusal is about the sender of the mail, not about the subscriber.
  if (reported.outcome === 'new' && kind !== 'policy') {
    const addressee = await addresseeOf(tx, deliveryId)
    if (addressee) await raiseReturned(tx, subscribers, addressee.addressKey, { kind, status, isSuppressed: reported.isSuppressed })
  }
  return { ...report, reported }
}

export function logReported({ log }: Pick<InboundContext, 'log'>, { deliveryId, kind, status, reported }: RecordedReport): void {
  if (reported.outcome === 'new') {
    const { isSuppressed } = reported
    // A policy refusal concerns all mail to that server, so it is a warning.
    log[kind === 'policy' ? 'warn' : 'info']({ deliveryId, kind, status, isSuppressed }, 'report recorded')
  } else log.info({ deliveryId, kind, status, outcome: reported.outcome }, 'report ignored')
}

async function unsubscribeFromList(context: InboundContext, deliveryId: number): Promise<Received> {
  const addressee = await addresseeOf(context.database, deliveryId)
  const hasUnsubscribed = addressee !== undefined && (await unsubscribeByMail(context.subscribers, addressee.addressKey, addressee.list))
  context.log.info({ deliveryId, hasUnsubscribed }, 'unsubscribe mail processed')
  return hasUnsubscribed ? 'unsubscribed' : 'known'
}

function isReport(classification: Classification): classification is Extract<Classification, { status: unknown }> {
  return 'status' in classification
}

function ignored(context: InboundContext, { kind }: Classification, reason: string, deliveryId?: number): Received {
  context.log.info({ deliveryId, kind, reason }, 'incoming message ignored')
  return 'ignored'
}
