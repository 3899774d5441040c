import { relative, sep } from 'node:path'
import type { RequestHandler, Response } from 'express'
import type { Article, ArticleProblem } from '../../articles/article.ts'
import { type ListedArticle, listedArticle } from '../../articles/article-list.ts'
import { findNamed } from '../../articles/find.ts'
import { type ArticleStatus, articleStatusesWithNotes, issuesOfArticles } from '../../digests/issue/article-status.ts'
import { nextSlot } from '../../digests/schedule/slots.ts'
import { textOf } from '../../platform/finding.ts'
import { inEnglish, type MarkedText } from '../../platform/marked-text.ts'
import { fullTime } from '../../publication/format-date.ts'
import { authorKey } from '../../publication/keys.ts'
import type { Publication } from '../../publication/publication.ts'
import { authorPath, type FeedScope, feedPath, localHref, localPath, paths } from '../../publication/urls.ts'
import { issueValues, stateWords } from './articles.ts'
import { type DeskContext, markedWords, reasonWords, sendDeskPage, words } from './desk-page.ts'

/** One article: its state, addresses, problems and feeds, and for each digest whether and why it carries it. */
export function showArticle(desk: DeskContext): RequestHandler<{ path: string[] }> {
  return async (request, response) => {
    const listed = findListed(desk, request.params.path.join('/'))
    if (!listed) return sendUnknownArticle(desk, response)
    const publication = desk.publication()
    const { article } = listed
    const statuses = article ? await articleStatusesWithNotes(desk.digests, article) : []
    const issues = article ? ((await issuesOfArticles(desk.digests, [article.id])).get(article.id) ?? []) : []
    await sendDeskPage(
      desk,
      response,
      'article',
      { title: listed.title, place: 'articles' },
      {
        list_href: localPath(publication, paths.adminArticles),
        state: listed.state,
        state_words: stateWords(desk, listed),
        file: fileOf(publication, listed.path),
        published: listed.publishedAt ? fullTime(publication, listed.publishedAt) : null,
        topics: listed.topicLabels,
        id: article?.id ?? null,
        page: article && isOnSite(listed) ? { href: localHref(publication, article.url), address: article.url } : null,
        feeds: article?.isInFeeds && isOnSite(listed) ? feedsOf(publication, article) : [],
        problems: listed.problems.map((problem) => problemValues(publication, problem)),
        digests: statuses.map((status) => {
          const issue = issues.find(({ digest }) => digest === status.digest)
          return {
            title: publication.digests.get(status.digest)?.title ?? status.digest,
            href: localPath(publication, paths.adminDigest(status.digest)),
            state: status.state,
            why: whyWords(desk, status),
            issue: issue ? issueValues(desk, issue) : null,
          }
        }),
      },
    )
  }
}

/** By the path of its file, and also by slug or id. */
function findListed(desk: DeskContext, name: string): ListedArticle | undefined {
  const snapshot = desk.articles()
  const byPath = listedArticle(snapshot, name)
  if (byPath) return byPath
  const named = findNamed(desk.publication(), snapshot, name)
  if (!named) return undefined
  return listedArticle(snapshot, named.status === 'published' ? named.article.path : named.path)
}

function isOnSite({ state, hiding }: ListedArticle): boolean {
  return state === 'published' || hiding?.kind === 'unlisted'
}

/** The feeds with its newest entries. Older articles are in the archive of each. */
function feedsOf(publication: Publication, { topics, authors }: Article): object[] {
  const scopes: FeedScope[] = [{ kind: 'all' }, ...topics.map((topic) => ({ kind: 'topics', topics: [topic] }) as const)]
  for (const author of authors) if (authorPath(author) !== undefined) scopes.push({ kind: 'author', author: authorKey(author) })
  return scopes.map((scope) => {
    const path = feedPath({ format: 'rss', scope, archive: undefined })
    return { href: localPath(publication, path), path }
  })
}

function whyWords(desk: DeskContext, { digest, state, reason }: ArticleStatus): string | MarkedText {
  if (state === 'issued') return words(desk, 'article.issued')
  if (state === 'excluded') return markedWords(desk, 'article.excluded', { reason: reasonWords(desk, reason ?? '') })
  const publication = desk.publication()
  const definition = publication.digests.get(digest)
  const slot = definition && nextSlot(definition, publication.timezone, desk.clock.now())
  return slot ? words(desk, 'article.pending', { slot: fullTime(publication, slot) }) : words(desk, 'article.pending_published')
}

function problemValues(publication: Publication, { severity, path, line, field, reason }: ArticleProblem) {
  const place = [fileOf(publication, path), line].filter((part) => part !== undefined).join(':')
  return { severity, place, reason: inEnglish(textOf({ field, reason })) }
}

/** Relative to the content folder, as `broadsheet check` names it. */
function fileOf({ contentFolder, articlesFolder }: Publication, path: string): string {
  const folder = relative(contentFolder, articlesFolder).split(sep).join('/')
  return folder === '' ? path : `${folder}/${path}`
}

async function sendUnknownArticle(desk: DeskContext, response: Response): Promise<void> {
  response.status(404)
  await sendDeskPage(
    desk,
    response,
    'message',
    { title: words(desk, 'article.unknown'), place: 'articles' },
    { text: words(desk, 'article.unknown_text') },
  )
}
