import type { Publication, ShownKind } from '../publication/publication.ts'
import type { ArticleProblem, Hiding, Unpublished } from './article.ts'
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
  /** Set for an unlisted, a protected or an expired article. */
  readonly hiding: Hiding | undefined
}

export interface Choice {
  /** Articles with a page, unlisted ones too. */
  readonly due: Due[]
  /** Protected and expired ones. They hold no slug and no id against the others. */
  readonly hidden: Due[]
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
  const hiddenContents: { readonly content: ArticleContent; readonly hiding: Hiding }[] = []
  const unpublished: Unpublished[] = []
  for (const record of index.values()) {
    problems.push(...record.problems)
    const { content, isDraft, visibility, path } = record
    if (isDraft)
      unpublished.push({ path, slug: content?.parsed.slug ?? readPath(path).slug, publishedAt: undefined, hiding: visibility?.hidings[0] })
    if (!content || content.parsed.isDraft) continue
    const { parsed } = content
    const original = translationOf(parsed, originals, publication.language)
    if (original !== undefined) {
      const { path, facts } = parsed
      const reason = `is a translation (${facts.language}) of ${original}; only articles in ${publication.language} are published`
      problems.push({ severity: 'warning', path, field: undefined, line: undefined, reason })
      continue
    }
    const hiding = hidingOf(parsed, publication.articles.show, now)
    if (hiding && hiding.kind !== 'unlisted') hiddenContents.push({ content, hiding })
    else if (parsed.publishedAt <= now) due.push(content)
    else ahead.push(content)
  }
  const holders = { slug: new Map<string, string>(), id: new Map<string, string>() }
  const dueAs = (
    content: ArticleContent,
    slug: string,
    id: string,
    hiding = hidingOf(content.parsed, publication.articles.show, now),
  ): Due => {
    const { parsed } = content
    const known = minted.get(parsed.path)
    const firstSeenAt = known?.firstSeenAt ?? parsed.publishedAt
    return {
      content,
      parsed,
      slug,
      id,
      url: articleUrl(parsed, slug, publication),
      updatedAt: updatedAtOf(parsed, known),
      firstSeenAt,
      hiding,
    }
  }
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
      return [dueAs(content, slug, id)]
    }
    const [field, value] = holders.slug.has(slug) ? ['slug', slug] : ['id', id]
    const reason = `${field} "${value}" is used by both ${holder} and ${path}; only ${holder} is published. Change the ${field} of one file`
    problems.push({ severity: 'error', path, field, line: parsed.lines.get(field ?? ''), reason })
    return []
  }
  const chosen = due.flatMap(settle)
  const settledAhead = ahead.flatMap(settle)
  for (const { parsed, slug } of settledAhead)
    unpublished.push({ path: parsed.path, slug, publishedAt: parsed.publishedAt, hiding: undefined })
  const hidden = hiddenContents.map(({ content, hiding }) => {
    const { parsed } = content
    return dueAs(content, parsed.slug, idOf(parsed.statedId, minted.get(parsed.path), origin), hiding)
  })
  let nextDueAt: Date | undefined
  const wakeAt = (at: Date | undefined) => {
    if (at && at > now && (!nextDueAt || at < nextDueAt)) nextDueAt = at
  }
  for (const { parsed } of settledAhead) wakeAt(parsed.publishedAt)
  if (!publication.articles.show.includes('expired')) for (const { parsed } of chosen) wakeAt(parsed.visibility.expiry?.at)
  return { due: chosen, hidden, unpublished, problems, nextDueAt }
}

/** The strictest reason that `articles.show` does not lift. */
function hidingOf({ visibility }: ArticleContent['parsed'], show: readonly ShownKind[], now: Date): Hiding | undefined {
  const { hidings, expiry, mail, mailLine } = visibility
  const isShown = ({ kind }: Hiding) => (show as readonly string[]).includes(kind)
  const [first] = hidings.filter((hiding) => !isShown(hiding))
  if (first && first.kind !== 'unlisted') return first
  if (expiry && expiry.at <= now && !isShown(expiry)) return expiry
  return first ?? (mail === 'only' ? { kind: 'unlisted', field: 'mail', line: mailLine, words: 'only in mail' } : undefined)
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
