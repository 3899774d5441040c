import type { WorkSlices } from '../platform/work-slices.ts'
import type { DialectsInUse } from '../publication/dialects.ts'
import type { Publication, ShownKind } from '../publication/publication.ts'
import type { ArticleProblem, Hiding, Unpublished } from './article.ts'
import { type PublishedSlugs, SlugClaims } from './choose-slug.ts'
import { readPath } from './files/file-name.ts'
import type { ArticleContent, FileRecord } from './files/read-file.ts'
import { feedUri, statedUri } from './ids.ts'
import { articleUrl } from './links/article-urls.ts'
import type { Minted } from './store.ts'

/** What a snapshot is made from. */
export interface SnapshotSources {
  readonly publication: Publication
  /** By path, in the order of the paths. */
  readonly index: ReadonlyMap<string, FileRecord>
  /** By path; every record with content has one. */
  readonly minted: ReadonlyMap<string, Minted>
  /** Slugs as published so far. Empty without a database. */
  readonly publishedSlugs: PublishedSlugs
  /** The authority of `tag:` ids. */
  readonly origin: string
  /** Problems outside the articles, such as in the authors file. */
  readonly problems: readonly ArticleProblem[]
  /** The dialects that the files were read with. */
  readonly dialects: DialectsInUse
}

/** An article to publish, with its final slug and id. */
export interface Due {
  readonly content: ArticleContent
  readonly parsed: ArticleContent['parsed']
  readonly slug: string
  readonly id: string
  /** See `Article`. */
  readonly uri: string
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
  /** Path of each translation that is left out → why. */
  readonly translations: ReadonlyMap<string, string>
  readonly nextDueAt: Date | undefined
}

/**
 * Chooses what is published at `now`. If two files share a slug or id, listed ones win over unlisted and later ones, then the first path
 * wins. Works in slices: the sources must not change meanwhile.
 */
export async function chooseDue(sources: SnapshotSources, now: Date, slices: WorkSlices): Promise<Choice> {
  const { publication, index, problems: others } = sources
  const problems: ArticleProblem[] = [...others]
  const originals = originalsOf(index.values(), publication.language)
  const due: HideableContent[] = []
  const ahead: HideableContent[] = []
  const withoutPage: HideableContent[] = []
  const unpublished: Unpublished[] = []
  const translations = new Map<string, string>()
  for (const record of index.values()) {
    if (slices.isOver()) await slices.next()
    problems.push(...record.problems)
    const { content, isDraft, visibility, path } = record
    if (isDraft)
      unpublished.push({
        path,
        slug: content?.parsed.slug ?? readPath(path).slug,
        title: content?.parsed.title ?? path,
        topicLabels: content?.parsed.topicLabels ?? [],
        publishedAt: undefined,
        hiding: visibility?.hidings[0],
      })
    if (!content || content.parsed.isDraft) continue
    const { parsed } = content
    const original = translationOf(parsed, originals, publication.language)
    if (original !== undefined) {
      const tag = parsed.language ?? 'another language'
      translations.set(path, `is a translation (${tag}) of ${original}; only articles in ${publication.language} are published`)
      continue
    }
    const hiding = hidingOf(parsed, publication.articles.show, now)
    const list = hiding && hiding.kind !== 'unlisted' ? withoutPage : parsed.publishedAt <= now ? due : ahead
    list.push({ content, hiding })
  }
  // A page that nobody is led to must not take the address of one that readers know.
  const inOrder = [...due.filter(({ hiding }) => !hiding), ...due.filter(({ hiding }) => hiding)]
  const settle = settler(sources, inOrder, problems, now)
  const settleAll = async (all: readonly HideableContent[]) => {
    const settled: Due[] = []
    for (const one of all) {
      if (slices.isOver()) await slices.next()
      settled.push(...settle(one))
    }
    return settled
  }
  const chosen = await settleAll(inOrder)
  const settledAhead = await settleAll(ahead)
  for (const { parsed, slug } of settledAhead)
    unpublished.push({
      path: parsed.path,
      slug,
      title: parsed.title,
      topicLabels: parsed.topicLabels,
      publishedAt: parsed.publishedAt,
      hiding: undefined,
    })
  const hidden = withoutPage.map((one) => {
    const { path, slug, statedId } = one.content.parsed
    return dueOf(one, slug, idOf(statedId, sources.minted.get(path), sources.origin), sources, now)
  })
  const ends = publication.articles.show.includes('expired') ? [] : chosen.map(({ parsed }) => parsed.visibility.expiry?.at)
  const changes = chosen.map(({ parsed }) => parsed.statedUpdatedAt)
  const nextDueAt = earliest([...settledAhead.map(({ parsed }) => parsed.publishedAt), ...ends, ...changes], now)
  return { due: chosen, hidden, unpublished, problems, translations, nextDueAt }
}

interface HideableContent {
  readonly content: ArticleContent
  readonly hiding: Hiding | undefined
}

