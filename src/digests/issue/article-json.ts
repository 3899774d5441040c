import { z } from 'zod'
import type { Article } from '../../articles/article.ts'
import { count, instant, type Json } from '../../platform/json-shape.ts'
import type { ArticleStatus } from './article-status.ts'

export const articleShape = z.object({
  id: z.string(),
  slug: z.string(),
  url: z.string().nullable().describe('Null for an article without a page (mail: only)'),
  title: z.string(),
  subtitle: z.string().nullable(),
  description: z.string(),
  author: z.string().nullable(),
  read_minutes: count,
  published_at: instant,
  updated_at: instant,
  topics: z.array(z.string()),
  ledger: z
    .array(
      z.object({
        digest: z.string(),
        state: z.enum(['pending', 'issued', 'excluded']),
        issue: z.int().nullable().describe('The number of the issue that carries it'),
        reason: z.string().nullable().describe('Why it is excluded, or waits'),
      }),
    )
    .describe('Where the article is, for each digest'),
})

/** An article with its status in each digest. */
export function articleJson(article: Article, status: readonly ArticleStatus[]): Json<typeof articleShape> {
  return {
    id: article.id,
    slug: article.slug,
    url: article.isMailOnly ? null : article.url,
    title: article.title,
    subtitle: article.subtitle ?? null,
    description: article.description,
    author: article.author ?? null,
    read_minutes: article.readMinutes,
    published_at: article.publishedAt.toISOString(),
    updated_at: article.updatedAt.toISOString(),
    topics: article.topics,
    ledger: status.map(({ digest, state, issue, reason }) => ({ digest, state, issue: issue ?? null, reason: reason ?? null })),
  }
}
