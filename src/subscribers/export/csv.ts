import { stringify } from 'csv-stringify/sync'
import type { Consent } from '../consent-store.ts'
import type { Barred, Exported } from './exported.ts'
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

/** A row for each subscription, as RFC 4180 has it; `digest`: of this one alone. */
export function csvOfSubscribers(some: readonly Exported[], digest: string | undefined): string {
  return csvOf(some.flatMap((one) => rowsOf(one, digest)))
}

export function csvOfBarred(some: readonly Barred[]): string {
  return csvOf(some.map((one) => ({ email: one.addressKey, status: 'suppressed', suppressed: one.reason })))
}

function rowsOf(one: Exported, digest: string | undefined): Row[] {
  const { email, name, language, suppressed } = one
  const about = {
    email,
    name,
    language,
    suppressed,
    // In one order, whatever the order in which they were chosen.
    topics: [...one.topics].sort().join(' '),
    paused_until: one.pausedUntil?.toISOString(),
  }
  // Who has no subscription agreed to nothing; a "no" is told all the same.
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

/** What is empty is left out: there are as many of these as subscriptions, and more. */
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
