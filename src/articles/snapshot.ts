import { WorkSlices } from '../platform/work-slices.ts'
import type { Publication } from '../publication/publication.ts'
import type { Article, Hiding, Snapshot } from './article.ts'
import { chooseDue, type Due, type SnapshotSources } from './choose-due.ts'
import { findLeftOut } from './file-counts.ts'
import type { ArticleContent } from './files/read-file.ts'
import type { LinkKind } from './links/link-kind.ts'
import { indexPages, type PageIndex } from './links/page-index.ts'
import { bodyText, countReadMinutes } from './markdown/plain-text.ts'
import { renderMarkdown } from './markdown/render-markdown.ts'

/** Makes snapshots. Articles whose file and links did not change stay the same objects, with their cached HTML. */
export interface SnapshotMaker {
  /** Works in slices. Callers must not run two calls at once, nor change the sources meanwhile. */
  make(sources: SnapshotSources, now: Date): Promise<Snapshot>
}

interface Made {
  readonly content: ArticleContent
  readonly publication: Publication
  readonly article: Article
  /** Links in its HTML to other articles, with the address each had when rendered. */
  readonly links: Map<string, Link>
}

interface Link {
  readonly to: string
  readonly kind: LinkKind
  readonly address: string | undefined
}

/** Choosing or making one takes 5 to 10 µs. */
const articlesPerSlice = 500

type FindAddress = (to: string, kind: LinkKind) => string | undefined

export function snapshotMaker(): SnapshotMaker {
  let made = new Map<string, Made>()
  let ordered: readonly Article[] = []
  // HTML is rendered lazily, so links resolve against the latest snapshot.
  let find: FindAddress = () => undefined
  return {
    async make(sources, now) {
      const slices = new WorkSlices(articlesPerSlice)
      const choice = await chooseDue(sources, now, slices)
      const { due, hidden, unpublished, problems, nextDueAt } = choice
      // A link to an article without a page would lead nowhere.
      const withPage = due.filter(({ hiding }) => !isMailOnly(hiding))
      const findNow = finderOf(withPage, sources.publication.timezone)
      await slices.next()
      const next = new Map<string, Made>()
      for (const one of due) {
        if (slices.isOver()) await slices.next()
        const before = made.get(one.parsed.path)
        next.set(
          one.parsed.path,
          before && isUnchanged(before, one, sources, findNow) ? before : makeArticle(one, sources, (to, kind) => find(to, kind)),
        )
      }
      await slices.next()
      const all = sortAgain(ordered, made, next)
      made = next
      find = findNow
      const leftOut = findLeftOut(sources.index, choice)
      await slices.next()
      ordered = all
      const pages = filtered(all, ({ isMailOnly }) => !isMailOnly)
      const articles = filtered(pages, ({ hiding }) => hiding === undefined)
      return {
        articles,
        inFeeds: filtered(articles, ({ isInFeeds }) => isInFeeds),
        inMail: filtered(all, ({ isInMail }) => isInMail),
        bySlug: new Map(pages.map((article) => [article.slug, article])),
        byId: new Map(pages.map((article) => [article.id, article])),
        unlisted: pages.filter(({ hiding }) => hiding !== undefined),
        mailOnly: all.filter(({ isMailOnly }) => isMailOnly),
        hidden: hidden.flatMap((one) => {
          const { article } = makeArticle(one, sources, (to, kind) => find(to, kind))
          return one.hiding ? [{ article, hiding: one.hiding }] : []
        }),
        addressOf: findNow,
        unpublished,
        problems,
        leftOut,
        nextDueAt,
        dialects: sources.dialects,
      }
    },
  }
}

/** Whether `mail: only` is what hides the article. */
function isMailOnly(hiding: Hiding | undefined): boolean {
  return hiding?.field === 'mail'
}

/** Looks up files in a map. The index of pages and names is built on first use. */
function finderOf(due: readonly Due[], timezone: string): FindAddress {
  const byPath = new Map(due.map(({ parsed, url }) => [parsed.path, url]))
  let index: PageIndex | undefined
  return (to, kind) => {
    if (kind === 'file') return byPath.get(to)
    index ??= indexPages(due, timezone)
    const path = index.find(to, kind)
    return path === undefined ? undefined : byPath.get(path)
  }
}

function isUnchanged({ content, publication, article, links }: Made, due: Due, sources: SnapshotSources, find: FindAddress): boolean {
  if (content !== due.content || publication !== sources.publication) return false
  if (article.slug !== due.slug || article.id !== due.id || article.updatedAt.getTime() !== due.updatedAt.getTime()) return false
  for (const { to, kind, address } of links.values()) if (find(to, kind) !== address) return false
  return true
}

/** The list itself if all pass, which is the usual case. */
function filtered(articles: readonly Article[], isIn: (article: Article) => boolean): readonly Article[] {
  return articles.every(isIn) ? articles : articles.filter(isIn)
}

/** Starts from the previous order, because sorting nearly sorted input is fast. */
function sortAgain(before: readonly Article[], made: ReadonlyMap<string, Made>, next: ReadonlyMap<string, Made>): Article[] {
  const articles: Article[] = []
  for (const { path } of before) {
    const known = next.get(path)
    if (known) articles.push(known.article)
  }
  for (const [path, { article }] of next) if (!made.has(path)) articles.push(article)
  return articles.sort(newestFirst)
}

function newestFirst(one: Article, other: Article): number {
  return other.publishedAt.getTime() - one.publishedAt.getTime() || (one.path < other.path ? -1 : 1)
}

function makeArticle(
  { content, parsed, slug, id, uri, url, updatedAt, firstSeenAt, hiding }: Due,
  { publication }: SnapshotSources,
  find: FindAddress,
): Made {
  const links = new Map<string, Link>()
  let html: string | undefined
  let minutes: number | undefined
  const { isIndexed, isInFeeds, mail } = parsed.visibility
  const article: Article = {
    id,
    uri,
    path: parsed.path,
    slug,
    url,
    title: parsed.title,
    subtitle: parsed.subtitle,
    description: parsed.description,
    author: parsed.authors.length > 0 ? parsed.authors.join(', ') : undefined,
    authors: parsed.authors,
    get readMinutes() {
      minutes ??= parsed.statedMinutes ?? countReadMinutes(bodyText(parsed.body, parsed))
      return minutes
    },
    publishedAt: parsed.publishedAt,
    updatedAt,
    firstSeenAt,
    hero: content.hero,
    topics: parsed.topics,
    topicLabels: parsed.topicLabels,
    writtenTopics: parsed.writtenTopics,
    language: parsed.language,
    callToAction: parsed.callToAction(url),
    enclosures: content.enclosures,
    hiding,
    isIndexed: isIndexed && hiding === undefined,
    isInFeeds: isInFeeds && hiding === undefined,
    isInMail: mail === 'usual' ? hiding === undefined : isMailOnly(hiding),
    isMailOnly: mail === 'only',
    isPinned: parsed.isPinned,
    html() {
      html ??= renderMarkdown(parsed.body, {
        publication,
        path: parsed.path,
        dialects: parsed.dialects,
        params: parsed.params,
        url,
        slug,
        addressOf(to, kind = 'file') {
          const address = find(to, kind)
          links.set(`${kind} ${to}`, { to, kind, address })
          return address
        },
      })
      return html
    },
  }
  return { content, publication, article, links }
}
