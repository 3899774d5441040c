import type { Response } from 'express'
import { sendProblem } from '../../platform/http/problem.ts'

export function notFound(response: Response, detail: string): void {
  sendProblem(response, { status: 404, title: 'Not found', detail })
}

export function unknownDigest(response: Response, name: string): void {
  notFound(response, `unknown digest: ${name}`)
}

export function unknownIssue(response: Response, id: string): void {
  notFound(response, `there is no issue ${id}`)
}

export function conflict(response: Response, title: string, detail: string): void {
  sendProblem(response, { status: 409, title, detail })
}

export function unprocessable(response: Response, field: string, reason: string): void {
  sendProblem(response, {
    status: 422,
    title: 'The request cannot be understood',
    detail: `${field}: ${reason}`,
    errors: [{ field, reason }],
  })
}
