import type { CountedIssue } from './counted-issue.ts'

/** An issue as the API and the command line return it. */
export function issueJson({ issue, counts, later }: CountedIssue) {
  const isFrozen = issue.frozenAt !== undefined || issue.state === 'cancelled'
  const audience = Object.values(counts).reduce((sum, count) => sum + count, 0)
  return {
    id: issue.id,
    digest: issue.digest,
    number: issue.number,
    slot: issue.slot?.toISOString() ?? null,
    key: issue.key ?? null,
    state: issue.state,
    /** Why the issue is paused or held. */
    reason: issue.pauseReason ?? issue.hold?.reason ?? null,
    subject: issue.subject,
    articles: issue.content.articles.map((article) => article.id),
    created_at: issue.createdAt.toISOString(),
    finished_at: issue.finishedAt?.toISOString() ?? null,
    counts: { audience: isFrozen ? audience : null, ...counts, ...later },
  }
}
