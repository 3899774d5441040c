import { dayIn } from '../platform/time-zones.ts'
import type { Publication } from '../publication/publication.ts'
import { ourPage, permalinkIn, sitePath } from './addresses.ts'
import type { ArticleProblem, CallToAction } from './article.ts'
import { type AuthorBook, authorsIn } from './authors.ts'
import { makeCallToAction } from './call-to-action.ts'
import { parseDate } from './dates.ts'
import { type Fields, type Found, fieldsOf, flagOf, foreignTopics, isMap, textIn, textOf, wordsOf } from './fields.ts'
import { type PathFacts, readPath, withoutExtension } from './file-name.ts'
import { splitFrontMatter } from './front-matter.ts'
import { isCommonTopic, toKey, whatIsWrongWithSlug } from './keys.ts'
import { readExportedFields } from './mdx-meta.ts'
import { isAmongPosts, isPageByName } from './places.ts'
import { firstHeading, openingParagraph, plainTextOf, shorten, withoutTags } from './plain-text.ts'
import { openingProse } from './prose.ts'

/** One file as its author wrote it, validated. What other files, the disk and the clock have to say comes later. */
export interface ParsedArticle {
  readonly path: string
  /** As written; where none is, an id is minted. */
  readonly statedId: string | undefined
  /** What the field holds that the publication takes its ids from. */
  readonly takenOverKey: string | undefined
  readonly slug: string
  /** What else the slug may be where another article has it; none where the author wrote it. */
  readonly otherSlugs: readonly string[]
  /** The path or address of its page elsewhere, as written. */
  readonly permalink: string | undefined
  readonly title: string
  readonly subtitle: string | undefined
  readonly description: string
  readonly authors: readonly string[]
  /** As written; counted from the body where it is not. */
  readonly statedMinutes: number | undefined
  readonly publishedAt: Date
  /** As written, where it is later than the date of publishing. */
  readonly statedUpdatedAt: Date | undefined
  /** As written: an address, or a file of ours. */
  readonly heroAddress: string | undefined
  readonly heroField: string
  readonly heroAlt: string
  readonly topics: readonly string[]
  /** BCP 47; undefined where it is the publication's. */
  readonly language: string | undefined
  callToAction(articleUrl: string): CallToAction | undefined
  /** As written: files of ours. */
  readonly enclosureAddresses: readonly string[]
  readonly isDraft: boolean
  readonly body: string
  /** What other generators call it: by these its links are found. */
  readonly formerAddresses: readonly string[]
  readonly facts: PathFacts
  /** 1-based line of each field. */
  readonly lines: ReadonlyMap<string, number>
}

export interface ParseOutcome {
  readonly parsed: ParsedArticle | undefined
  readonly problems: readonly ArticleProblem[]
}

/** What an article is read by, beside its file. */
export interface ParseSettings {
  readonly publication: Publication
  readonly authors: AuthorBook
}

/**
 * Validates one file. An article comes with its warnings; a file that cannot be one comes with all its errors; one that
 * nobody meant as an article, such as a page beside them, comes with nothing.
 */
