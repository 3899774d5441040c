import { parseDate } from '../../platform/dates.ts'
import { dayIn } from '../../platform/time-zones.ts'
import type { Hiding, HidingKind } from '../article.ts'
import { type Fields, flagOf, textOf } from './fields.ts'
import { isOn, rules } from './visibility-rules.ts'

/** What a file says about who may see its article, and where. */
export interface Visibility {
  /** Every reason to hide it at any time, the strictest first. */
  readonly hidings: readonly Hiding[]
  /** From `at` on. */
  readonly expiry: (Hiding & { readonly at: Date }) | undefined
  readonly isIndexed: boolean
  readonly isInFeeds: boolean
  readonly mail: 'usual' | 'only' | 'never'
  /** Where `mail` is written. */
  readonly mailLine: number | undefined
  /** Values that cannot be read. In a foreign folder, other values of `mail` and `feed` mean something else. */
  remarks(isOwnFolder: boolean): readonly Remark[]
}

interface Remark {
  readonly field: string
  readonly line: number | undefined
  readonly reason: string
}

const ranks: Readonly<Record<HidingKind, number>> = { draft: 0, private: 1, protected: 2, expired: 3, unlisted: 4 }

type Lines = ReadonlyMap<string, number>

/** Reads what hides the article, by any generator's names. Never throws because of a value. */
export function readVisibility(fields: Fields, lines: Lines, body: string, timezone: string): Visibility {
  const hidings: Hiding[] = []
  let [isIndexed, isInFeeds] = [true, true]
  const hide = (kind: HidingKind, field: string, line: number | undefined) =>
    hidings.push({ kind, field, line, words: wordsFor(kind, field) })
  for (const { name, value } of fields.all('draft')) if (isOn(value)) hide('draft', name, lines.get(name))
  for (const { key, name, place, value } of fields.each()) {
    // Hugo's `_build` was renamed to `build`.
    const saying = rules.get(key)?.(value)
    if (saying === undefined) continue
    if (saying === 'noindex') isIndexed = false
    else if (saying === 'no feed') isInFeeds = false
    else hide(saying, key === 'build' ? `${place}.${saying === 'private' ? 'render' : 'list'}` : place, lines.get(name))
  }
  if (isEncryptedWithin(body)) hide('protected', 'encrypted text', undefined)
  hidings.sort((one, other) => ranks[one.kind] - ranks[other.kind])
  const remarks: (Remark & { readonly isForeignToo: boolean })[] = []
  const expiry = readExpiry(fields, lines, timezone, (remark) => remarks.push({ ...remark, isForeignToo: true }))
  const [mail, feed] = (['mail', 'feed'] as const).map((field) =>
    readChannel(fields, lines, field, (remark) => remarks.push({ ...remark, isForeignToo: false })),
  )
  return {
    hidings,
    expiry,
    isIndexed,
    isInFeeds: isInFeeds && feed?.value === 'usual',
    mail: mail?.value ?? 'usual',
    mailLine: mail?.line,
    remarks: (isOwnFolder) => remarks.filter(({ isForeignToo }) => isOwnFolder || isForeignToo),
  }
}

/** `protected: password`, or the kind alone where the field is called the same. */
function wordsFor(kind: HidingKind, field: string): string {
  return field.toLowerCase() === kind ? kind : `${kind}: ${field}`
}

/** The first date wins, as in Hugo. `false` and `never` are no dates, but valid. */
function readExpiry(fields: Fields, lines: Lines, timezone: string, remark: (remark: Remark) => void): Visibility['expiry'] {
  for (const { name, value } of fields.all('expires')) {
    const text = textOf(value)
    if (text === '' || flagOf(value) !== undefined || /^(?:never|none|null|~)$/i.test(text ?? '')) continue
    const line = lines.get(name)
    const date = text === undefined ? { reason: `${name} must be a date` } : parseDate(text, timezone)
    if ('at' in date) return { kind: 'expired', field: name, line, at: date.at, words: `expired on ${dayIn(timezone, date.at)}` }
    remark({ field: name, line, reason: `${date.reason}. The article does not expire` })
  }
  return undefined
}

function readChannel(fields: Fields, lines: Lines, field: 'mail' | 'feed', remark: (remark: Remark) => void) {
  for (const { name, value } of fields.all(field)) {
    const text = textOf(value)?.toLowerCase()
    const line = lines.get(name)
    if (text === 'never' || (text === 'only' && field === 'mail')) return { value: text, line } as const
    remark({ field: name, line, reason: `${name} must be ${field === 'mail' ? 'only or never' : 'never'}` })
  }
  return { value: 'usual', line: undefined } as const
}

/** Shortcodes with a password that encrypt a part of the text (Hugo Encryptor, FixIt, hugo-encrypt). */
function isEncryptedWithin(body: string): boolean {
  return body.includes('encrypt') && /\{\{[<%]\s*(?:[a-z]+-)?encrypt(?:or|ed)?[\s%>]/.test(body)
}
