import { parseDate } from '../../platform/dates.ts'
import { cleanLine } from '../../platform/text.ts'
import { topicKey } from '../../publication/keys.ts'
import type { Publication } from '../../publication/publication.ts'
import { type PathFacts, readPath } from '../files/file-name.ts'
import { plainTextOf, shorten, type TextContext } from '../markdown/plain-text.ts'
import { slugProblem } from '../slug.ts'
import { type Fields, type Found, flagOf, foreignTopics, textIn, textOf, wordsOf } from './fields.ts'
import { plainField } from './plain-field.ts'

/** Reports a problem of a field. */
export type Report = (severity: 'error' | 'warning', field: string, reason: string, line?: number) => void

export function firstText(found: readonly Found[]): string | undefined {
  for (const { value } of found) {
    const text = textOf(value)
    if (text) return text
  }
  return undefined
}

export function readTitle(
  fields: Fields,
  heading: string | undefined,
  facts: PathFacts | undefined,
  { dialects }: TextContext,
  report: Report,
): { text: string; isHeading: boolean } | undefined {
  const found = fields.all('title')
  const written = firstText(found)
  const text = written === undefined ? undefined : plainField(written, dialects)
  if (text) return { text, isHeading: false }
  if (heading) return { text: heading, isHeading: true }
  const first = found[0]
  if (first && textOf(first.value) === undefined) report('error', first.name, `${first.name} must be text`)
  else if (first && facts === undefined) report('error', first.name, `${first.name} is empty`)
  else if (facts) {
    const words = facts.slug.replace(/[-_]+/g, ' ').trim()
    if (words) return { text: words.charAt(0).toUpperCase() + words.slice(1), isHeading: false }
    report('error', 'title', 'title is missing')
  } else report('error', 'title', 'title is missing')
  return undefined
}

