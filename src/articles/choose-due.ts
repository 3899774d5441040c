import type { Publication } from '../publication/publication.ts'
import type { ArticleProblem, Unpublished } from './article.ts'
import { readPath } from './files/file-name.ts'
import type { ArticleContent, FileRecord } from './files/read-file.ts'
import { statedUri } from './ids.ts'
import { articleUrl } from './links/article-urls.ts'
import type { Minted } from './store.ts'

/** What a snapshot is made from. */
export interface SnapshotSources {
  readonly publication: Publication
  /** By path, in the order of the paths. */
  readonly index: ReadonlyMap<string, FileRecord>
  /** By path; every record with content has one. */
  readonly minted: ReadonlyMap<string, Minted>
  /** The authority of `tag:` ids. */
  readonly origin: string
  /** Problems outside the articles, such as in the authors file. */
  readonly problems: readonly ArticleProblem[]
}

/** An article to publish, with its final slug and id. */
export interface Due {
  readonly content: ArticleContent
  readonly parsed: ArticleContent['parsed']
  readonly slug: string
  readonly id: string
  readonly url: string
  readonly updatedAt: Date
  readonly firstSeenAt: Date
}

export interface Choice {
  readonly due: Due[]
  readonly unpublished: Unpublished[]
  readonly problems: ArticleProblem[]
  readonly nextDueAt: Date | undefined
}

/** Chooses what is published at `now`. If two files share a slug or id, due ones win over later ones, then the first path wins. */
export function chooseDue({ publication, index, minted, origin, problems: others }: SnapshotSources, now: Date): Choice {
  const problems: ArticleProblem[] = [...others]
  const originals = originalsOf(index.values(), publication.language)
  const due: ArticleContent[] = []
  const ahead: ArticleContent[] = []
  const unpublished: Unpublished[] = []
  for (const record of index.values()) {
    problems.push(...record.problems)
    const { content, isDraft, path } = record
    if (isDraft) unpublished.push({ path, slug: content?.parsed.slug ?? readPath(path).slug, publishedAt: undefined })
    if (!content || content.parsed.isDraft) continue
    const { parsed } = content
    const original = translationOf(parsed, originals, publication.language)
    if (original !== undefined) {
      const { path, facts } = parsed
      const reason = `is a translation (${facts.language}) of ${original}; only articles in ${publication.language} are published`
      problems.push({ severity: 'warning', path, field: undefined, line: undefined, reason })
      continue
    }
    if (parsed.publishedAt <= now) due.push(content)
    else ahead.push(content)
  }
  const holders = { slug: new Map<string, string>(), id: new Map<string, string>() }
  const settle = (content: ArticleContent): Due[] => {
    const { parsed } = content
    const { path } = parsed
    const known = minted.get(path)
    const stated = idOf(parsed.statedId, known, origin)
    // Other generators use the field `id` for page numbers or layout names, so a duplicate falls back to the minted id.
    const id = holders.id.has(stated) && known && !publication.articles.isOwnFolder ? idOf(undefined, known, origin) : stated
    const slug = [parsed.slug, ...parsed.otherSlugs].find((one) => !holders.slug.has(one)) ?? parsed.slug
    const holder = holders.slug.get(slug) ?? holders.id.get(id)
    if (holder === undefined) {
      holders.slug.set(slug, path)
      holders.id.set(id, path)
      const firstSeenAt = known?.firstSeenAt ?? parsed.publishedAt
      return [{ content, parsed, slug, id, url: articleUrl(parsed, slug, publication), updatedAt: updatedAtOf(parsed, known), firstSeenAt }]
    }
    const [field, value] = holders.slug.has(slug) ? ['slug', slug] : ['id', id]
    const reason = `${field} "${value}" is used by both ${holder} and ${path}; only ${holder} is published. Change the ${field} of one file`
    problems.push({ severity: 'error', path, field, line: parsed.lines.get(field ?? ''), reason })
    return []
  }
  const chosen = due.flatMap(settle)
  const settledAhead = ahead.flatMap(settle)
  for (const { parsed, slug } of settledAhead) unpublished.push({ path: parsed.path, slug, publishedAt: parsed.publishedAt })
  const firstAhead = settledAhead.reduce<Date | undefined>((first, { parsed }) => {
    return first && first <= parsed.publishedAt ? first : parsed.publishedAt
  }, undefined)
  return { due: chosen, unpublished, problems, nextDueAt: firstAhead }
}

/** The stated date, else the time of the last change of the text after publishing, else the publish date. */
function updatedAtOf({ statedUpdatedAt, publishedAt }: ArticleContent['parsed'], known: Minted | undefined): Date {
  if (statedUpdatedAt) return statedUpdatedAt
  return known?.textChangedAt && known.textChangedAt > publishedAt ? known.textChangedAt : publishedAt
}

/** Translation key → path of the file in the publication's language. A file that states no language counts as one. */
function originalsOf(index: Iterable<FileRecord>, language: string): ReadonlyMap<string, string> {
  const originals = new Map<string, string>()
  let isTranslated = false
  for (const { content } of index) {
    if (!content || content.parsed.isDraft) continue
    const { facts, path } = content.parsed
    if (isIn(facts.language ?? language, language)) originals.set(facts.translationKey, path)
    else isTranslated = true
  }
  return isTranslated ? originals : new Map()
}

function translationOf({ facts }: ArticleContent['parsed'], originals: ReadonlyMap<string, string>, language: string): string | undefined {
  return facts.language === undefined || isIn(facts.language, language) ? undefined : originals.get(facts.translationKey)
}

function isIn(tag: string, language: string): boolean {
  return tag.slice(0, 2) === language.slice(0, 2).toLowerCase()
}

function idOf(statedId: string | undefined, minted: Minted | undefined, origin: string): string {
  if (statedId) return statedUri(statedId, origin)
  if (!minted) throw new Error('article without an id: no id was minted for its path')
  return minted.id.startsWith('urn:uuid:') ? minted.id : statedUri(minted.id, origin)
}
