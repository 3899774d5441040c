import type { Request, Response } from 'express'
import { findNamed, whyUnpublished } from '../../articles/find.ts'
import type { DigestsContext } from '../../digests/context.ts'
import { articleJson, articleShape } from '../../digests/issue/article-json.ts'
import { articleStatuses, articleStatusesWithNotes } from '../../digests/issue/article-status.ts'
import { listOf } from './answers.ts'
import type { Operations } from './operation.ts'
import { pageQuery, writeCursor } from './paging.ts'
import { notFound, unprocessable } from './problems.ts'
import { readPage } from './request.ts'

/** Published articles, each with its status in every digest. */
export function addArticles(operations: Operations, digests: DigestsContext): void {
  operations.add(
    {
      id: 'listArticles',
      call: 'GET /articles',
      scope: 'read',
      summary: 'List published articles, newest first',
      description: 'Hidden articles are left out.',
      query: pageQuery,
      answers: { 200: listOf(articleShape, 'One page of articles, each with where it is in each digest') },
      errors: { 422: 'A parameter is wrong, or the article that the cursor points to is gone' },
    },
    (request, response) => list(digests, request, response),
  )
  operations.add(
    {
      id: 'getArticle',
      call: 'GET /articles/:slug',
      scope: 'read',
      summary: 'Show one article, and where it is in each digest',
      answers: { 200: { description: 'The article', shape: articleShape } },
      errors: { 404: 'No published article has this slug' },
    },
    (request, response) => show(digests, request.params.slug, response),
  )
}

async function list(digests: DigestsContext, request: Request, response: Response): Promise<void> {
  const page = readPage(request, response)
  if (!page) return
  const { articles } = digests.articles()
  const start = page.cursor === undefined ? 0 : articles.findIndex((article) => article.id === page.cursor) + 1
  if (page.cursor !== undefined && start === 0)
    return unprocessable(response, 'cursor', 'points to an article that no longer exists: start again without a cursor')
  const items = articles.slice(start, start + page.limit)
  const statuses = await articleStatuses(digests, items)
  const next = start + page.limit < articles.length ? items.at(-1)?.id : undefined
  response.json({ items: items.map((one) => articleJson(one, statuses.get(one.id) ?? [])), next: writeCursor(next) })
}

async function show(digests: DigestsContext, slug: string, response: Response): Promise<void> {
  const named = findNamed(digests.publication(), digests.articles(), slug)
  if (named?.status !== 'published' && named?.status !== 'hidden')
    return notFound(response, named ? `${named.path} ${whyUnpublished(named)}` : `there is no published article with the slug ${slug}`)
  const { article } = named
  response.json(articleJson(article, await articleStatusesWithNotes(digests, article)))
}
