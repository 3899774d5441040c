import { readSentEditions } from '../../outbox/delivery-queries.ts'
import { suppressedReason, whichAreSuppressed } from '../../outbox/suppressions.ts'
import type { Queries } from '../../platform/database/database.ts'
import type { DigestsContext } from '../context.ts'
import { readSharedEditions } from '../edition/edition-store.ts'
import type { Issue, IssueArticle } from '../issue/issue.ts'
import type { Reader } from './audience-store.ts'

/**
 * The reason why a reader gets nothing of an issue; undefined when they get `articles`. Covers the readers of one step, whose data
 * is read together.
 */
export type Exclusions = (reader: Reader, articles: readonly IssueArticle[]) => string | undefined

/** `shared`: editions of other digests that contain articles of this issue, from `readSharedEditions`. */
export async function lookUpExclusions(
  tx: Queries,
  context: Pick<DigestsContext, 'tokens'>,
  shared: SharedEditions,
  readers: readonly Reader[],
  now: Date,
  isNoteAlone = false,
): Promise<Exclusions> {
  const keys = readers.map((reader) => reader.addressKey)
  const suppressed = await whichAreSuppressed(tx, context.tokens, keys)
  const sent = new Map<string, Set<string>>()
  if (shared.size > 0) {
    const issueIds = [...new Set([...shared.values()].map((edition) => edition.issueId))]
    for (const { addressKey, editionId } of await readSentEditions(tx, issueIds, keys)) {
      const articleIds = sent.get(addressKey) ?? new Set()
      for (const id of shared.get(editionId)?.articleIds ?? []) articleIds.add(id)
      sent.set(addressKey, articleIds)
    }
  }
  return ({ addressKey, pausedUntil }, articles) => {
    const reason = suppressed.get(addressKey)
    if (reason) return suppressedReason(reason)
    if (pausedUntil && pausedUntil > now) return `the reader paused until ${pausedUntil.toISOString()}`
    // Everybody gets an issue that has a note and no articles.
    if (isNoteAlone) return undefined
    if (articles.length === 0) return 'no article of this issue is about the topics this reader chose'
    const alreadySent = sent.get(addressKey)
    if (alreadySent && articles.every((article) => alreadySent.has(article.id)))
      return 'the reader was sent every article of it by another digest'
    return undefined
  }
}

/** Editions of other issues that contain articles of this issue. Key: edition id. */
export type SharedEditions = ReadonlyMap<string, { readonly issueId: string; readonly articleIds: readonly string[] }>

export function readShared(tx: Queries, issue: Issue): Promise<SharedEditions> {
  return readSharedEditions(
    tx,
    issue.id,
    issue.content.articles.map((article) => article.id),
  )
}
