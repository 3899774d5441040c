import { parseInstant } from '../../platform/dates.ts'
import { type Address, parseAddress } from '../../platform/email-address.ts'
import type { Consent, ConsentEvent } from '../consent-store.ts'
import { unguard } from '../export/guarded-cells.ts'
import { namesIn } from '../names.ts'
import { chosenTopics } from '../sign-up/chosen-topics.ts'
import type { SubscriptionState } from '../subscriber.ts'
import type { Mapping } from './columns.ts'
import type { Field } from './fields.ts'
import { type DayOrder, readInstant } from './row-instants.ts'
import { isNone, readRowState } from './row-state.ts'
import { isNoState } from './state-values.ts'
import { type ImportedState, stateCalled } from './states.ts'
import type { TableRow } from './table.ts'

/** One entry in a consent history, without subscriber and digest. */
export type Proof = Omit<Consent, 'subscriberId' | 'digest'>

/** A valid row. Whether it is imported depends on what is stored for its address. */
export interface ImportedRow {
  readonly number: number
  readonly address: Address
  readonly state: Exclude<ImportedState, { state: 'stranger' }>
  /** State of the subscription of a suppressed address. Only our own exports contain it; for others it is unsubscribed. */
  readonly stateBeneath: SubscriptionState
  /** Digests of the publication. Empty if the row only suppresses an address. */
  readonly digests: readonly string[]
  readonly name: string
  /** Empty means all. */
  readonly topics: readonly string[]
  readonly language: string
  readonly source: string
  readonly pausedUntil: Date | undefined
  readonly requestedAt: Date | undefined
  readonly confirmedAt: Date | undefined
  readonly unsubscribedAt: Date | undefined
  /** Stored as proof if the row creates a subscription. */
  readonly proofs: readonly Proof[]
  /** Parts of the row that were not imported. */
  readonly remarks: readonly string[]
}

export type RowReading =
  | { readonly ok: true; readonly row: ImportedRow }
  | { readonly ok: false; readonly number: number; readonly email: string; readonly reason: string }

export interface RowContext {
  readonly mapping: Mapping
  readonly delimiter: string
  /** Of columns of dates whose order the first rows show. */
  readonly dayOrders: Partial<Readonly<Record<Field, DayOrder>>>
  /** Columns that are not read because none of their first values is a state. */
  readonly watched: readonly number[]
  /** Digests and topics of the publication. */
  readonly digests: ReadonlySet<string>
  readonly topics: ReadonlySet<string>
  /** For rows without digests. */
  readonly defaultDigests: readonly string[]
  readonly basis: string
  readonly now: Date
}

const maxEmailLength = 1_000
const maxNameLength = 120
const maxSourceLength = 200
const maxWordingLength = 2_000

