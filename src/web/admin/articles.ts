import type { RequestHandler } from 'express'
import { articleStates, type ListedArticle, pageOfArticles } from '../../articles/article-list.ts'
import { whyHidden } from '../../articles/find.ts'
import { type IssueOfArticle, issuesOfArticles } from '../../digests/issue/article-status.ts'
import { inEnglish, type MarkedText } from '../../platform/marked-text.ts'
import { fullTime, shortDate } from '../../publication/format-date.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { type DeskContext, markedWords, sendDeskPage, words } from './desk-page.ts'

const perPage = 50
const filters = [...articleStates, 'problem'] as const

/** All articles, in any state, with the issues that carried them. Filtered by `state` and by a text in title or path. */
export function showArticles(desk: DeskContext): RequestHandler {
  return async (request, response) => {
    const publication = desk.publication()
    const state = filters.find((one) => one === request.query.state)
    const text = typeof request.query.text === 'string' ? request.query.text.slice(0, 200) : ''
    const number = pageNumber(request.query.page)
    const { articles, of, counts } = pageOfArticles(desk.articles(), { state, text, limit: perPage, offset: (number - 1) * perPage })
    const issues = await issuesOfArticles(
      desk.digests,
      articles.flatMap(({ article }) => (article ? [article.id] : [])),
    )
    const address = (query: Readonly<Record<string, string | undefined>>) => addressWith(localPath(publication, paths.adminArticles), query)
    const pageHref = (page: number) => address({ state, text, page: page > 1 ? String(page) : undefined })
    await sendDeskPage(
      desk,
      response,
      'articles',
      { title: words(desk, 'rail.articles'), place: 'articles' },
      {
        action: localPath(publication, paths.adminArticles),
        filters: [undefined, ...filters].map((one) => ({
          label: words(desk, `articles.filter_${one ?? 'all'}`, { count: counts[one ?? 'all'] }),
          href: address({ state: one, text }),
          is_current: one === state,
        })),
        state: state ?? null,
        text,
        total: counts.all,
        found: of,
        articles: articles.map((one) => rowValues(desk, one, issues.get(one.article?.id ?? '') ?? [])),
        newer: number > 1 ? pageHref(number - 1) : null,
        older: number * perPage < of ? pageHref(number + 1) : null,
        page: number,
        pages: Math.max(1, Math.ceil(of / perPage)),
      },
    )
  }
}

/** Why an article is in its state, in words: `Published`, `Waits until …`, `Hidden: protected: password`. */
export function stateWords(desk: DeskContext, { state, publishedAt, hiding }: ListedArticle): string | MarkedText {
  if (state === 'waiting' && publishedAt) return words(desk, 'articles.state_waiting', { time: fullTime(desk.publication(), publishedAt) })
  if (state === 'hidden') {
    const reason = inEnglish(hiding ? whyHidden(hiding).replace(/^is /, '') : '')
    return markedWords(desk, 'articles.state_hidden', { reason })
  }
  return words(desk, `articles.state_${state}`)
}

export function issueValues(desk: DeskContext, { digest, number, issueId }: IssueOfArticle) {
  const { digests } = desk.publication()
  return {
    label: words(desk, 'articles.in_issue', { digest: digests.get(digest)?.title ?? digest, number }),
    href: localPath(desk.publication(), paths.adminIssue(issueId)),
  }
}

function rowValues(desk: DeskContext, one: ListedArticle, issues: readonly IssueOfArticle[]) {
  return {
    title: one.title,
    path: one.path,
    href: localPath(desk.publication(), paths.adminArticle(one.path)),
    state: one.state,
    state_words: stateWords(desk, one),
    problem_count: one.problems.length,
    date: one.publishedAt ? shortDate(desk.publication(), one.publishedAt) : null,
    topics: one.topicLabels,
    issues: issues.map((issue) => issueValues(desk, issue)),
  }
}

function addressWith(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '')
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`
}

function pageNumber(given: unknown): number {
  return typeof given === 'string' && /^[1-9]\d{0,5}$/.test(given) ? Number(given) : 1
}
