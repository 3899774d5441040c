import { readSentEditions } from '../../outbox/delivery-queries.ts'
import { suppressedReason, whichAreSuppressed } from '../../outbox/suppressions.ts'
import type { Queries } from '../../platform/database/database.ts'
import type { DigestsContext } from '../context.ts'
import { readSharedEditions } from '../edition/edition-store.ts'
import type { Issue, IssueArticle } from '../issue/issue.ts'
import type { Reader } from './audience-store.ts'

/**
 * Says why a reader gets nothing of an issue: undefined where they get `articles`. For the readers of one step, who are looked up
 * together.
 */
export type Exclusions = (reader: Reader, articles: readonly IssueArticle[]) => string | undefined

/** `shared`: what other digests carried of this issue's articles, from `readSharedEditions`. */
export async function lookUpExclusions(
  tx: Queries,
  context: Pick<DigestsContext, 'tokens'>,
  shared: SharedEditions,
  readers: readonly Reader[],
  now: Date,
): Promise<Exclusions> {
  const keys = readers.map((reader) => reader.addressKey)
  const suppressed = await whichAreSuppressed(tx, context.tokens, keys)
  const sent = new Map<string, Set<string>>()
  if (shared.size > 0) {
    const issueIds = [...new Set([...shared.values()].map((edition) => edition.issueId))]
    for (const { addressKey, editionId } of await readSentEditions(tx, issueIds, keys)) {
      const of = sent.get(addressKey) ?? new Set()
      for (const id of shared.get(editionId)?.articleIds ?? []) of.add(id)
      sent.set(addressKey, of)
    }
  }
  return ({ addressKey, pausedUntil }, articles) => {
    const reason = suppressed.get(addressKey)
    if (reason) return suppressedReason(reason)
    if (pausedUntil && pausedUntil > now) return `the reader paused until ${pausedUntil.toISOString()}`
    if (articles.length === 0) return 'no article of this issue is about the topics this reader chose'
    const known = sent.get(addressKey)
    if (known && articles.every((article) => known.has(article.id))) return 'the reader was sent every article of it by another digest'
    return undefined
  }
}

/** Editions of other issues that carried some of an issue's articles, by their ids. */
export type SharedEditions = ReadonlyMap<string, { readonly issueId: string; readonly articleIds: readonly string[] }>

export function readShared(tx: Queries, issue: Issue): Promise<SharedEditions> {
  return readSharedEditions(
    tx,
    issue.id,
    issue.content.articles.map((article) => article.id),
  )
}
