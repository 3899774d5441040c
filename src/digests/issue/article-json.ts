import type { Article } from '../../articles/article.ts'
import type { ArticleStatus } from './article-status.ts'

/** An article with its status in each digest. */
export function articleJson(article: Article, status: readonly ArticleStatus[]) {
  return {
    id: article.id,
    slug: article.slug,
    /** Null for an article without a page (`mail: only`). */
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
