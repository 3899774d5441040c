import type { Article, Snapshot } from '../articles/article.ts'
import { monthIn } from '../platform/time-zones.ts'

/**
 * The history of the live feed (RFC 5005 §4). A walk from the live feed finds every entry once, and a new article changes no
 * existing archive. Each month is one document, `2026-10`. If the live feed ends within a month, the rest is `2026-10-20`:
 * the twenty oldest entries of that month.
 */
export interface History {
  /** The name of the archive after a live feed of `liveEntries` entries. */
  afterLive(liveEntries: number): string | undefined
  /** The entries of an archive, newest first, and the name of the next one. Undefined if there is no such archive. */
  part(name: string): { readonly articles: readonly Article[]; readonly next: string | undefined } | undefined
}

export function historyOf(snapshot: Snapshot, timezone: string): History {
  const { inFeeds: articles } = snapshot
  const monthOf = (article: Article | undefined) => article && monthIn(timezone, article.publishedAt)
  let months: Map<string, Article[]> | undefined
  return {
    // Runs at every change, so it reads no further than the month in which the live feed ends.
    afterLive(liveEntries) {
      const month = monthOf(articles[liveEntries])
      if (month === undefined || monthOf(articles[liveEntries - 1]) !== month) return month
      let end = liveEntries
      while (monthOf(articles[end]) === month) end++
      return `${month}-${end - liveEntries}`
    },
    part(name) {
      months ??= byMonth(articles, timezone)
      // Newest first, like the articles.
      const names = [...months.keys()]
      const month = name.slice(0, 7)
      const inMonth = months.get(month)
      const count = name.length > 7 ? Number(name.slice(8)) : undefined
      // The newest month is incomplete, so it has no archive.
      if (!inMonth || (count === undefined && month === names[0]) || (count ?? 0) > inMonth.length) return undefined
      const next = names[names.indexOf(month) + 1]
      return { articles: count === undefined ? inMonth : inMonth.slice(-count), next }
    },
  }
}

function byMonth(articles: readonly Article[], timezone: string): Map<string, Article[]> {
  const months = new Map<string, Article[]>()
  for (const article of articles) {
    const month = monthIn(timezone, article.publishedAt)
    const inMonth = months.get(month)
    if (inMonth) inMonth.push(article)
    else months.set(month, [article])
  }
  return months
}