export function parseArticle(file: string, path: string, { publication, authors }: ParseSettings): ParseOutcome {
  const split = splitFrontMatter(file)
  if (split.status === 'refused') {
    return { parsed: undefined, problems: [{ severity: 'error', path, field: split.field, line: split.line, reason: split.reason }] }
  }
  const { lines, body, isThere, remarks } = split.frontMatter
  const settings = publication.articles
  const isPageNot = settings.isOwnFolder || isAmongPosts(path)
  if (!isThere && !isPageNot && isPageByName(path)) return nothing
  const fields = fieldsOf({ ...readExportedFields(body), ...split.frontMatter.fields }, settings)
  const facts = readPath(path)
  const problems: ArticleProblem[] = remarks.map((remark) => ({ severity: 'warning', path, ...remark }))
  // Nobody is kept from reading a draft by what it still lacks.
  const isDraft = isDraftBy(fields)
  const report = (severity: 'error' | 'warning', field: string, reason: string, line = lines.get(field)) => {
    problems.push({ severity: isDraft ? 'warning' : severity, path, field, line, reason })
  }
  const refuse = (): ParseOutcome => ({
    parsed: undefined,
    problems: problems.sort((one, other) => (one.line ?? 0) - (other.line ?? 0)),
  })

  const heading = firstHeading(body)
  const title = readTitle(fields, heading?.text, settings.isOwnFolder ? undefined : facts, report)
  const permalink = permalinkIn(fields)
  if (permalink.bad) report('warning', permalink.bad.name, permalink.bad.reason)
  const published = readPublishedAt(fields, facts, permalink.stated, publication.timezone, report)
  if (published === undefined) {
    // A page has a title and no date. It is none of ours, as long as it does not lie where each file is to be an article.
    if (!isPageNot && !isDraft && !problems.some(({ severity }) => severity === 'error')) {
      if (isPageByName(path) || !isThere) return nothing
      report('warning', 'publish_date', 'it has no date, so it is taken for a page and not for an article')
      return refuse()
    }
    if (!problems.some(({ severity, field }) => severity === 'error' && field !== 'title'))
      report('error', 'publish_date', 'publish_date is missing')
  }
  const slug = readSlug(fields, facts, report)
  if (title === undefined || published === undefined || slug === undefined) return refuse()

  // It is cleaned when it is rendered, which most bodies never are.
  const text = heading && (heading.text === title.text || title.isHeading) ? body.slice(0, heading.start) + body.slice(heading.end) : body
  const cta = readCallToAction(fields)
  const callToAction = (url: string) => makeCallToAction(cta, url, publication.url).callToAction
  if (cta.url !== undefined && makeCallToAction(cta, ourPage(publication, slug.stated ?? facts.slug), publication.url).badUrl) {
    report('warning', 'cta_url', 'cta_url leads nowhere that a reader may be sent to; the button leads to the article')
  }
  const subtitle = firstText(fields.all('subtitle'))
  const hero = readHero(fields)
  const updatedAt = readUpdatedAt(fields, publication.timezone, report)
  const names = fields
    .all('author')
    .flatMap(({ value }) => authorsIn(value, authors))
    .slice(0, 20)
  const parsed: ParsedArticle = {
    path,
    statedId: firstText(fields.all('id')),
    slug: slug.stated ?? facts.slug,
    otherSlugs: slug.stated === undefined ? otherSlugs(facts, path, published, publication) : [],
    permalink: permalink.stated,
    title: title.text,
    subtitle,
    description: readDescription(fields, settings.isOwnFolder) ?? subtitle ?? openingParagraph(openingProse(text)),
    authors: names.length > 0 ? [...new Set(names)] : settings.author === undefined ? [] : [settings.author],
    statedMinutes: minutesOf(firstText(fields.all('read_time'))),
    publishedAt: published,
    statedUpdatedAt: updatedAt && updatedAt > published ? updatedAt : undefined,
    heroAddress: hero?.address,
    heroField: hero?.name ?? 'heroImage',
    heroAlt: firstText(fields.all('hero_alt')) ?? hero?.alt ?? '',
    topics: readTopics(fields, publication),
    language: readLanguage(fields, facts),
    callToAction,
    takenOverKey: readTakenOverKey(fields, settings.ids),
    enclosureAddresses: fields.all('enclosures').flatMap(({ value }) => (isMap(value) ? [] : wordsOf(value))),
    isDraft,
    body: text,
    formerAddresses: [permalink.stated, ...fields.named(['aliases', 'redirect from']).flatMap(({ value }) => wordsOf(value))].flatMap(
      (address) => (address === undefined ? [] : [sitePath(address)]),
    ),
    facts,
    lines,
  }
  return { parsed, problems }
}

const nothing: ParseOutcome = { parsed: undefined, problems: [] }

type Report = (severity: 'error' | 'warning', field: string, reason: string, line?: number) => void

function firstText(found: readonly Found[]): string | undefined {
  for (const { value } of found) {
    const text = textOf(value)
    if (text) return text
  }
  return undefined
}

function isDraftBy(fields: Fields): boolean {
  if (fields.all('draft').some(({ value }) => flagOf(value) === true || textOf(value)?.toLowerCase() === 'draft')) return true
  if (fields.named(['published', 'publish', 'is published']).some(({ value }) => flagOf(value) === false)) return true
  return fields.named(['status', 'state']).some(({ value }) => /^(?:draft|private|unlisted|hidden)$/i.test(textOf(value) ?? ''))
}

