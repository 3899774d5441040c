import type { AuditLine } from '../../operators/audit.ts'
import type { DeliveryOutcome } from '../../outbox/delivery-queries.ts'
import { inEnglish, type MarkedText } from '../../platform/marked-text.ts'
import { shortTime } from '../../publication/format-date.ts'
import { localPath, paths } from '../../publication/urls.ts'
import type { ReaderHistory } from '../../subscribers/history.ts'
import { type DeskContext, reasonWords, words } from './desk-page.ts'
import { sourceName } from './source-name.ts'

/** One line of a reader's timeline, for the template. */
export interface TimelineEvent {
  readonly at: string
  /** Names the shape of its mark: `consent`, `mail`, `trouble` or `change`. */
  readonly kind: 'consent' | 'mail' | 'trouble' | 'change'
  readonly text: string
  /** What the reader agreed to, word for word; null if none is on record. */
  readonly quote: string | null
  /** Further facts, such as the reply of a server. */
  readonly details: string | MarkedText | null
  readonly href: string | null
}

/** Everything that is on record about a reader, latest first. */
export function timelineOf(desk: DeskContext, history: ReaderHistory, changes: readonly AuditLine[]): TimelineEvent[] {
  const dated = [
    ...consentEvents(desk, history),
    ...history.deliveries.flatMap((one) => mailEvents(desk, one)),
    ...changes.map((one) => changeEvent(desk, one)),
  ]
  const publication = desk.publication()
  // Of two events at one time, the later in the record comes first.
  return dated
    .map((one, index) => ({ ...one, index }))
    .sort((a, b) => b.time.getTime() - a.time.getTime() || b.index - a.index)
    .map(({ time, index: _, ...event }) => ({ ...event, at: shortTime(publication, time) }))
}

type Dated = Omit<TimelineEvent, 'at'> & { readonly time: Date }

function consentEvents(desk: DeskContext, { consents }: ReaderHistory): Dated[] {
  return consents.map((one) => ({
    time: one.at,
    kind: 'consent',
    text: words(desk, 'reader.event.consent', {
      event: one.event,
      digest: titleOf(desk, one.digest),
      source: sourceName(desk, one.source),
    }),
    quote: one.wording === '' ? null : one.wording,
    details:
      [
        ...(one.networkAddress === undefined ? [] : [words(desk, 'reader.event.network', { address: one.networkAddress })]),
        ...(one.event === 'left' || one.basis === 'consent'
          ? []
          : [words(desk, 'reader.event.basis', { basis: words(desk, 'import.basis.name', { basis: one.basis }) })]),
      ].join(' ') || null,
    href: null,
  }))
}

function mailEvents(desk: DeskContext, one: DeliveryOutcome): Dated[] {
  const href = one.kind === 'issue' ? localPath(desk.publication(), paths.adminIssue(one.mailingId)) : null
  const mail = words(desk, 'reader.event.mail', { kind: one.kind, digest: titleOf(desk, one.list) })
  const outcome: Dated = {
    time: one.settledAt ?? one.enqueuedAt,
    kind: one.state === 'failed' || one.state === 'uncertain' ? 'trouble' : 'mail',
    text: words(desk, 'reader.event.outcome', { mail, state: one.state }),
    quote: null,
    details: one.reason === undefined ? null : reasonWords(desk, one.reason),
    href,
  }
  const reports = one.reports.map(
    (report): Dated => ({
      time: report.at,
      kind: 'trouble',
      text: words(desk, 'reader.event.report', { mail, kind: report.kind }),
      quote: null,
      details: report.status ?? null,
      href,
    }),
  )
  return [outcome, ...reports]
}

function changeEvent(desk: DeskContext, { at, by, email, action, details }: AuditLine): Dated {
  const who = email ?? words(desk, by.via === 'cli' ? 'operator.by_command' : 'operator.by_token')
  const known = ['subscriber.add', 'subscriber.change'].includes(action) ? action.replace('subscriber.', '') : 'other'
  const fields = Object.entries(details).filter(([, value]) => value !== '')
  return {
    time: at,
    kind: 'change',
    text: words(desk, 'reader.event.change', { what: known, who }),
    quote: null,
    details: fields.length === 0 ? null : inEnglish(fields.map(([name, value]) => `${name}: ${value}`).join(', ')),
    href: null,
  }
}

function titleOf(desk: DeskContext, digest: string): string {
  return desk.publication().digests.get(digest)?.title ?? digest
}
