import { join } from 'node:path'
import { dayIn } from '../platform/time-zones.ts'
import { toKey } from '../publication/keys.ts'
import type { Publication } from '../publication/publication.ts'
import type { ArticleProblem } from './article.ts'
import { type AuthorBook, authorsIn } from './authors.ts'
import { defaultLabel, makeCallToAction, type WrittenCallToAction } from './call-to-action.ts'
import { type Dialects, dialectsOf } from './dialects/body-context.ts'
import { dialectSigns } from './dialects/dialect-signs.ts'
import { isAmongPosts, isJekyllPost, isPageByName, type NotArticle } from './files/article-paths.ts'
import { type PathFacts, readPath, withoutExtension } from './files/file-name.ts'
import { readEnclosures } from './front-matter/enclosures.ts'
import { type Fields, fieldsOf, flagOf, wordsOf } from './front-matter/fields.ts'
import { readHero } from './front-matter/hero.ts'
import { readExportedFields } from './front-matter/mdx-meta.ts'
import { plainField } from './front-matter/plain-field.ts'
import {
  firstText,
  minutesOf,
  type Report,
  readCallToAction,
  readDescription,
  readLanguage,
  readPublishedAt,
  readSlug,
  readTakenOverKey,
  readTitle,
  readTopics,
  readUpdatedAt,
} from './front-matter/read-fields.ts'
import { splitFrontMatter } from './front-matter/split-front-matter.ts'
import { readVisibility, type Visibility } from './front-matter/visibility.ts'
import { ourPage, permalinkIn, sitePath } from './links/article-urls.ts'
import { firstHeading, openingParagraph, type TextContext } from './markdown/plain-text.ts'
import type { ParsedArticle } from './parsed-article.ts'
import { slugProblem } from './slug.ts'

export interface ParseOutcome {
  readonly parsed: ParsedArticle | undefined
  /** True for every draft or private article, even one with errors. */
  readonly isDraft: boolean
  /** Undefined for a file whose front matter cannot be read. */
  readonly visibility: Visibility | undefined
  readonly problems: readonly ArticleProblem[]
  /** Defined for a file that is not meant as an article. */
  readonly notArticle?: NotArticle
}

/** Inputs of the parser besides the file. */
export interface ParseSettings {
  readonly publication: Publication
  readonly authors: AuthorBook
  /** Authors for one file, where authors files lie deeper. Replaces `authors`. */
  readonly authorsFor?: (path: string) => AuthorBook
  /** The date of a file that states none (`articles.undated`). */
  readonly undatedAt?: (path: string) => Date | undefined
  /** Dialects in use in this folder. */
  readonly dialects: Dialects
}

/**
 * Validates one file. Returns an article with its warnings, or all errors of a faulty file. A file that is not meant as an
 * article, such as a README, yields neither. `isAlone`: see `readPath`.
 */