/** The first valid date: from the front matter, the file name, then the permalink. Reports invalid ones. */
export function readPublishedAt(
  fields: Fields,
  facts: PathFacts,
  permalink: string | undefined,
  timezone: string,
  report: Report,
): Date | undefined {
  let bad: { name: string; reason: string } | undefined
  for (const { name, value } of fields.all('publish_date')) {
    const text = textOf(value)
    // `published: true` is a flag, not a date.
    if (flagOf(value) !== undefined && /^publish/i.test(name)) continue
    if (text === undefined) bad ??= { name, reason: `${name} must be text` }
    else if (text === '') bad ??= { name, reason: `${name} is empty` }
    // Placeholders that the other generator fills in when it builds the site.
    else if (/\{\{|^(?:last modified|created|git (?:last modified|created))$/i.test(text)) continue
    else {
      const date = parseDate(text, timezone)
      if ('at' in date) {
        if (bad) report('warning', bad.name, `${bad.reason}; ${name} is used: ${text}`)
        return date.at
      }
      bad ??= { name, reason: date.reason }
    }
  }
  for (const [text, place] of [
    [facts.date, 'file name'],
    [readPath(`${permalink ?? ''}/index.md`).date, 'permalink'],
  ] as const) {
    const date = text === undefined ? undefined : parseDate(text, timezone)
    if (date && 'at' in date) {
      if (bad) report('warning', bad.name, `${bad.reason}; the date of the ${place} is used: ${text}`)
      return date.at
    }
    if (date && !bad) report('error', 'publish_date', `the name of the file: ${date.reason}`)
  }
  if (bad) report('error', bad.name, bad.reason)
  return undefined
}

export function readUpdatedAt(fields: Fields, timezone: string, report: Report): Date | undefined {
  for (const { name, value } of fields.all('updated_date')) {
    const text = textOf(value) ?? textIn(value, ['date', 'time', 'at'])
    if (!text || flagOf(value) !== undefined || /\{\{|last modified/i.test(text)) continue
    const date = parseDate(text, timezone)
    if ('at' in date) return date.at
    report('warning', name, date.reason)
  }
  return undefined
}

export function readSlug(fields: Fields, facts: PathFacts, report: Report): { stated: string | undefined } | undefined {
  const found = fields.all('slug').find(({ value }) => textOf(value))
  const written = found ? textOf(found.value) : undefined
  // Docusaurus and Next allow the path of a page here. Its last segment is the slug.
  const isPath = written !== undefined && /^\/|\/$/.test(written) && !written.split('/').includes('..')
  const stated = isPath ? written.replace(/\/+$/, '').split('/').at(-1) || undefined : written
  const problem = slugProblem(stated ?? facts.slug)
  if (problem === undefined) return { stated }
  report('error', found?.name ?? 'slug', `slug ${problem}`)
  return undefined
}

export function readCallToAction(fields: Fields) {
  return { cta: firstText(fields.all('cta')), label: firstText(fields.all('cta_label')), url: firstText(fields.all('cta_url')) }
}

/** In characters. A longer text is probably a whole article in the wrong field. */
const maxDescriptionLength = 1_000

/** In characters: how much of such a text is read. */
const maxDescriptionSource = 8_000

/** `isOwn`: the description is plain text. Otherwise it may contain Markdown, HTML or template tags. */
export function readDescription(fields: Fields, isOwn: boolean, context: TextContext): string | undefined {
  for (const { name, value } of fields.all('description')) {
    const text = textOf(value)
    if (!text || flagOf(value) !== undefined) continue
    const plain =
      /^description$/i.test(name) && (isOwn || !/\{[{%]|<\/?[a-z][^<>]*>|\]\(|&#?\w+;/i.test(text))
        ? plainField(text, context.dialects)
        : plainTextOf(text.slice(0, maxDescriptionSource), context)
    if (plain) return plain.length > maxDescriptionLength ? shorten(plain) : plain
  }
  return undefined
}

/** Cached for each publication. */
const keysByLabels = new WeakMap<Publication, ReadonlyMap<string, string>>()

function keysByLabelOf(publication: Publication): ReadonlyMap<string, string> {
  const known = keysByLabels.get(publication) ?? new Map([...publication.topics].map(([key, label]) => [topicKey(label), key]))
  keysByLabels.set(publication, known)
  return known
}

/** Tags that generators use to collect posts, and tags without meaning. */
const commonTopics = new Set('post posts blog article articles all nav page pages uncategorized uncategorised unclassified'.split(' '))

interface Topics {
  readonly keys: string[]
  /** In the order of `keys`: the label of publication.yaml, else as written. */
  readonly labels: string[]
  /** Those that matched no label. */
  readonly written: string[]
}

/** A label from publication.yaml, in any letter case, becomes its key. */
export function readTopics(fields: Fields, publication: Publication, isJekyll: () => boolean): Topics {
  const stated = fields.all('topics')
  const isMapped = publication.articles.fields.has('topics')
  const words = (stated.length > 0 || isMapped ? stated : fields.named(foreignTopics)).flatMap(({ name, value }) =>
    // Only Jekyll separates by spaces, and only in these fields: docs/decisions/0012-files.md.
    wordsOf(value, typeof value === 'string' && /^(?:tags|categories)$/i.test(name) && !/[,"[]/.test(value) && isJekyll() ? /\s+/ : /,/),
  )
  const keysByLabel = keysByLabelOf(publication)
  const labels = new Map<string, string>()
  const written: string[] = []
  for (const word of words) {
    const topic = word.replace(/^#/, '')
    const key = topicKey(topic)
    const labelled = publication.topics.has(key) ? undefined : keysByLabel.get(key)
    if (key === '' || (labelled === undefined && stated.length === 0 && !publication.topics.has(key) && commonTopics.has(key))) continue
    const found = labelled ?? key
    if (!labels.has(found)) labels.set(found, publication.topics.get(found) ?? cleanLine(topic))
    if (labelled === undefined) written.push(topic)
  }
  return { keys: [...labels.keys()], labels: [...labels.values()], written }
}

/** The stated language, else that of the file name (`post.fr.md`). Ignores values that are not language tags, such as `C++`. */
export function readLanguage(fields: Fields, facts: PathFacts): string | undefined {
  const tag = (firstText(fields.all('language')) ?? facts.language ?? '').replaceAll('_', '-')
  if (!/^[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3}$/i.test(tag)) return undefined
  try {
    return Intl.getCanonicalLocales(tag)[0]
  } catch {
    return undefined
  }
}

/** The value of the field that `articles.ids` names, if it names one. */
export function readTakenOverKey(fields: Fields, ids: string | undefined): string | undefined {
  if (ids === undefined || ids === 'permalink' || ids.includes('{')) return undefined
  return firstText(fields.named([ids]))
}

/** Minutes of `8 mins`, `8` or `1 hour 5 min`. Undefined unless it is between 1 minute and a day. */
export function minutesOf(readTime: string | undefined): number | undefined {
  if (!readTime) return undefined
  const hours = Number(/(\d{1,2})\s*h/i.exec(readTime)?.[1] ?? 0)
  const minutes = Number(/(\d{1,4})(?!\s*h|\d)/i.exec(readTime)?.[1] ?? 0)
  const total = hours * 60 + minutes
  return total >= 1 && total <= 1440 ? total : undefined
}
