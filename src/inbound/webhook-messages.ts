import { readReturnPath, readUnsubscribeAddress } from '../outbox/message/return-path.ts'
import { lastDeliveryTo } from '../outbox/reports.ts'
import type { Queries } from '../platform/database/database.ts'
import { addressesIn, parseAddress } from '../platform/email-address.ts'
import type { InboundContext } from './context.ts'
import type { MessageOrigin, ProviderReport } from './providers/provider.ts'
import { logReported, type RecordedReport, recordReportOf } from './receive.ts'
import { insertWebhookMessage, noteRefusedTopic, pinTopic, readWebhookRecord, type WebhookSecret } from './webhook-store.ts'

/** SNS repeats a message for an hour. A day leaves time for a server that was down. */
const maxAgeMs = 86_400_000
/** Clocks differ. */
const maxAheadMs = 3_600_000
/** A message is older than a day by then, wherever its clock stands. */
export const webhookMessageStoredMs = 2 * 86_400_000

export type WebhookOutcome =
  | { readonly outcome: 'recorded' | 'known' }
  /** Authentic, but not to be believed. */
  | { readonly outcome: 'refused'; readonly reason: string }

/**
 * Records the reports of one webhook message, all or none. With an origin, it counts once, not after a day, and from one topic only:
 * the first that confirmed or reported under this secret.
 */
export async function receiveWebhook(
  context: InboundContext,
  secret: WebhookSecret,
  reports: readonly ProviderReport[],
  origin: MessageOrigin | undefined,
): Promise<WebhookOutcome> {
  const now = context.clock.now()
  if (origin) {
    const ageMs = now.getTime() - origin.sentAt.getTime()
    if (!(ageMs <= maxAgeMs)) return { outcome: 'refused', reason: 'the message is older than a day' }
    if (ageMs < -maxAheadMs) return { outcome: 'refused', reason: 'the message comes from the future' }
    const { topic = origin.topic } = await readWebhookRecord(context.database, secret)
    if (topic !== origin.topic) return refuseTopic(context, secret, origin.topic, now)
    // Before the pin: a topic that cannot be confirmed must not shut out the right one.
    await origin.confirm?.()
  }
  const done = await context.database.transaction(async (tx): Promise<'other topic' | 'known' | RecordedReport[]> => {
    if (origin) {
      if ((await pinTopic(tx, secret, origin.topic)) !== origin.topic) return 'other topic'
      if (!(await insertWebhookMessage(tx, origin.messageId, now))) return 'known'
    }
    const recorded: RecordedReport[] = []
    for (const report of reports) recorded.push(await recordProviderReport(tx, context, report))
    return recorded
  })
  if (done === 'other topic') return refuseTopic(context, secret, origin?.topic ?? '', now)
  if (done === 'known') return { outcome: 'known' }
  for (const one of done) logReported(context, one)
  return { outcome: 'recorded' }
}

async function refuseTopic({ database }: InboundContext, secret: WebhookSecret, topic: string, now: Date): Promise<WebhookOutcome> {
  await database.transaction((tx) => noteRefusedTopic(tx, secret, topic, now))
  return { outcome: 'refused', reason: `another topic than ${topic} is in use` }
}

async function recordProviderReport(tx: Queries, context: InboundContext, report: ProviderReport): Promise<RecordedReport> {
  const { kind, status, marked, recipient } = report
  const deliveryId = markIn(context, marked) ?? (await lastTo(tx, recipient))
  if (deliveryId === undefined) return { deliveryId, kind, status, reported: { outcome: 'unknown' } }
  return recordReportOf(tx, context, { deliveryId, kind, status })
}

function markIn({ tokens }: InboundContext, marked: readonly string[]): number | undefined {
  for (const text of marked) {
    for (const address of addressesIn(text)) {
      const deliveryId = readReturnPath(tokens, address) ?? readUnsubscribeAddress(tokens, address)
      if (deliveryId !== undefined) return deliveryId
    }
  }
  return undefined
}

async function lastTo(tx: Queries, recipient: string): Promise<number | undefined> {
  const address = parseAddress(/<([^<>]+)>/.exec(recipient)?.[1] ?? recipient)
  return address && lastDeliveryTo(tx, address.key)
}