/** Reads one row: address, state, choices and proof. */
export function readImportedRow(table: TableRow, context: RowContext): RowReading {
  const { mapping } = context
  const isOurs = mapping.format === 'broadsheet'
  const cellAt = (at: number): string => {
    const text = table.cells[at] ?? ''
    return (isOurs ? unguard(text) : text).trim()
  }
  const cell = (field: Field): string => {
    const at = mapping.index[field]
    return at === undefined ? '' : cellAt(at)
  }
  const email = cell('email')
  const refuse = (reason: string): RowReading => ({ ok: false, number: table.number, email: oneLine(email, 254), reason })
  const fault = faultOfShape(table, context)
  if (fault !== undefined) return refuse(fault)
  // Very long cells are rejected without parsing.
  const address = email.length > maxEmailLength ? undefined : parseAddress(email)
  if (!address) return refuse(email === '' ? 'has no email address' : 'is not an email address that mail can be sent to')
  const late = context.watched.find((at) => isNoState(cellAt(at)))
  if (late !== undefined) return refuse(`${nameAt(mapping, late)}: "${oneLine(cellAt(late), 40)}" is a state: map or ignore this column`)
  const state = readRowState(cellAt, mapping)
  if (typeof state === 'string') return refuse(state)
  if (state.state === 'stranger') return refuse('never subscribed there')
  if (state.state === 'confirmed' && mapping.format === 'mailchimp' && mapping.index.status === undefined && !hasConsent(cell, mapping))
    return refuse('never subscribed there: it has neither OPTIN_TIME nor CONFIRM_TIME')

  const named = namesIn(cell('digests'))
  const unknown = named.filter((name) => !context.digests.has(name))
  const known = [...new Set(named.filter((name) => context.digests.has(name)))].sort()
  const remarks = unknownNames('digest', unknown)
  // A suppressed address needs no subscription.
  const digests = named.length > 0 ? known : state.state === 'suppressed' ? [] : context.defaultDigests
  if (digests.length === 0 && state.state !== 'suppressed') return refuse(remarks.join('; ') || 'names no digest')
  const chosen = namesIn(cell('topics'))
  const topics = [...context.topics].filter((topic) => chosen.includes(topic))
  remarks.push(
    ...unknownNames(
      'topic',
      chosen.filter((name) => !context.topics.has(name)),
    ),
  )
  // An empty selection would mean all topics, which the row did not choose.
  if (chosen.length > 0 && topics.length === 0 && state.state === 'confirmed') return refuse(remarks.join('; '))

  // Every filled cell that yields nothing is told, by the name of its column.
  const tell = (field: Field, reason: string) => remarks.push(`${nameAt(mapping, mapping.index[field] ?? -1)}: ${reason}`)
  const instant = (field: Field, latest?: Date): Date | undefined => {
    const text = cell(field)
    if (isNone(text)) return undefined
    const read = readInstant(text, context.dayOrders[field], latest)
    if ('at' in read) return read.at
    tell(field, read.reason)
    return undefined
  }
  const line = (field: Field, max: number): string => {
    const written = cell(field)
    if (written === '') return ''
    const text = oneLine(written, max)
    if (text === '') tell(field, 'has no visible letters')
    return text
  }
  const [name, firstName, lastName] = [line('name', maxNameLength), line('first_name', maxNameLength), line('last_name', maxNameLength)]
  const language = cell('language')
  const isLanguage = language !== '' && /^[a-z]{2,8}(-[a-z\d]{1,8})*$/i.test(language)
  if (language !== '' && !isLanguage) tell('language', `"${oneLine(language, 40)}" is not a language code such as en or pt-BR`)
  const row = {
    number: table.number,
    address,
    state,
    stateBeneath: isOurs ? subscriptionStateOf(cell('status')) : 'unsubscribed',
    digests,
    name: name || oneLine(`${firstName} ${lastName}`, maxNameLength),
    topics: chosenTopics(context.topics, topics),
    language: isLanguage ? language : '',
    source: line('source', maxSourceLength) || 'import',
    pausedUntil: instant('paused_until'),
    requestedAt: instant('requested_at', context.now),
    confirmedAt: instant('confirmed_at', context.now),
    unsubscribedAt: instant('unsubscribed_at', context.now),
    remarks,
  }
  for (const [from, time] of [
    ['requested_from', row.requestedAt],
    ['confirmed_from', row.confirmedAt],
  ] as const)
    if (cell(from) !== '' && !time) tell(from, 'is not stored, because its time is unknown')
  const history = isOurs ? readHistory(cell('consents')) : undefined
  if (history === null) return refuse('consents: is not the history that an export writes')
  return { ok: true, row: { ...row, proofs: history ?? proofsOf(row, cell, context) } }
}

function nameAt({ columns }: Mapping, at: number): string {
  return oneLine(columns[at]?.column ?? '', 60)
}

/** A cell may contain many unknown names: the message shows the first three. */
function unknownNames(kind: 'digest' | 'topic', names: readonly string[]): string[] {
  if (names.length === 0) return []
  const shown = names.slice(0, 3).map((name) => oneLine(name, 60))
  return [`unknown ${kind}: ${shown.join(', ')}${names.length > shown.length ? ` and ${names.length - shown.length} more` : ''}`]
}

