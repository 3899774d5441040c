import type { Mapping } from './columns.ts'
import type { StateField } from './fields.ts'
import { type ImportedState, readFlag, stateCalled } from './states.ts'

/** The trimmed text of a cell, by column index. */
export type CellAt = (at: number) => string

/** How programs write that there is no value. Zero dates come from MySQL. */
export function isNone(text: string): boolean {
  if (text === '') return true
  return text.length <= 19 && /^(?:null|none|n\/a|-|\\n|0000-00-00(?:[T ]00:00:00)?)$/i.test(text)
}

/** From the strictest to the loosest. */
const order = ['suppressed', 'unsubscribed', 'stranger', 'pending', 'confirmed']
/** From the most to the least specific: a status "suppressed" says nothing about why. */
const reasons = ['complaint', 'bounce', 'operator']

function rankOf(state: ImportedState): number {
  const reason = state.state === 'suppressed' ? reasons.indexOf(state.reason) : 0
  return order.indexOf(state.state) * reasons.length + reason
}

/** The strictest state in the row, or a message if a value is unknown. */
export function readRowState(cellAt: CellAt, mapping: Mapping): ImportedState | string {
  const states: ImportedState[] = []
  if (mapping.state !== 'confirmed')
    states.push(mapping.state === 'suppressed' ? { state: 'suppressed', reason: 'bounce' } : { state: mapping.state })
  let statuses = 0
  for (const { field, at } of mapping.states) {
    const text = cellAt(at)
    if (field === 'status' && text !== '') statuses++
    // Our own pending rows may contain an earlier unsubscribe. In other formats the time means unsubscribed.
    if (field === 'unsubscribed_at' && mapping.format === 'broadsheet') continue
    const state = readCell(field, text, mapping.columns[at]?.column ?? field)
    if (typeof state === 'string') return state
    if (state) states.push(state)
  }
  if (statuses === 0 && mapping.index.status !== undefined) return 'status: is empty'
  return states.sort((a, b) => rankOf(a) - rankOf(b))[0] ?? { state: 'confirmed' }
}

/** Undefined if the cell says nothing. An empty cell counts as the negative answer to its column. */
function readCell(field: StateField, text: string, column: string): ImportedState | string | undefined {
  switch (field) {
    case 'status':
      if (text === '') return undefined
      return stateCalled(text) ?? flagged(readFlag(text)) ?? `status: ${quoted(text)} is not a known word`
    case 'gets_mail':
      return flagged(flagIn(text)) ?? notAFlag(column, text)
    case 'gets_no_mail': {
      const flag = flagIn(text)
      return flag === undefined ? notAFlag(column, text) : flagged(!flag)
    }
    case 'confirmed': {
      const flag = flagIn(text)
      if (flag === undefined) return notAFlag(column, text)
      return flag ? { state: 'confirmed' } : { state: 'pending' }
    }
    case 'blocklisted':
      return isYes(text) ? { state: 'suppressed', reason: 'operator' } : undefined
    case 'complained':
      return isYes(text) ? { state: 'suppressed', reason: 'complaint' } : undefined
    case 'bounced':
      return isYes(text) ? { state: 'suppressed', reason: 'bounce' } : undefined
    case 'bounced_at':
      return isNone(text) ? undefined : { state: 'suppressed', reason: 'bounce' }
    case 'unsubscribed_at':
      return isNone(text) ? undefined : { state: 'unsubscribed' }
    case 'suppressed': {
      if (text === '') return undefined
      const state = stateCalled(text)
      return state?.state === 'suppressed' ? state : `suppressed: ${quoted(text)} is not a known reason`
    }
  }
}

/** Undefined if the text is neither yes nor no. */
function flagIn(text: string): boolean | undefined {
  return isNone(text) ? false : readFlag(text)
}

/** A reason or a time in such a column is a yes. */
function isYes(text: string): boolean {
  return !isNone(text) && readFlag(text) !== false
}

function flagged(flag: boolean | undefined): ImportedState | undefined {
  return flag === undefined ? undefined : { state: flag ? 'confirmed' : 'unsubscribed' }
}

function notAFlag(column: string, text: string): string {
  return `${column.slice(0, 60)}: ${quoted(text)} must be true or false`
}

function quoted(text: string): string {
  const line = text
    .slice(0, 160)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .toWellFormed()
  return `"${[...line].slice(0, 40).join('')}"`
}
