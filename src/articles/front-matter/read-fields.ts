import { parseDate } from '../../platform/dates.ts'
import { topicKey } from '../../publication/keys.ts'
import type { Publication } from '../../publication/publication.ts'
import { openingMarkdown } from '../dialects/normalise-body.ts'
import { type PathFacts, readPath } from '../files/file-name.ts'
import { plainTextOf, shorten, withoutTags } from '../markdown/plain-text.ts'
import { whatIsWrongWithSlug } from '../slug.ts'
import { type Fields, type Found, flagOf, foreignTopics, textIn, textOf, wordsOf } from './fields.ts'

/** Tells what is wrong with a field. */
export type Report = (severity: 'error' | 'warning', field: string, reason: string, line?: number) => void

export function firstText(found: readonly Found[]): string | undefined {
  for (const { value } of found) {
    const text = textOf(value)
    if (text) return text
  }
  return undefined
}

export function isDraftBy(fields: Fields): boolean {
  if (fields.all('draft').some(({ value }) => flagOf(value) === true || textOf(value)?.toLowerCase() === 'draft')) return true
  if (fields.named(['published', 'publish', 'is published']).some(({ value }) => flagOf(value) === false)) return true
  return fields.named(['status', 'state']).some(({ value }) => /^(?:draft|private|unlisted|hidden)$/i.test(textOf(value) ?? ''))
}

export function readTitle(
  fields: Fields,
  heading: string | undefined,
  facts: PathFacts | undefined,
  report: Report,
): { text: string; isHeading: boolean } | undefined {
  const found = fields.all('title')
  const written = firstText(found)
  const text = written === undefined || facts === undefined ? written : withoutTags(written)
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

/** The first date that is one; of those that are none the first is told. */
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
    // `published: true` says something else.
    if (flagOf(value) !== undefined && /^publish/i.test(name)) continue
    if (text === undefined) bad ??= { name, reason: `${name} must be text` }
    else if (text === '') bad ??= { name, reason: `${name} is empty` }
    // Filled in when the site is built, elsewhere.
    else if (/\{\{|^(?:last modified|created|git (?:last modified|created))$/i.test(text)) continue
    else {
      const date = parseDate(text, timezone)
      if ('at' in date) return date.at
      bad ??= { name, reason: date.reason }
    }
  }
  if (bad) {
    report('error', bad.name, bad.reason)
    return undefined
  }
  for (const text of [facts.date, readPath(`${permalink ?? ''}/index.md`).date]) {
    const date = text === undefined ? undefined : parseDate(text, timezone)
    if (date && 'at' in date) return date.at
    if (date) report('error', 'publish_date', `the name of the file: ${date.reason}`)
  }
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
  // Docusaurus and Next write the path of a page here; its last step is the name.
  const isPath = written !== undefined && /^\/|\/$/.test(written) && !written.split('/').includes('..')
  const stated = isPath ? written.replace(/\/+$/, '').split('/').at(-1) || undefined : written
  const wrong = whatIsWrongWithSlug(stated ?? facts.slug)
  if (wrong === undefined) return { stated }
  report('error', found?.name ?? 'slug', `slug ${wrong}`)
  return undefined
}

export function readCallToAction(fields: Fields) {
  return { cta: firstText(fields.all('cta')), label: firstText(fields.all('cta_label')), url: firstText(fields.all('cta_url')) }
}

/** Longer ones are whole articles in the wrong field. */
const maxDescriptionLength = 1_000

/** What our own writers write is plain text; elsewhere it may hold what only a generator understands. */
export function readDescription(fields: Fields, isOwn: boolean): string | undefined {
  for (const { name, value } of fields.all('description')) {
    const text = textOf(value)
    if (!text || flagOf(value) !== undefined) continue
    const plain =
      /^description$/i.test(name) && (isOwn || !/\{[{%]|<\/?[a-z][^<>]*>|\]\(|&#?\w+;/i.test(text))
        ? text
        : plainTextOf(openingMarkdown(text))
    if (plain) return plain.length > maxDescriptionLength ? shorten(plain) : plain
  }
  return undefined
}

/** Worked out once for a publication. */
const keysByLabels = new WeakMap<Publication, ReadonlyMap<string, string>>()

function keysByLabelOf(publication: Publication): ReadonlyMap<string, string> {
  const known = keysByLabels.get(publication) ?? new Map([...publication.topics].map(([key, label]) => [topicKey(label), key]))
  keysByLabels.set(publication, known)
  return known
}

/** Tags that a generator needs to find the posts, and tags that say nothing. */
const commonTopics = new Set('post posts blog article articles all nav page pages uncategorized uncategorised unclassified'.split(' '))

/** Keys of topics; a label of publication.yaml, in any case, stands for its key. What has no label there is told as it is written, too. */
export function readTopics(fields: Fields, publication: Publication): { keys: string[]; written: string[] } {
  const stated = fields.all('topics')
  const isMapped = publication.articles.fields.has('topics')
  const words = (stated.length > 0 || isMapped ? stated : fields.named(foreignTopics)).flatMap(({ name, value }) =>
    // Jekyll parts by blanks where a comma is nowhere.
    wordsOf(
      value,
      /^(?:tags|categories)$/i.test(name) && typeof value === 'string' && !value.includes(',') && !/["[]/.test(value) ? /\s+/ : /,/,
    ),
  )
  const keysByLabel = keysByLabelOf(publication)
  const keys = new Set<string>()
  const written: string[] = []
  for (const word of words) {
    const topic = word.replace(/^#/, '')
    const key = topicKey(topic)
    const labelled = publication.topics.has(key) ? undefined : keysByLabel.get(key)
    if (key === '' || (labelled === undefined && stated.length === 0 && !publication.topics.has(key) && commonTopics.has(key))) continue
    keys.add(labelled ?? key)
    if (labelled === undefined) written.push(topic)
  }
  return { keys: [...keys], written }
}

/** As the author says, else as the name of the file does: `post.fr.md`. What is no language tag, such as `language: C++`, is none. */
export function readLanguage(fields: Fields, facts: PathFacts): string | undefined {
  const tag = (firstText(fields.all('language')) ?? facts.language ?? '').replaceAll('_', '-')
  if (!/^[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3}$/i.test(tag)) return undefined
  try {
    return Intl.getCanonicalLocales(tag)[0]
  } catch {
    return undefined
  }
}

/** The value of the field that `ids` names, where it names one. */
export function readTakenOverKey(fields: Fields, ids: string | undefined): string | undefined {
  if (ids === undefined || ids === 'permalink' || ids.includes('{')) return undefined
  return firstText(fields.named([ids]))
}

/** `8 mins`, `8`, `1 hour 5 min`; `undefined` where no whole number of minutes up to a day is written. */
export function minutesOf(readTime: string | undefined): number | undefined {
  if (!readTime) return undefined
  const hours = Number(/(\d{1,2})\s*h/i.exec(readTime)?.[1] ?? 0)
  const minutes = Number(/(\d{1,4})(?!\s*h|\d)/i.exec(readTime)?.[1] ?? 0)
  const total = hours * 60 + minutes
  return total >= 1 && total <= 1440 ? total : undefined
}
