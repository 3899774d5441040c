import type { Queries } from '../platform/database/database.ts'
import type { Tokens } from '../platform/tokens.ts'
import { hashOf } from './address-store.ts'
import type { DeliveryState } from './delivery.ts'
import { countSoftReports, deleteReportAddresses, insertReport, type ReportKind, readReportedDelivery } from './report-store.ts'
import { suppress } from './suppression-store.ts'

export {
  addresseeOf,
  countReports,
  type LaterCounts,
  lastDeliveryTo,
  type ReportKind,
  readLaterCounts,
} from './report-store.ts'

export interface Report {
  readonly deliveryId: number
  readonly kind: ReportKind
  /** The enhanced status code (RFC 3463) where one was given. */
  readonly status: string | undefined
}

/** Taken in; told before; or of no delivery that has been handed over. */
export type Reported =
  | { readonly outcome: 'new'; readonly mailingId: string; readonly isSuppressed: boolean }
  | { readonly outcome: 'known' | 'unknown' }

/** A mailbox that was full three times in two weeks is one that nobody reads. */
const softLimit = 3
const softWindowMs = 14 * 86_400_000

/**
 * Records a report and what follows from it, in the caller's transaction: a hard bounce, a complaint, and the third soft bounce in
 * fourteen days suppress the address. Of one delivery each kind counts once, however often and by whatever way it is told.
 */
export async function recordReport(tx: Queries, tokens: Pick<Tokens, 'keyedHash'>, report: Report, now: Date): Promise<Reported> {
  const { deliveryId, kind, status } = report
  const delivery = await readReportedDelivery(tx, deliveryId)
  if (!delivery || !wasHandedOver.has(delivery.state)) return { outcome: 'unknown' }
  const { mailingId, addressKey } = delivery
  const hash = hashOf(tokens, addressKey)
  const addressHash = kind === 'soft' ? hash : undefined
  if (!(await insertReport(tx, { deliveryId, kind, mailingId, status, addressHash }, now))) return { outcome: 'known' }
  // Of an erased reader the delivery has no address any more, and the suppression stands already.
  const isSuppressed = delivery.address !== '' && (await isReason(tx, kind, hash, now))
  if (isSuppressed) await suppress(tx, tokens, addressKey, kind === 'complaint' ? 'complaint' : 'bounce', now)
  return { outcome: 'new', mailingId, isSuppressed }
}

/** A bounce may overtake the record of the answer that it follows. */
const wasHandedOver: ReadonlySet<DeliveryState> = new Set(['handing_over', 'sent', 'uncertain'])

async function isReason(tx: Queries, kind: ReportKind, addressHash: string, now: Date): Promise<boolean> {
  if (kind !== 'soft') return kind !== 'policy'
  // What counts no more need not say whose it was.
  await anonymiseOldReports(tx, now)
  return (await countSoftReports(tx, addressHash)) >= softLimit
}

/** Takes the address out of soft bounces that count no more towards a suppression: that there was one is all that is left. */
export async function anonymiseOldReports(db: Queries, now: Date): Promise<void> {
  await deleteReportAddresses(db, new Date(now.getTime() - softWindowMs))
}
