import type { Article } from '../../articles/article.ts'
import type { Whereabouts } from './article-status.ts'

/** An article with where each digest has it. */
export function articleJson(article: Article, whereabouts: readonly Whereabouts[]) {
  return {
    id: article.id,
    slug: article.slug,
    url: article.url,
    title: article.title,
    subtitle: article.subtitle ?? null,
    description: article.description,
    author: article.author ?? null,
    read_minutes: article.readMinutes,
    published_at: article.publishedAt.toISOString(),
    updated_at: article.updatedAt.toISOString(),
    topics: article.topics,
    ledger: whereabouts.map(({ digest, state, issue, reason }) => ({ digest, state, issue: issue ?? null, reason: reason ?? null })),
  }
}
