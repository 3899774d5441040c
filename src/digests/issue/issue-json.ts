import { z } from 'zod'
import { count, instant, type Json } from '../../platform/json-shape.ts'
import type { CountedIssue } from './counted-issue.ts'
import { issueStates } from './issue.ts'

export const issueShape = z.object({
  id: z.string(),
  digest: z.string(),
  number: z.int(),
  slot: instant.nullable().describe('The time of the schedule; null for an issue sent by hand'),
  key: z.string().nullable().describe('The idempotency key of the call that created it'),
  state: z.enum(issueStates),
  reason: z.string().nullable().describe('Why it is paused or held'),
  subject: z.string(),
  articles: z.array(z.string()).describe('Ids of articles'),
  created_at: instant,
  finished_at: instant.nullable(),
  counts: z
    .object({
      audience: count.nullable().describe('Null until the audience is frozen'),
      queued: count,
      handing_over: count,
      sent: count,
      failed: count,
      cancelled: count,
      skipped: count,
      uncertain: count,
      bounced: count,
      complained: count,
    })
    .describe('Deliveries by state. bounced and complained are learnt later about sent ones; all others add up to audience'),
})

/** An issue as the API and the command line return it. */
export function issueJson({ issue, counts, later }: CountedIssue): Json<typeof issueShape> {
  const isFrozen = issue.frozenAt !== undefined || issue.state === 'cancelled'
  const audience = Object.values(counts).reduce((sum, count) => sum + count, 0)
  return {
    id: issue.id,
    digest: issue.digest,
    number: issue.number,
    slot: issue.slot?.toISOString() ?? null,
    key: issue.key ?? null,
    state: issue.state,
    reason: issue.pauseReason ?? issue.hold?.reason ?? null,
    subject: issue.subject,
    articles: issue.content.articles.map((article) => article.id),
    created_at: issue.createdAt.toISOString(),
    finished_at: issue.finishedAt?.toISOString() ?? null,
    counts: { audience: isFrozen ? audience : null, ...counts, ...later },
  }
}
