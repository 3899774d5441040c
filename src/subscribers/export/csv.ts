import { stringify } from 'csv-stringify/sync'
import type { Consent } from '../consent-store.ts'
import type { Exported, SuppressedAddress } from './exported.ts'
import { guard } from './guarded-cells.ts'

const columns = [
  'email',
  'name',
  'status',
  'digests',
  'topics',
  'confirmed_at',
  'source',
  'language',
  'requested_at',
  'unsubscribed_at',
  'paused_until',
  'suppressed',
  'consents',
] as const

type Row = Readonly<Partial<Record<(typeof columns)[number], string | undefined>>>

export const csvHeader = `${columns.join(',')}\r\n`

/** One row per subscription (RFC 4180). With `digest`, only the subscriptions to it. */
export function csvOfSubscribers(some: readonly Exported[], digest: string | undefined): string {
  return csvOf(some.flatMap((one) => rowsOf(one, digest)))
}

export function csvOfSuppressed(some: readonly SuppressedAddress[]): string {
  return csvOf(some.map((one) => ({ email: one.addressKey, status: 'suppressed', suppressed: one.reason })))
}

function rowsOf(one: Exported, digest: string | undefined): Row[] {
  const { email, name, language, suppressed } = one
  const about = {
    email,
    name,
    language,
    suppressed,
    // Sorted, so that equal choices give equal files.
    topics: [...one.topics].sort().join(' '),
    paused_until: one.pausedUntil?.toISOString(),
  }
  // A subscriber without subscriptions has no consent to export, but the suppression is exported.
  if (one.subscriptions.length === 0) return suppressed && digest === undefined ? [{ ...about, status: 'suppressed' }] : []
  return one.subscriptions
    .filter((subscription) => digest === undefined || subscription.digest === digest)
    .map((subscription) => ({
      ...about,
      status: subscription.state,
      digests: subscription.digest,
      source: subscription.source,
      requested_at: subscription.requestedAt.toISOString(),
      confirmed_at: subscription.confirmedAt?.toISOString(),
      unsubscribed_at: subscription.unsubscribedAt?.toISOString(),
      consents: JSON.stringify(one.consents.filter((consent) => consent.digest === subscription.digest).map(proofJson)),
    }))
}

/** Leaves out empty values, because there is at least one entry per subscription. */
function proofJson({ event, at, source, networkAddress, wording, basis }: Consent) {
  return {
    event,
    at: at.toISOString(),
    source,
    ...(networkAddress === undefined ? {} : { network_address: networkAddress }),
    ...(wording === '' ? {} : { wording }),
    basis,
  }
}

function csvOf(rows: readonly Row[]): string {
  if (rows.length === 0) return ''
  return stringify(
    rows.map((row) => columns.map((column) => guard(row[column] ?? ''))),
    { record_delimiter: 'windows' },
  )
}
