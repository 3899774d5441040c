import type { Response } from 'express'

/** A problem details object (RFC 9457 §3.1). `detail` says in a sentence what is wrong with this request. */
export interface Problem {
  readonly status: number
  readonly title: string
  readonly detail: string
  /** Per field, if values of the request are invalid. */
  readonly errors?: readonly { readonly field: string; readonly reason: string }[]
}

export function sendProblem(response: Response, problem: Problem): void {
  response
    .status(problem.status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', ...problem }))
}
