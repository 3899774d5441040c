import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Publication } from '../publication/publication.ts'
import type { Article, ArticleProblem, Snapshot } from './article.ts'
import { statedUri } from './ids.ts'
import { renderMarkdown } from './markdown.ts'
import type { ArticleContent, FileRecord } from './read.ts'
import type { Minted } from './store.ts'

/** What a snapshot is made from. */
export interface SnapshotSources {
  readonly publication: Publication
  /** By path, in the order of the paths. */
  readonly records: ReadonlyMap<string, FileRecord>
  /** By path; every record with content has one. */
  readonly minted: ReadonlyMap<string, Minted>
  /** The authority of `tag:` ids. */
  readonly origin: string
}

/** Makes snapshots; articles whose file and links did not change are the same objects, with their HTML kept. */
export interface SnapshotMaker {
  /** In steps of about 10 ms at 10,000 articles, between which requests are answered. One call at a time. */
  make(sources: SnapshotSources, now: Date): Promise<Snapshot>
}

interface Made {
  readonly content: ArticleContent
  readonly publication: Publication
  readonly article: Article
  /** The other articles that its HTML links to, with the address each had. */
  readonly links: Map<string, string | undefined>
}

export function snapshotMaker(): SnapshotMaker {
  let made = new Map<string, Made>()
  let ordered: readonly Article[] = []
  return {
    async make(sources, now) {
      const { due, problems, nextDueAt } = choose(sources, now)
      const addresses = new Map(due.map(({ parsed }) => [parsed.path, parsed.url]))
      const addressOf = (path: string) => addresses.get(path)
      await nextTurn()
      const next = new Map<string, Made>()
      for (const content of due) {
        const { path } = content.parsed
        const before = made.get(path)
        const isSame = before?.content === content && before.publication === sources.publication && hasSameLinks(before.links, addressOf)
        next.set(path, isSame ? before : makeArticle(content, sources, addressOf))
      }
      await nextTurn()
      const articles = sortAgain(ordered, made, next)
      made = next
      ordered = articles
      return {
        articles,
        bySlug: new Map(articles.map((article) => [article.slug, article])),
        byId: new Map(articles.map((article) => [article.id, article])),
        problems,
        nextDueAt,
      }
    },
  }
}

function hasSameLinks(links: ReadonlyMap<string, string | undefined>, addressOf: (path: string) => string | undefined): boolean {
  for (const [linked, address] of links) if (addressOf(linked) !== address) return false
  return true
}

/** What is nearly in order is sorted in no time, so the last order is where to begin. */
function sortAgain(before: readonly Article[], made: ReadonlyMap<string, Made>, next: ReadonlyMap<string, Made>): Article[] {
  const articles: Article[] = []
  for (const { path } of before) {
    const kept = next.get(path)
    if (kept) articles.push(kept.article)
  }
  for (const [path, { article }] of next) if (!made.has(path)) articles.push(article)
  return articles.sort(newestFirst)
}

function newestFirst(one: Article, other: Article): number {
  return other.publishedAt.getTime() - one.publishedAt.getTime() || (one.path < other.path ? -1 : 1)
}

interface Choice {
  readonly due: ArticleContent[]
  readonly problems: ArticleProblem[]
  readonly nextDueAt: Date | undefined
}

/** Who is published at `now`. Of two with one slug or id the first by path stays; what is due comes before what is not. */
function choose({ records, minted, origin }: SnapshotSources, now: Date): Choice {
  const problems: ArticleProblem[] = []
  const due: ArticleContent[] = []
  const ahead: ArticleContent[] = []
  for (const record of records.values()) {
    problems.push(...record.problems)
    if (!record.content || record.content.parsed.isDraft) continue
    if (record.content.parsed.publishedAt <= now) due.push(record.content)
    else ahead.push(record.content)
  }
  const holders = { slug: new Map<string, string>(), id: new Map<string, string>() }
  const isFree = ({ parsed }: ArticleContent): boolean => {
    const { path, slug } = parsed
    const id = idOf(parsed.statedId, minted.get(path), origin)
    const holder = holders.slug.get(slug) ?? holders.id.get(id)
    if (holder === undefined) {
      holders.slug.set(slug, path)
      holders.id.set(id, path)
      return true
    }
    const [field, value] = holders.slug.has(slug) ? ['slug', slug] : ['id', id]
    const reason = `${field} "${value}" is that of ${holder} as well as of ${path}: give one of them another; ${holder} is published`
    problems.push({ severity: 'error', path, field, line: parsed.lines.get(field ?? ''), reason })
    return false
  }
  const chosen = due.filter(isFree)
  const firstAhead = ahead.filter(isFree).reduce<Date | undefined>((first, { parsed }) => {
    return first && first <= parsed.publishedAt ? first : parsed.publishedAt
  }, undefined)
  return { due: chosen, problems, nextDueAt: firstAhead }
}

function idOf(statedId: string | undefined, minted: Minted | undefined, origin: string): string {
  if (statedId) return statedUri(statedId, origin)
  if (!minted) throw new Error('an article has no id: its path was not minted')
  return minted.id
}

function makeArticle(content: ArticleContent, sources: SnapshotSources, addressOf: (path: string) => string | undefined): Made {
  const { parsed, hero, enclosures } = content
  const { publication, origin } = sources
  const minted = sources.minted.get(parsed.path)
  const links = new Map<string, string | undefined>()
  let html: string | undefined
  const article: Article = {
    id: idOf(parsed.statedId, minted, origin),
    path: parsed.path,
    slug: parsed.slug,
    url: parsed.url,
    title: parsed.title,
    subtitle: parsed.subtitle,
    description: parsed.description,
    author: parsed.author,
    readMinutes: parsed.readMinutes,
    publishedAt: parsed.publishedAt,
    updatedAt: parsed.updatedAt,
    firstSeenAt: minted?.firstSeenAt ?? parsed.publishedAt,
    hero,
    topics: parsed.topics,
    callToAction: parsed.callToAction,
    enclosures,
    html() {
      html ??= renderMarkdown(parsed.body, {
        publication,
        path: parsed.path,
        url: parsed.url,
        addressOf(path) {
          const address = addressOf(path)
          links.set(path, address)
          return address
        },
      })
      return html
    },
  }
  return { content, publication, article, links }
}