/** Gives each article a slug and an id that no earlier one holds, or reports the conflict. */
function settler(
  sources: SnapshotSources,
  due: readonly HideableContent[],
  problems: ArticleProblem[],
  now: Date,
): (one: HideableContent) => Due[] {
  const { publication, minted, publishedSlugs, origin } = sources
  const claims = new SlugClaims(
    due.map(({ content }) => content.parsed),
    publishedSlugs,
    publication.articles.isOwnFolder,
  )
  const holders = { slug: new Map<string, string>(), id: new Map<string, string>() }
  return (one) => {
    const { parsed } = one.content
    const { path } = parsed
    const known = minted.get(path)
    const stated = idOf(parsed.statedId, known, origin)
    // Other generators use the field `id` for page numbers or layout names, so a duplicate falls back to the minted id.
    const id = holders.id.has(stated) && known && !publication.articles.isOwnFolder ? idOf(undefined, known, origin) : stated
    const slug = claims.choose(parsed, holders.slug)
    const holder = holders.slug.get(slug) ?? holders.id.get(id)
    if (holder === undefined) {
      if (parsed.isSlugStated && slug !== parsed.slug) {
        const owner = claims.ownerOf(parsed.slug, holders.slug) ?? 'another file'
        const reason = `slug "${parsed.slug}" is used by both ${owner} and ${path}; ${path} is published as "${slug}"`
        problems.push({ severity: 'warning', path, field: 'slug', line: parsed.lines.get('slug'), reason })
      }
      holders.slug.set(slug, path)
      holders.id.set(id, path)
      const settled = dueOf(one, slug, id, sources, now)
      problems.push(...remarksOn(settled, now))
      return [settled]
    }
    const [field, value] = holders.slug.has(slug) ? ['slug', slug] : ['id', id]
    const reason = `${field} "${value}" is used by both ${holder} and ${path}; only ${holder} is published. Change the ${field} of one file`
    problems.push({ severity: 'error', path, field, line: parsed.lines.get(field ?? ''), reason })
    return []
  }
}

/** Values of the front matter that are not shown as written. */
function remarksOn({ parsed, id, uri }: Due, now: Date): ArticleProblem[] {
  const { path, lines, statedUpdatedAt } = parsed
  const remark = (field: string, reason: string): ArticleProblem => ({ severity: 'warning', path, field, line: lines.get(field), reason })
  const remarks: ArticleProblem[] = []
  if (uri !== id) remarks.push(remark('id', `id "${id.slice(0, 80)}" is not a valid URI; feeds show it as "${uri.slice(0, 120)}"`))
  if (statedUpdatedAt && statedUpdatedAt > now && parsed.publishedAt <= now) {
    const day = statedUpdatedAt.toISOString().slice(0, 10)
    remarks.push(remark('updated_date', `updated_date ${day} is in the future; it does not count before that day`))
  }
  return remarks
}

function dueOf(
  { content, hiding }: HideableContent,
  slug: string,
  id: string,
  { publication, minted, origin }: SnapshotSources,
  now: Date,
): Due {
  const { parsed } = content
  const known = minted.get(parsed.path)
  const firstSeenAt = known?.firstSeenAt ?? parsed.publishedAt
  const url = articleUrl(parsed, slug, publication)
  return { content, parsed, slug, id, uri: feedUri(id, origin), url, updatedAt: updatedAtOf(parsed, known, now), firstSeenAt, hiding }
}

/** The first instant after `now`. */
function earliest(instants: readonly (Date | undefined)[], now: Date): Date | undefined {
  let first: Date | undefined
  for (const at of instants) if (at && at > now && (!first || at < first)) first = at
  return first
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

/** The stated date unless it is in the future, else the time of the last change of the text after publishing, else the publish date. */
function updatedAtOf({ statedUpdatedAt, publishedAt }: ArticleContent['parsed'], known: Minted | undefined, now: Date): Date {
  if (statedUpdatedAt && statedUpdatedAt <= now) return statedUpdatedAt
  return known?.textChangedAt && known.textChangedAt > publishedAt ? known.textChangedAt : publishedAt
}

/** Files in the publication's language by translation key. */
interface Originals {
  /** Those whose name says so (`post.en.md`, `en/post.md`). An unmarked file beside one is in another language. */
  readonly marked: ReadonlyMap<string, string>
  readonly unmarked: ReadonlyMap<string, string>
}

function originalsOf(index: Iterable<FileRecord>, language: string): Originals {
  const marked = new Map<string, string>()
  const unmarked = new Map<string, string>()
  let isTranslated = false
  for (const { content } of index) {
    if (!content || content.parsed.isDraft) continue
    const { facts, path } = content.parsed
    if (facts.language === undefined) unmarked.set(facts.translationKey, path)
    else if (isIn(facts.language, language)) marked.set(facts.translationKey, path)
    else isTranslated = true
  }
  return { marked, unmarked: isTranslated ? unmarked : new Map() }
}

/** The path of the article that this one translates. */
function translationOf({ facts, language }: ArticleContent['parsed'], { marked, unmarked }: Originals, own: string): string | undefined {
  if (facts.language !== undefined && isIn(facts.language, own)) return undefined
  const original = marked.get(facts.translationKey)
  if (facts.language !== undefined) return original ?? unmarked.get(facts.translationKey)
  return language !== undefined && isIn(language, own) ? undefined : original
}

function isIn(tag: string, language: string): boolean {
  return tag.slice(0, 2).toLowerCase() === language.slice(0, 2).toLowerCase()
}

function idOf(statedId: string | undefined, minted: Minted | undefined, origin: string): string {
  if (statedId) return statedUri(statedId, origin)
  if (!minted) throw new Error('article without an id: no id was minted for its path')
  return minted.id.startsWith('urn:uuid:') ? minted.id : statedUri(minted.id, origin)
}
