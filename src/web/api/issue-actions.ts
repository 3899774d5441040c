import type { Response, Router } from 'express'
import { z } from 'zod'
import type { DigestsContext } from '../../digests/context.ts'
import {
  type ActionOutcome,
  cancelIssue,
  decideUncertain,
  pauseIssue,
  resumeIssue,
  retryFailed,
} from '../../digests/issue/issue-actions.ts'
import { issueJson } from '../../digests/issue/issue-json.ts'
import { findIssue } from '../../digests/issue/issues.ts'
import { requireScope } from './authorize.ts'
import { conflict, unknownIssue } from './problems.ts'
import { readBody, readNoFields } from './request.ts'

interface IssueActionsContext {
  readonly digests: DigestsContext
  readonly triggerScheduler: () => void
}

const uncertainBody = z.strictObject({ action: z.enum(['resend', 'let_be']) })

/** Actions on an existing issue: pause, resume, cancel, retry, decide uncertain deliveries. Each returns the issue. */
export function addIssueActions(routes: Router, { digests, triggerScheduler }: IssueActionsContext): void {
  async function sendOutcome(response: Response, id: string, outcome: ActionOutcome): Promise<void> {
    if (outcome.status === 'unknown') return unknownIssue(response, id)
    if (outcome.status === 'refused') return conflict(response, 'Not in this state', outcome.reason)
    triggerScheduler()
    const found = await findIssue(digests, id)
    response.json(found && issueJson(found))
  }

  for (const [name, verb] of Object.entries({ pause: pauseIssue, resume: resumeIssue, cancel: cancelIssue, retry: retryFailed })) {
    routes.post(`/issues/:id/${name}`, requireScope('send'), async (request, response) => {
      if (!readNoFields(request, response)) return
      await sendOutcome(response, request.params.id as string, await verb(digests, request.params.id as string))
    })
  }

  routes.post('/issues/:id/uncertain', requireScope('send'), async (request, response) => {
    const body = readBody(uncertainBody, request, response)
    if (body) await sendOutcome(response, request.params.id, await decideUncertain(digests, request.params.id, body.action))
  })
}