function readTitle(
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
function readPublishedAt(
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

function readUpdatedAt(fields: Fields, timezone: string, report: Report): Date | undefined {
  for (const { name, value } of fields.all('updated_date')) {
    const text = textOf(value) ?? textIn(value, ['date', 'time', 'at'])
    if (!text || flagOf(value) !== undefined || /\{\{|last modified/i.test(text)) continue
    const date = parseDate(text, timezone)
    if ('at' in date) return date.at
    report('warning', name, date.reason)
  }
  return undefined
}

function readSlug(fields: Fields, facts: PathFacts, report: Report): { stated: string | undefined } | undefined {
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

/** Where the name alone is another's: with its date, and, where folders tell articles apart, with its folders. */
function otherSlugs(facts: PathFacts, path: string, publishedAt: Date, publication: Publication): string[] {
  const dated = facts.date === undefined ? [] : [facts.name, `${dayIn(publication.timezone, publishedAt)}-${facts.slug}`]
  const placed = publication.articles.isOwnFolder ? [] : [toKey(withoutExtension(path))]
  return [...new Set([...dated, ...placed])].filter((slug) => slug !== facts.slug && whatIsWrongWithSlug(slug) === undefined)
}

function readCallToAction(fields: Fields) {
  return { cta: firstText(fields.all('cta')), label: firstText(fields.all('cta_label')), url: firstText(fields.all('cta_url')) }
}

/** Longer ones are whole articles in the wrong field. */
const maxDescriptionLength = 1_000

/** What our own writers write is plain text; elsewhere it may hold what only a generator understands. */
function readDescription(fields: Fields, isOwn: boolean): string | undefined {
  for (const { name, value } of fields.all('description')) {
    const text = textOf(value)
    if (!text || flagOf(value) !== undefined) continue
    const plain =
      /^description$/i.test(name) && (isOwn || !/\{[{%]|<\/?[a-z][^<>]*>|\]\(|&#?\w+;/i.test(text)) ? text : plainTextOf(openingProse(text))
    if (plain) return plain.length > maxDescriptionLength ? shorten(plain) : plain
  }
  return undefined
}

interface WrittenHero {
  readonly name: string
  readonly address: string
  readonly alt: string | undefined
}

const addressNames = [
  'src',
  'url',
  'path',
  'image',
  'feature',
  'teaser',
  'overlay image',
  'relative path',
  'file',
  'name',
  'filename',
  'lqip',
  'default',
]

/** A picture by its address, in a map, or the first of a list of either. */
function readHero(fields: Fields): WrittenHero | undefined {
  for (const { name, value } of fields.all('heroImage')) {
    const hero = pictureIn(name, value, 0)
    if (hero) return hero
  }
  return undefined
}

function pictureIn(name: string, value: unknown, depth: number): WrittenHero | undefined {
  if (depth > 3) return undefined
  if (Array.isArray(value)) {
    for (const one of value.slice(0, 10)) {
      const hero = pictureIn(name, one, depth + 1)
      if (hero) return hero
    }
    return undefined
  }
  if (isMap(value)) {
    const address = textIn(value, addressNames)
    if (address && looksLikeAddress(address, name))
      return { name, address, alt: textIn(value, ['alt', 'alt text', 'caption', 'title', 'image description']) }
    for (const inner of Object.values(value)) {
      const hero = typeof inner === 'object' ? pictureIn(name, inner, depth + 1) : undefined
      if (hero) return hero
    }
    return undefined
  }
  const address = textOf(value)
  return address && flagOf(value) === undefined && looksLikeAddress(address, name)
    ? { name, address: address.replace(/^!\[[^\]]*\]\(([^()\s]+).*\)$/, '$1'), alt: undefined }
    : undefined
}

/** `featured: 3`, `header: dark` and `thumbnail: fa-icon` are no pictures; what is called an image is one, whatever it holds. */
function looksLikeAddress(text: string, name: string): boolean {
  if (/\{\{|\{%/.test(text)) return false
  return /^heroImage$/i.test(name) || /[/\\]|\.(?:jpe?g|png|gif|webp|avif|svg)(?:[?#]|$)/i.test(text)
}

/** Worked out once for a publication. */
const keysByLabels = new WeakMap<Publication, ReadonlyMap<string, string>>()

function keysByLabelOf(publication: Publication): ReadonlyMap<string, string> {
  const known = keysByLabels.get(publication) ?? new Map([...publication.topics].map(([key, label]) => [toKey(label), key]))
  keysByLabels.set(publication, known)
  return known
}

/** Keys of topics; a label of publication.yaml, in any case, stands for its key. */
function readTopics(fields: Fields, publication: Publication): string[] {
  const stated = fields.all('topics')
  const isMapped = publication.articles.fields.has('topics')
  const written = (stated.length > 0 || isMapped ? stated : fields.named(foreignTopics)).flatMap(({ name, value }) =>
    // Jekyll parts by blanks where a comma is nowhere.
    wordsOf(
      value,
      /^(?:tags|categories)$/i.test(name) && typeof value === 'string' && !value.includes(',') && !/["[]/.test(value) ? /\s+/ : /,/,
    ),
  )
  const keysByLabel = keysByLabelOf(publication)
  const keys = written.flatMap((topic) => {
    const key = toKey(topic.replace(/^#/, ''))
    if (publication.topics.has(key)) return [key]
    const labelled = keysByLabel.get(key)
    if (labelled !== undefined) return [labelled]
    return stated.length === 0 && isCommonTopic(key) ? [] : [key]
  })
  return [...new Set(keys)].filter((key) => key !== '')
}

/** As the author says, else as the name of the file does: `post.fr.md`. What is no language tag, such as `language: C++`, is none. */
function readLanguage(fields: Fields, facts: PathFacts): string | undefined {
  const tag = (firstText(fields.all('language')) ?? facts.language ?? '').replaceAll('_', '-')
  if (!/^[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3}$/i.test(tag)) return undefined
  try {
    return Intl.getCanonicalLocales(tag)[0]
  } catch {
    return undefined
  }
}

/** The value of the field that `ids` names, where it names one. */
function readTakenOverKey(fields: Fields, ids: string | undefined): string | undefined {
  if (ids === undefined || ids === 'permalink' || ids.includes('{')) return undefined
  return firstText(fields.named([ids]))
}

/** `8 mins`, `8`, `1 hour 5 min`; `undefined` where no whole number of minutes up to a day is written. */
function minutesOf(readTime: string | undefined): number | undefined {
  if (!readTime) return undefined
  const hours = Number(/(\d{1,2})\s*h/i.exec(readTime)?.[1] ?? 0)
  const minutes = Number(/(\d{1,4})(?!\s*h|\d)/i.exec(readTime)?.[1] ?? 0)
  const total = hours * 60 + minutes
  return total >= 1 && total <= 1440 ? total : undefined
}
