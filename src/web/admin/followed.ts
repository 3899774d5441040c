import type { Issue } from '../../digests/issue/issue.ts'
import { type CountedLinkKind, followedIn } from '../../digests/link-counts/link-counts.ts'
import { type DeskContext, words } from './desk-page.ts'

/** In the order of the page. */
const countedLinkKinds: readonly CountedLinkKind[] = ['call_to_action', 'article', 'text', 'open']

/** The link counts of an issue; null without any. */
export async function followedLast(desk: DeskContext, issue: Issue | undefined): Promise<object | null> {
  const followed = issue ? await followedIn(desk.digests, issue.id) : []
  if (!issue || followed.length === 0) return null
  const sumOf = (kind: CountedLinkKind) => followed.reduce((sum, one) => (one.kind === kind ? sum + one.count : sum), 0)
  return {
    number: issue.number,
    sums: countedLinkKinds.flatMap((kind) => {
      const count = sumOf(kind)
      return count > 0 ? [words(desk, `digest.followed_count_${kind}`, { count })] : []
    }),
    counts_opens: followed.some((one) => one.kind === 'open'),
    links: followed
      .filter((one) => one.kind !== 'open' && one.count > 0)
      .map(({ kind, url, count }) => ({ kind: words(desk, `digest.followed_${kind}`), url, count })),
  }
}
