import type { Queries } from '../../platform/database/database.ts'
import { raiseEvent } from '../../webhooks/event.ts'
import type { DigestsContext } from '../context.ts'
import { withCounts } from './counted-issue.ts'
import { issueJson } from './issue-json.ts'
import { readIssue } from './issue-store.ts'

/** Tells webhooks of an issue as it now is, in the transaction that changed it. */
export async function raiseIssueEvent(
  tx: Queries,
  context: Pick<DigestsContext, 'clock' | 'random'>,
  type: 'issue.created' | 'issue.finished' | 'issue.paused',
  issueId: string,
): Promise<void> {
  await raiseEvent(tx, context, {
    type,
    async data() {
      const issue = await readIssue(tx, issueId)
      const [counted] = issue ? await withCounts(tx, [issue]) : []
      return counted && issueJson(counted)
    },
  })
}
