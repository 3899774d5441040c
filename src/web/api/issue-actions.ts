import type { Response, Router } from 'express'
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
import { findIssue } from '../../digests/issue/issues.ts'
import { apiActor, requireScope } from './authorize.ts'
import { issueFor } from './issue-for.ts'
import { conflict, unknownIssue } from './problems.ts'
import { readBody, readNoFields } from './request.ts'

interface IssueActionsContext {
  readonly digests: DigestsContext
  readonly triggerScheduler: () => void
}

const uncertainBody = z.strictObject({ action: z.enum(['resend', 'let_be']) })
const retryBody = z.strictObject({ group: z.string().min(1).max(100).optional() })

/** Actions on an existing issue: approve, pause, resume, cancel, retry, decide uncertain deliveries. Each returns the issue. */
export function addIssueActions(routes: Router, { digests, triggerScheduler }: IssueActionsContext): void {
  async function sendOutcome(response: Response, id: string, outcome: ActionOutcome): Promise<void> {
    if (outcome.status === 'unknown') return unknownIssue(response, id)
    if (outcome.status === 'refused') return conflict(response, 'Not in this state', outcome.reason)
    triggerScheduler()
    const found = await findIssue(digests, id)
    response.json(found && issueFor(response, found))
  }

  for (const [name, verb] of Object.entries({ pause: pauseIssue, resume: resumeIssue, cancel: cancelIssue })) {
    routes.post(`/issues/:id/${name}`, requireScope('send'), async (request, response) => {
      if (!readNoFields(request, response)) return
      const id = request.params.id as string
      await sendOutcome(response, id, await verb(digests, id, { by: apiActor(response) }))
    })
  }

  routes.post('/issues/:id/approve', requireScope('send'), async (request, response) => {
    if (!readNoFields(request, response)) return
    const outcome = await approveIssue(digests, request.params.id, { by: apiActor(response) })
    if (outcome.status !== 'refused') return sendOutcome(response, request.params.id, outcome)
    conflict(response, 'Not held', `issue ${outcome.issue.number} is ${outcome.issue.state}, not held`)
  })

  routes.post('/issues/:id/retry', requireScope('send'), async (request, response) => {
    const body = readBody(retryBody, request, response)
    if (!body) return
    const outcome = await retryFailed(digests, request.params.id, { by: apiActor(response), group: body.group })
    await sendOutcome(response, request.params.id, outcome)
  })

  routes.post('/issues/:id/uncertain', requireScope('send'), async (request, response) => {
    const body = readBody(uncertainBody, request, response)
    if (!body) return
    const outcome = await decideUncertain(digests, request.params.id, body.action, { by: apiActor(response) })
    await sendOutcome(response, request.params.id, outcome)
  })
}