export function parseArticle(file: string, path: string, given: ParseSettings, isAlone = true): ParseOutcome {
  const { publication } = given
  const split = splitFrontMatter(file)
  if (split.status === 'refused') {
    return {
      parsed: undefined,
      isDraft: false,
      visibility: undefined,
      problems: [{ severity: 'error', path, field: split.field, line: split.line, reason: split.reason }],
    }
  }
  const { lines, body, isThere, remarks } = split.frontMatter
  const settings = publication.articles
  const mustBeArticle = settings.isOwnFolder || isAmongPosts(path)
  if (!isThere && !mustBeArticle && isPageByName(path)) return page
  const fields = fieldsOf({ ...readExportedFields(body), ...split.frontMatter.fields }, settings)
  const facts = readPath(path, isAlone)
  const problems: ArticleProblem[] = remarks.map((remark) => ({ severity: 'warning', path, ...remark }))
  const visibility = readVisibility(fields, lines, body, publication.timezone)
  // Errors in a draft are only warnings, because it is not finished.
  const isDraft = visibility.hidings.some(({ kind }) => kind === 'draft' || kind === 'private')
  const report = (severity: 'error' | 'warning', field: string, reason: string, line = lines.get(field)) => {
    problems.push({ severity: isDraft ? 'warning' : severity, path, field, line, reason })
  }
  const refuse = (): ParseOutcome => ({
    parsed: undefined,
    isDraft,
    visibility,
    problems: problems.sort((one, other) => (one.line ?? 0) - (other.line ?? 0)),
  })

  for (const { field, line, reason } of visibility.remarks(settings.isOwnFolder)) report('warning', field, reason, line)
  const context: TextContext = { path, dialects: dialectsOf(path, given.dialects) }
  const heading = firstHeading(body, context)
  const title = readTitle(fields, heading?.text, settings.isOwnFolder ? undefined : facts, context, report)
  const permalink = permalinkIn(fields)
  if (permalink.bad) report('warning', permalink.bad.name, permalink.bad.reason)
  const stated = readPublishedAt(fields, facts, permalink.stated, publication.timezone, report)
  const isBad = problems.some(({ severity }) => severity === 'error')
  const isPage = stated === undefined && !mustBeArticle && !isDraft && !isBad && isPageByName(path)
  if (isPage) return page
  const published = stated ?? (isBad ? undefined : given.undatedAt?.(path))
  if (published === undefined) {
    // A file with a title and no date is a page, unless its folder is meant for articles only.
    if (!mustBeArticle && !isDraft && !isBad) return { ...refuse(), notArticle: { reason: 'undated', detail: 'has no date' } }
    if (!problems.some(({ severity, field }) => severity === 'error' && field !== 'title'))
      report('error', 'publish_date', 'publish_date is missing')
  }
  const slug = readSlug(fields, facts, report)
  if (title === undefined || published === undefined || slug === undefined) return refuse()

  const isDatedByFirstSeen = stated === undefined && publication.articles.undated === 'first_seen'
  const essentials = { isDatedByFirstSeen, title, slug, permalink: permalink.stated, publishedAt: published, heading }
  const splitFile = { path, facts, fields, lines, body, isDraft, visibility }
  const parsed = articleFrom(splitFile, essentials, { ...given, dialects: context.dialects }, report)
  return { parsed, isDraft, visibility, problems }
}

const page: ParseOutcome = {
  parsed: undefined,
  isDraft: false,
  visibility: undefined,
  problems: [],
  notArticle: { reason: 'page', detail: 'is a page by its name, and has no date' },
}

type SplitFile = Pick<ParsedArticle, 'path' | 'facts' | 'lines' | 'isDraft' | 'visibility'> & {
  readonly fields: Fields
  readonly body: string
}

/** Required fields, and values read along with them. */
interface Essentials {
  readonly title: NonNullable<ReturnType<typeof readTitle>>
  readonly slug: NonNullable<ReturnType<typeof readSlug>>
  readonly permalink: string | undefined
  readonly publishedAt: Date
  readonly isDatedByFirstSeen: boolean
  readonly heading: ReturnType<typeof firstHeading>
}

