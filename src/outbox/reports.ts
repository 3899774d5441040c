import type { Queries } from '../platform/database/database.ts'
import type { KeyedHashing } from '../platform/tokens.ts'
import { hashesOf } from './address-store.ts'
import type { DeliveryState } from './delivery.ts'
import {
  countSoftReports,
  deleteReportAddresses,
  insertReport,
  type ReportKind,
  readReportedDelivery,
  rewriteReportHashes,
} from './report-store.ts'
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
  /** The enhanced status code (RFC 3463), if given. */
  readonly status: string | undefined
}

/** Known: this delivery already has a report of this kind. Unknown: no such delivery, or it was never handed over. */
export type Reported =
  | { readonly outcome: 'new'; readonly mailingId: string; readonly isSuppressed: boolean }
  | { readonly outcome: 'known' | 'unknown' }

/** Three soft bounces in two weeks mean that nobody reads the mailbox. */
const softLimit = 3
const softWindowMs = 14 * 86_400_000

/**
 * Records a report in the caller's transaction. A hard bounce, a complaint, and the third soft bounce in 14 days suppress the address.
 * Idempotent: each kind counts once per delivery, whether it arrives by mail or by webhook.
 */
export async function recordReport(tx: Queries, tokens: KeyedHashing, report: Report, now: Date): Promise<Reported> {
  const { deliveryId, kind, status } = report
  const delivery = await readReportedDelivery(tx, deliveryId)
  if (!delivery || !wasHandedOver.has(delivery.state)) return { outcome: 'unknown' }
  const { mailingId, addressKey } = delivery
  const [hash = '', ...previous] = hashesOf(tokens, addressKey)
  const addressHash = kind === 'soft' ? hash : undefined
  if (!(await insertReport(tx, { deliveryId, kind, mailingId, status, addressHash }, now))) return { outcome: 'known' }
  if (kind === 'soft') await rewriteReportHashes(tx, previous, hash)
  // The delivery of an erased reader has no address, and the erasure already suppressed it.
  const isSuppressed = delivery.address !== '' && (await mustSuppress(tx, kind, hash, now))
  if (isSuppressed) await suppress(tx, tokens, addressKey, kind === 'complaint' ? 'complaint' : 'bounce', now)
  return { outcome: 'new', mailingId, isSuppressed }
}

/** Includes `handing_over`: a bounce may arrive before the server's answer is recorded. */
const wasHandedOver: ReadonlySet<DeliveryState> = new Set(['handing_over', 'sent', 'uncertain'])

async function mustSuppress(tx: Queries, kind: ReportKind, addressHash: string, now: Date): Promise<boolean> {
  if (kind !== 'soft') return kind !== 'policy'
  // Reports outside the window no longer need the address.
  await anonymiseOldReports(tx, now)
  return (await countSoftReports(tx, addressHash)) >= softLimit
}

/** Removes the address from soft bounces that no longer count towards a suppression. The reports remain. */
export async function anonymiseOldReports(db: Queries, now: Date): Promise<void> {
  await deleteReportAddresses(db, new Date(now.getTime() - softWindowMs))
}
