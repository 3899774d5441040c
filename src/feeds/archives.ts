import type { Article, Snapshot } from '../articles/article.ts'
import { monthIn } from '../platform/time-zones.ts'

/**
 * The history of the live feed (RFC 5005 §4), so cut that a walk from the live feed meets every entry once and a new
 * article changes no document that is already there: a month below the live feed is one document, `2026-10`; where
 * the live feed ends within a month, the rest of it is `2026-10-20`, its twenty oldest entries, which stay the same.
 */
export interface History {
  /** The part that follows the live feed of `liveEntries` entries. */
  afterLive(liveEntries: number): string | undefined
  /** The entries of a part, newest first, and the part that follows it; `undefined` where there is none. */
  part(name: string): { readonly articles: readonly Article[]; readonly next: string | undefined } | undefined
}

export function historyOf(snapshot: Snapshot, timezone: string): History {
  const { articles } = snapshot
  const monthOf = (article: Article | undefined) => article && monthIn(timezone, article.publishedAt)
  let months: Map<string, Article[]> | undefined
  return {
    // Asked at every change, so it looks no further than the month in which the live feed ends.
    afterLive(liveEntries) {
      const month = monthOf(articles[liveEntries])
      if (month === undefined || monthOf(articles[liveEntries - 1]) !== month) return month
      let end = liveEntries
      while (monthOf(articles[end]) === month) end++
      return `${month}-${end - liveEntries}`
    },
    part(name) {
      months ??= byMonth(articles, timezone)
      // Newest first, as the articles are.
      const names = [...months.keys()]
      const month = name.slice(0, 7)
      const inMonth = months.get(month)
      const count = name.length > 7 ? Number(name.slice(8)) : undefined
      // The newest month is still being written.
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