function articleFrom(
  { path, facts, fields, lines, body, isDraft, visibility }: SplitFile,
  { title, slug, permalink, publishedAt, isDatedByFirstSeen, heading }: Essentials,
  { publication, authors, authorsFor, dialects }: ParseSettings,
  report: Report,
): ParsedArticle {
  const context: TextContext = { path, dialects }
  const settings = publication.articles
  // The body is normalised when it is rendered, which most bodies never are.
  const text = heading && (heading.text === title.text || title.isHeading) ? body.slice(0, heading.start) + body.slice(heading.end) : body
  const cta = withLabelInMail(readCallToAction(fields), visibility)
  const callToAction = (url: string) => makeCallToAction(cta, url, publication.url).callToAction
  if (cta.url !== undefined && makeCallToAction(cta, ourPage(publication, slug.stated ?? facts.slug), publication.url).badUrl) {
    report('warning', 'cta_url', 'cta_url is invalid or its scheme is not allowed; the button links to the article')
  }
  const plain = (text: string | undefined) => (text === undefined ? undefined : plainField(text, dialects))
  const subtitle = plain(firstText(fields.all('subtitle')))
  const hero = readHero(fields)
  const updatedAt = readUpdatedAt(fields, publication.timezone, report)
  const book = authorsFor?.(path) ?? authors
  const names = fields
    .all('author')
    .flatMap(({ value }) => authorsIn(value, book))
    .slice(0, 20)
  const topics = readTopics(fields, publication, () => isJekyllPost(join(publication.articlesFolder, path)))
  return {
    path,
    statedId: firstText(fields.all('id')),
    slug: slug.stated ?? facts.slug,
    isSlugStated: slug.stated !== undefined,
    otherSlugs: otherSlugs(slug.stated, facts, path, publishedAt, publication),
    permalink,
    title: title.text,
    subtitle,
    description: readDescription(fields, settings.isOwnFolder, context) ?? subtitle ?? openingParagraph(text, context),
    authors: names.length > 0 ? [...new Set(names)] : settings.author === undefined ? [] : [settings.author],
    statedMinutes: minutesOf(firstText(fields.all('read_time'))),
    publishedAt,
    isDatedByFirstSeen,
    statedUpdatedAt: updatedAt && updatedAt > publishedAt ? updatedAt : undefined,
    heroAddress: hero?.address,
    heroField: hero?.name ?? 'heroImage',
    heroAlt: plain(firstText(fields.all('hero_alt')) ?? hero?.alt) ?? '',
    topics: topics.keys,
    topicLabels: topics.labels,
    writtenTopics: topics.written,
    language: readLanguage(fields, facts),
    callToAction,
    takenOverKey: readTakenOverKey(fields, settings.ids),
    enclosures: readEnclosures(fields),
    isDraft,
    visibility,
    isPinned: readPinned(fields, settings, report),
    body: text,
    dialects,
    signs: dialectSigns(text, path),
    params: paramsIn(text, fields),
    formerAddresses: [permalink, ...fields.named(['aliases', 'redirect from']).flatMap(({ value }) => wordsOf(value))].flatMap((address) =>
      address === undefined ? [] : [sitePath(address)],
    ),
    facts,
    lines,
  }
}

/** In a digest an article without a page leads to its `cta_url`, also where nothing else is written. */
function withLabelInMail(written: WrittenCallToAction, { mail }: Visibility): WrittenCallToAction {
  const { cta, label, url } = written
  return mail === 'only' && url !== undefined && !cta && !label ? { cta, label: defaultLabel, url } : written
}

/** Other generators pin articles to their own lists, so a foreign folder needs the field named in `articles.fields`. */
function readPinned(fields: Fields, settings: Publication['articles'], report: Report): boolean {
  if (!settings.isOwnFolder && !settings.fields.has('pinned')) return false
  for (const { name, value } of fields.all('pinned')) {
    const flag = flagOf(value)
    if (flag !== undefined) return flag
    report('warning', name, `${name} must be true or false`)
  }
  return false
}

/** Fields that Hugo's `param` shows, by name in lower case. */
function paramsIn(body: string, fields: Fields): ReadonlyMap<string, string> {
  const names = [...body.matchAll(/\{\{[<%]\s{0,20}param\s{1,20}(?:name=)?["'`]?([\w.-]{1,80})/g)]
    .slice(0, 100)
    .map(([, name = '']) => name)
  const params = new Map<string, string>()
  for (const name of names) {
    const text = firstText(fields.named([name]))
    if (text !== undefined) params.set(name.toLowerCase(), text)
  }
  return params
}

/** Slugs to try if another article has the plain one: with the date, and, in a foreign blog, with the folders. */
function otherSlugs(
  stated: string | undefined,
  facts: PathFacts,
  path: string,
  publishedAt: Date,
  { articles, timezone }: Publication,
): string[] {
  if (stated !== undefined && articles.isOwnFolder) return []
  const slug = stated ?? facts.slug
  const withDate = facts.date === undefined ? [] : [`${dayIn(timezone, publishedAt)}-${slug}`]
  const withName = facts.date === undefined || stated !== undefined ? [] : [facts.name]
  const withFolders = articles.isOwnFolder ? [] : [toKey(withoutExtension(path))]
  return [...new Set([...withName, ...withDate, ...withFolders])].filter((one) => one !== slug && slugProblem(one) === undefined)
}
