import type { ErrorRequestHandler, NextFunction, Request, Response } from 'express'
import { z } from 'zod'
import { textOf } from '../../platform/finding.ts'
import { logFailure } from '../../platform/http/failure-status.ts'
import { sendProblem } from '../../platform/http/problem.ts'
import type { Log } from '../../platform/log.ts'
import { redact } from '../../platform/redact.ts'
import { zodMessages } from '../../platform/zod-messages.ts'
import { pageQuery, readCursor } from './paging.ts'
import { notFound, unprocessable } from './problems.ts'

/** Types of a body in JSON (RFC 8259, RFC 6839 §3.1). */
const jsonTypes = ['application/json', 'application/*+json']

/** 415 for a body that is not JSON: without this check it would be ignored, and a call would do more than it was asked to. */
export function requireJson(request: Request, response: Response, next: NextFunction): void {
  if (!hasBody(request) || request.is(jsonTypes)) next()
  else
    sendProblem(response, {
      status: 415,
      title: 'Unsupported media type',
      detail: 'send the body as JSON, with Content-Type: application/json',
    })
}

/**
 * 404 or 422 for a text that the databases cannot store: U+0000 (PostgreSQL) or half of a surrogate pair, which JSON can write as
 * `"\\ud800"`. Looks at path and query, and at the body once it is parsed.
 */
export function refuseUnstorable(request: Request, response: Response, next: NextFunction): void {
  const field = unstorableField(request.query) ?? unstorableField(request.body)
  if (request.path.includes('%00')) notFound(response, 'no address holds U+0000')
  else if (field === undefined) next()
  else unprocessable(response, field, 'holds U+0000 or half of a surrogate pair, which cannot be stored')
}

/** The path of the first such text or name of a field. Walks without recursion: a body may be nested 50,000 times. */
function unstorableField(value: unknown): string | undefined {
  const waiting: { readonly path: string; readonly value: unknown }[] = [{ path: '', value }]
  for (let one = waiting.pop(); one; one = waiting.pop()) {
    if (typeof one.value === 'string') {
      if (!isStorable(one.value)) return one.path
    } else if (typeof one.value === 'object' && one.value !== null) {
      for (const [name, inner] of Object.entries(one.value)) {
        if (!isStorable(name)) return one.path || 'body'
        waiting.push({ path: one.path.length < 200 && one.path !== '' ? `${one.path}.${name}` : one.path || name, value: inner })
      }
    }
  }
  return undefined
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** RFC 9112 §6: a message has a body if it has a length or a transfer coding. */
function hasBody(request: Request): boolean {
  return request.get('Transfer-Encoding') !== undefined || Number(request.get('Content-Length') ?? 0) > 0
}

const noFields = z.strictObject({})

/** Lets a call that takes no fields pass; 422 if it has some. */
export function refuseFields(request: Request, response: Response, next: NextFunction): void {
  if (readBody(noFields, request, response) !== undefined) next()
}

export function readBody<Shape>(shape: z.ZodType<Shape>, request: Request, response: Response): Shape | undefined {
  const parsed = shape.safeParse(request.body ?? {}, { error: zodMessages('field') })
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.map((issue) => ({ field: issue.path.join('.'), reason: issue.message }))
  sendProblem(response, {
    status: 422,
    title: 'The request cannot be understood',
    detail: `its body does not have the expected shape: ${errors.map(textOf).join('; ')}`,
    errors,
  })
  return undefined
}

export function readPage(request: Request, response: Response): { limit: number; cursor: string | undefined } | undefined {
  const limit = pageQuery.shape.limit.safeParse(request.query.limit)
  const cursor = readCursor(request.query.cursor)
  if (!limit.success) return void unprocessable(response, 'limit', 'must be a number from 1 to 1000')
  if (!cursor.ok) return void unprocessable(response, 'cursor', 'is not a cursor from this API')
  return { limit: limit.data, cursor: cursor.value }
}

/** Errors from handlers: a client error (invalid JSON, body too long) is answered; others are logged and answered with 500 or 503. */
export function reportFailure(log: Log): ErrorRequestHandler {
  return (error: Error & { status?: number; expose?: boolean }, request, response, next) => {
    if (response.headersSent) {
      next(error)
      return
    }
    if (error.status !== undefined && error.status < 500) {
      sendProblem(response, {
        status: error.status,
        title: 'The request cannot be understood',
        detail: error instanceof URIError ? 'its address cannot be read' : `its body cannot be read as JSON: ${error.message}`,
      })
      return
    }
    const status = logFailure(log, response, error, 'API request failed', { method: request.method, path: redact(request.path) })
    if (status === 503) {
      sendProblem(response, { status, title: 'The database is away', detail: 'send the request again in a few seconds' })
      return
    }
    sendProblem(response, { status, title: 'Something went wrong here', detail: 'send the request again; the log has the details' })
  }
}