/** Why the cells may not match the columns of the header. Undefined if they do. */
function faultOfShape({ cells, isOpen }: TableRow, { mapping, delimiter }: RowContext): string | undefined {
  const width = mapping.columns.length
  if (cells.length > width && cells.slice(width).some((cell) => cell.trim() !== ''))
    return `has ${cells.length} cells where row 1 has ${width}: a cell with "${delimiter}" in it needs quotes`
  if (isOpen && cells.length < width) return 'the file ends in the middle of this row'
  for (let at = 0; at < cells.length; at++) {
    const cell = cells[at] ?? ''
    if (!cell.includes('\n')) continue
    const field = mapping.columns[at]?.field ?? null
    if (field === 'consents') continue
    // A note may span lines. Lines that look like rows are rows inside an unclosed quote.
    const isSwallowed = field !== null || cell.split('\n').some((line) => line.split(delimiter).length >= Math.max(width - 1, 2))
    if (isSwallowed)
      return `the cell under "${oneLine(mapping.columns[at]?.column ?? '', 40)}" runs over several lines: is a quote not closed?`
  }
  return undefined
}

function subscriptionStateOf(status: string): SubscriptionState {
  const state = stateCalled(status)?.state
  return state === 'confirmed' || state === 'pending' ? state : 'unsubscribed'
}

function hasConsent(cell: (field: Field) => string, mapping: Mapping): boolean {
  const times = ['requested_at', 'confirmed_at'] as const
  return times.some((field) => cell(field) !== '') || times.every((field) => mapping.index[field] === undefined)
}

/** The proof in another program's row, and the entry that the operator added it. */
function proofsOf(
  row: Pick<ImportedRow, 'state' | 'requestedAt' | 'confirmedAt' | 'unsubscribedAt'>,
  cell: (field: Field) => string,
  { mapping, basis, now }: RowContext,
): Proof[] {
  const common = { source: mapping.format === 'plain' ? 'import' : mapping.format, wording: '', basis }
  const from = (field: Field) => oneLine(cell(field), 45) || undefined
  const proofs: Proof[] = []
  if (row.requestedAt) proofs.push({ event: 'asked', at: row.requestedAt, networkAddress: from('requested_from'), ...common })
  if (row.confirmedAt) proofs.push({ event: 'confirmed', at: row.confirmedAt, networkAddress: from('confirmed_from'), ...common })
  const isLive = row.state.state === 'confirmed' || row.state.state === 'pending'
  const last = isLive ? { event: 'added' as const, at: now } : { event: 'left' as const, at: row.unsubscribedAt ?? now }
  return [...proofs, { ...last, networkAddress: undefined, ...common, source: 'import' }]
}

/** The history of our own export. Undefined if the cell is empty, null if it is invalid. */
function readHistory(text: string): readonly Proof[] | undefined | null {
  if (text === '') return undefined
  try {
    const items: unknown = JSON.parse(text)
    if (!Array.isArray(items) || items.length > 1_000) return null
    return items.map((item: Record<string, unknown>) => {
      const at = parseInstant(String(item.at))
      if (!at || !['asked', 'confirmed', 'added', 'left'].includes(String(item.event))) throw new Error('invalid history')
      return {
        event: item.event as ConsentEvent,
        at,
        source: oneLine(String(item.source ?? ''), maxSourceLength),
        networkAddress: typeof item.network_address === 'string' ? oneLine(item.network_address, 45) : undefined,
        wording: String(item.wording ?? '')
          .replaceAll('\0', '')
          .slice(0, maxWordingLength)
          .toWellFormed(),
        basis: oneLine(String(item.basis ?? ''), maxSourceLength),
      }
    })
  } catch {
    return null
  }
}

function oneLine(text: string, max: number): string {
  // Fast path: most cells are short and plain.
  if (text.length <= max && /^[\x20-\x7e]*$/.test(text)) return text.trim()
  const line = text
    .slice(0, max * 4)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .normalize('NFC')
  return [...line].slice(0, max).join('').trim()
}
