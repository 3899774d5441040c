import { createHash } from 'node:crypto'
import type { Request, Response } from 'express'
import { entityTags } from '../../platform/http/preconditions.ts'
import { sendProblem } from '../../platform/http/problem.ts'

/** The strong entity tag of an answer (RFC 9110 §8.8.3): it changes with any field. */
function tagOf(json: object): string {
  return `"${createHash('sha256').update(JSON.stringify(json)).digest('base64url').slice(0, 22)}"`
}

/** Sends what can be changed with `PATCH`, with the tag that `If-Match` takes. */
export function sendTagged(response: Response, json: object): void {
  response.set('ETag', tagOf(json)).json(json)
}

/**
 * Whether a thing is still as the client saw it, for a verb that asks in its transaction. Always true without `If-Match`: it is not
 * required, because a change names single fields, and the others stay (RFC 9110 §13.1.1).
 */
export function isAsClientSaw<Thing>(request: Request, json: (thing: Thing) => object): (thing: Thing) => boolean {
  const header = request.get('If-Match')
  if (header === undefined || header.trim() === '*') return () => true
  const tags = entityTags(header)
  return (thing) => tags.includes(tagOf(json(thing)))
}

export function refuseChanged(response: Response): void {
  sendProblem(response, {
    status: 412,
    title: 'Changed meanwhile',
    detail: 'it is no longer as the ETag in If-Match says: read it again, then send the change with the new ETag',
  })
}
