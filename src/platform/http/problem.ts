import type { Response } from 'express'

/** A problem details object (RFC 9457 §3.1): what went wrong with this very request, in a sentence. */
export interface Problem {
  readonly status: number
  readonly title: string
  readonly detail: string
  /** Per field, where the request's own values are at fault. */
  readonly errors?: readonly { readonly field: string; readonly reason: string }[]
}

export function sendProblem(response: Response, problem: Problem): void {
  response
    .status(problem.status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', ...problem }))
}
