import type { DigestsContext } from '../context.ts'
import { countSentIssues, listIdsIn, type RunningIssue, readHeads } from './head-store.ts'

export type { RunningIssue } from './head-store.ts'

type Context = Pick<DigestsContext, 'database'>

/** Ids of the issues whose deliveries may go out now, oldest first. One statement, cheap enough to call every second. */
export async function runningIssueIds({ database }: Context): Promise<string[]> {
  return listIdsIn(database, ['preparing', 'sending'])
}

/** These issues by id, without their content. */
export async function issueHeads({ database }: Context, ids: readonly string[]): Promise<Map<string, RunningIssue>> {
  return readHeads(database, ids)
}

/** How many issues were sent or are being sent, up to `limit`. */
export async function sentIssues({ database }: Context, limit: number): Promise<number> {
  return countSentIssues(database, limit)
}
