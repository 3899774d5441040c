import { createHash } from 'node:crypto'
import { byKey, type Found, flagOf, keyOf, textOf, wordsOf } from '../../articles/front-matter/fields.ts'
import { splitFrontMatter } from '../../articles/front-matter/split-front-matter.ts'
import { absoluteUrl, isAbsolute } from '../../articles/links/resolve-link.ts'
import { isVisible } from '../../platform/text.ts'
import type { Note, NoteFault, ReadNote } from './note.ts'

/** An email holds about 100 KB, and a note is never cut. */
export const maxNoteBytes = 32 * 1024
const maxLineLength = 300
const maxNames = 100

const textFields = ['subject', 'preheader', 'lead', 'cta', 'cta_label', 'cta_url'] as const
const listFields = ['order', 'postpone', 'exclude'] as const
export const noteFields = [...textFields, ...listFields, 'send_without_articles'] as const
/** What a translation may say. Articles are moved by the main note only. */
const translatedFields: readonly string[] = ['subject', 'preheader', 'cta', 'cta_label', 'cta_url']
const linkSchemes = new Set(['http:', 'https:', 'mailto:'])

/** A hash of what a text says: without a byte order mark, the kind of line ends and blanks at the end. */
export function hashOfNote(text: string): string {
  return createHash('sha256').update(canonical(text)).digest('base64url')
}

function canonical(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .trimEnd()
}

/** Reads the text of a note: a Markdown file with front matter. Never throws because of its content. */
export function readNote(text: string, isTranslation = false): ReadNote {
  const faults: NoteFault[] = []
  const refused = (reason: string, field?: string, line?: number): ReadNote => ({
    note: undefined,
    faults: [{ severity: 'error', field, line, reason }],
    lines: new Map(),
  })
  if (Buffer.byteLength(text) > maxNoteBytes) return refused(`the note is longer than ${maxNoteBytes / 1024} KB, which no email holds`)
  const split = splitFrontMatter(text)
  if (split.status === 'refused') return refused(split.reason, split.field, split.line)
  const { fields, lines, body, remarks } = split.frontMatter
  for (const remark of remarks) faults.push({ severity: 'warning', ...remark })
  const report = (severity: NoteFault['severity'], field: string, reason: string) =>
    faults.push({ severity, field, line: lines.get(field), reason })
  const found = byKey(fields)
  const known = new Set(noteFields.map(keyOf))
  for (const [key, { name }] of found) {
    if (!known.has(key)) report('warning', name, `${name.slice(0, 60)} is not a field of a note: ${noteFields.join(', ')}`)
    else if (isTranslation && !translatedFields.some((field) => keyOf(field) === key))
      report('warning', name, `${name} counts only in the note without a language`)
  }
  const line = (field: (typeof textFields)[number]) => readLine(found.get(keyOf(field)), report)
  const list = (field: (typeof listFields)[number]) => readNames(found.get(keyOf(field)), report)
  const cta = line('cta')
  const ctaLabel = line('cta_label')
  const ctaUrl = line('cta_url')
  const note: Note = {
    subject: line('subject'),
    preheader: line('preheader'),
    lead: line('lead'),
    order: list('order'),
    postpone: list('postpone'),
    exclude: list('exclude'),
    cta,
    ctaLabel,
    ctaUrl,
    sendWithoutArticles: readFlag(found.get(keyOf('send_without_articles')), report),
    body: isVisible(body) ? body.replace(/^\n+/, '').trimEnd() : '',
  }
  if ((cta ?? ctaLabel) !== undefined && ctaUrl === undefined)
    report('error', cta === undefined ? 'cta_label' : 'cta', 'needs cta_url: the button of a note leads somewhere')
  if (ctaUrl !== undefined && !isLink(ctaUrl)) report('error', 'cta_url', 'is not an address: write https://… or a path such as /subscribe')
  const isFaulty = faults.some(({ severity }) => severity === 'error')
  return { note: isFaulty || saysNothing(note) ? undefined : note, faults: faults.slice(0, 20), lines }
}

type Report = (severity: NoteFault['severity'], field: string, reason: string) => void

function readLine(found: Found | undefined, report: Report): string | undefined {
  if (!found) return undefined
  const text = textOf(found.value)
  if (text === undefined) report('error', found.name, `${found.name} must be text on one line`)
  else if (text.length > maxLineLength) report('error', found.name, `${found.name} is longer than ${maxLineLength} characters`)
  return text || undefined
}

function readNames(found: Found | undefined, report: Report): string[] {
  if (!found) return []
  if (!Array.isArray(found.value) && textOf(found.value) === undefined) {
    report('error', found.name, `${found.name} must be a list of articles`)
    return []
  }
  const names = [...new Set(wordsOf(found.value))]
  if (names.length >= maxNames) report('error', found.name, `${found.name} has ${maxNames} names or more`)
  return names
}

function readFlag(found: Found | undefined, report: Report): boolean {
  if (!found) return false
  const flag = flagOf(found.value)
  if (flag === undefined) report('error', found.name, `${found.name} must be true or false`)
  return flag ?? false
}

function isLink(address: string): boolean {
  return isAbsolute(address) ? absoluteUrl(address, linkSchemes) !== undefined : address.startsWith('/')
}

function saysNothing(note: Note): boolean {
  const { order, postpone, exclude, sendWithoutArticles, body, ...lines } = note
  return (
    body === '' &&
    !sendWithoutArticles &&
    order.length + postpone.length + exclude.length === 0 &&
    Object.values(lines).every((one) => !one)
  )
}

/** Splits a body at its first line `<!-- articles -->` outside of code. */
export function splitAtArticles(body: string): { readonly above: string; readonly below: string } {
  let fence: string | undefined
  let start = 0
  for (const line of body.split('\n')) {
    const [, mark] = /^ {0,3}(`{3,}|~{3,})/.exec(line) ?? []
    if (fence === undefined && mark !== undefined) fence = mark
    else if (fence !== undefined && mark?.startsWith(fence) && line.trim() === mark) fence = undefined
    else if (fence === undefined && /^\s{0,20}<!--\s{0,20}articles\s{0,20}-->\s{0,20}$/i.test(line))
      return { above: body.slice(0, start).trimEnd(), below: body.slice(start + line.length + 1).trim() }
    start += line.length + 1
  }
  return { above: body, below: '' }
}
