import type { Response } from 'express'
import { z } from 'zod'
import type { DigestsContext } from '../../digests/context.ts'
import {
  type ActionOutcome,
  approveIssue,
  cancelIssue,
  decideUncertain,
  pauseIssue,
  resumeIssue,
  retryFailed,
} from '../../digests/issue/issue-actions.ts'
import { issueShape } from '../../digests/issue/issue-json.ts'
import { findIssue } from '../../digests/issue/issues.ts'
import { apiActor } from './authorize.ts'
import { issueFor } from './issue-for.ts'
import type { Operations } from './operation.ts'
import { conflict, unknownIssue } from './problems.ts'
import { readBody } from './request.ts'

interface IssueActionsContext {
  readonly digests: DigestsContext
  readonly triggerScheduler: () => void
}

const uncertainBody = z.strictObject({ action: z.enum(['resend', 'let_be']) })
const retryBody = z.strictObject({
  group: z.string().min(1).max(100).optional().describe('Only this group of failures'),
})

/** Actions on an existing issue: approve, pause, resume, cancel, retry, decide uncertain deliveries. Each returns the issue. */
export function addIssueActions(operations: Operations, { digests, triggerScheduler }: IssueActionsContext): void {
  async function sendOutcome(response: Response, id: string, outcome: ActionOutcome): Promise<void> {
    if (outcome.status === 'unknown') return unknownIssue(response, id)
    if (outcome.status === 'refused') return conflict(response, 'Not in this state', outcome.reason)
    triggerScheduler()
    const found = await findIssue(digests, id)
    response.json(found && issueFor(response, found))
  }

  const shared = {
    scope: 'send',
    answers: { 200: { description: 'The issue', shape: issueShape } },
    errors: { 404: 'Unknown issue', 409: 'The issue is not in a state that allows it' },
  } as const
  const simple = [
    ['pause', pauseIssue, 'Stop handing an issue over'],
    ['resume', resumeIssue, 'Continue a paused issue'],
    ['cancel', cancelIssue, 'Cancel what is queued of an issue, for good'],
  ] as const
  for (const [name, verb, summary] of simple) {
    operations.add({ ...shared, id: `${name}Issue`, call: `POST /issues/:id/${name}`, summary }, async (request, response) => {
      const { id } = request.params
      await sendOutcome(response, id, await verb(digests, id, { by: apiActor(response) }))
    })
  }

  const approve = { ...shared, id: 'approveIssue', call: 'POST /issues/:id/approve', summary: 'Send a held issue' } as const
  operations.add(approve, async (request, response) => {
    const outcome = await approveIssue(digests, request.params.id, { by: apiActor(response) })
    if (outcome.status !== 'refused') return sendOutcome(response, request.params.id, outcome)
    conflict(response, 'Not held', `issue ${outcome.issue.number} is ${outcome.issue.state}, not held`)
  })

  const retry = {
    ...shared,
    id: 'retryIssue',
    call: 'POST /issues/:id/retry',
    summary: 'Queue what failed once more',
    body: retryBody,
    isBodyOptional: true,
  } as const
  operations.add(retry, async (request, response) => {
    const body = readBody(retryBody, request, response)
    if (!body) return
    const outcome = await retryFailed(digests, request.params.id, { by: apiActor(response), group: body.group })
    await sendOutcome(response, request.params.id, outcome)
  })

  const uncertain = {
    ...shared,
    id: 'decideUncertain',
    call: 'POST /issues/:id/uncertain',
    summary: 'Decide about uncertain deliveries: send them again, or let them be',
    body: uncertainBody,
  } as const
  operations.add(uncertain, async (request, response) => {
    const body = readBody(uncertainBody, request, response)
    if (!body) return
    const outcome = await decideUncertain(digests, request.params.id, body.action, { by: apiActor(response) })
    await sendOutcome(response, request.params.id, outcome)
  })
}
