import type { Request, Response } from 'express'
import { z } from 'zod'
import { type DigestsContext, definitionOf } from '../../digests/context.ts'
import { createIssue } from '../../digests/issue/create-issue.ts'
import { issueStates } from '../../digests/issue/issue.ts'
import { issueShape } from '../../digests/issue/issue-json.ts'
import { deliveriesOf, findIssue, pageOfIssues } from '../../digests/issue/issues.ts'
import { followedIn, followedShape } from '../../digests/link-counts/link-counts.ts'
import { faultsIn } from '../../digests/notes/edit-note.ts'
import { noteBody, noteFrom } from '../../digests/notes/note-body.ts'
import { writeNote } from '../../digests/notes/write-note.ts'
import { deliveryStates } from '../../outbox/delivery.ts'
import { deliveryJson, deliveryShape } from '../../outbox/delivery-json.ts'
import { paths } from '../../publication/urls.ts'
import { listOf } from './answers.ts'
import { apiActor } from './authorize.ts'
import { issueFor } from './issue-for.ts'
import { refuseNote } from './notes.ts'
import type { Operations } from './operation.ts'
import { cutPage, pageQuery } from './paging.ts'
import { conflict, unknownDigest, unknownIssue, unprocessable } from './problems.ts'
import { readBody, readPage } from './request.ts'

export interface IssuesApiContext {
  readonly digests: DigestsContext
  /** Called after a write that the scheduler must continue. */
  readonly triggerScheduler: () => void
}

const issueBody = z.strictObject({
  key: z.string().min(1).max(200).optional().describe('Idempotency key: a later call with it answers with the same issue'),
  articles: z.array(z.string().min(1)).min(1).max(100).optional().describe('Only these, by slug or id, instead of all that are new'),
  note: noteBody.optional().describe('Instead of the note that applies'),
})
const deliveryState = z.enum(deliveryStates)
const issueState = z.enum(issueStates)

const issuesQuery = pageQuery.extend({
  digest: z.string().optional().describe('The name of a digest'),
  state: issueState.optional(),
})
const deliveriesQuery = pageQuery.extend({ state: deliveryState.optional() })

/** Create, list and show issues, and list their deliveries. Actions on issues are in issue-actions.ts. */
export function addIssues(operations: Operations, context: IssuesApiContext): void {
  const { digests } = context
  operations.add(
    {
      id: 'createIssue',
      call: 'POST /digests/:name/issues',
      scope: 'send',
      summary: 'Send the next issue now',
      description: 'Without a body, the issue carries all articles that are new. Send a key, so that the call is safe to repeat.',
      body: issueBody,
      isBodyOptional: true,
      answers: {
        200: { description: 'The same key made this issue before', shape: issueShape, headers: ['Location'] },
        201: { description: 'The issue exists', shape: issueShape, headers: ['Location'] },
      },
      errors: {
        404: 'Unknown digest',
        409: 'No article is new to this digest, or an article cannot be sent',
        422: 'A field is wrong, or the note has errors',
      },
    },
    (request, response) => create(context, request, response),
  )
  operations.add(
    {
      id: 'listIssues',
      call: 'GET /issues',
      scope: 'read',
      summary: 'List issues, newest first',
      query: issuesQuery,
      answers: { 200: listOf(issueShape, 'One page of issues') },
    },
    (request, response) => list(digests, request, response),
  )
  operations.add(
    {
      id: 'getIssue',
      call: 'GET /issues/:id',
      scope: 'read',
      summary: 'Show one issue with its counts',
      answers: { 200: { description: 'The issue', shape: issueShape.extend({ followed: z.array(followedShape).optional() }) } },
      errors: { 404: 'Unknown issue' },
    },
    (request, response) => show(digests, request.params.id, response),
  )
  operations.add(
    {
      id: 'listDeliveries',
      call: 'GET /issues/:id/deliveries',
      scope: 'readers',
      summary: 'List the deliveries of an issue',
      query: deliveriesQuery,
      answers: { 200: listOf(deliveryShape, 'One page of deliveries') },
      errors: { 404: 'Unknown issue' },
    },
    (request, response) => listDeliveries(digests, request, response),
  )
}

async function create(
  { digests, triggerScheduler }: IssuesApiContext,
  request: Request<{ name: string }>,
  response: Response,
): Promise<void> {
  const definition = definitionOf(digests, request.params.name)
  if (!definition) return unknownDigest(response, request.params.name)
  const body = readBody(issueBody, request, response)
  if (!body) return
  const note = body.note && writeNote(noteFrom(body.note))
  const faults = note === undefined ? [] : faultsIn(digests, note)
  if (faults.length > 0) return refuseNote(response, faults)
  const created = await createIssue(digests, definition, {
    ...(note === undefined ? {} : { note }),
    by: apiActor(response),
    ...(body.key === undefined ? {} : { key: body.key }),
    ...(body.articles === undefined ? {} : { articles: body.articles }),
  })
  switch (created.status) {
    case 'created':
    case 'same': {
      triggerScheduler()
      const found = await findIssue(digests, created.issue.id)
      response.status(created.status === 'created' ? 201 : 200)
      response.location(paths.apiIssue(created.issue.id)).json(found && issueFor(response, found))
      return
    }
    case 'nothing_new':
    case 'refused':
      return conflict(response, 'No issue was created', created.reason)
    case 'taken':
      throw new Error('createIssue without a slot returned taken')
  }
}

async function list(digests: DigestsContext, request: Request, response: Response): Promise<void> {
  const page = readPage(request, response)
  if (!page) return
  const { digest } = request.query
  const state = issueState.optional().safeParse(request.query.state)
  if (!state.success) return unprocessable(response, 'state', `must be one of ${issueState.options.join(', ')}`)
  if (digest !== undefined && typeof digest !== 'string') return unprocessable(response, 'digest', 'must be the name of one digest')
  const items = await pageOfIssues(digests, { limit: page.limit + 1, before: page.cursor, digest, state: state.data })
  const { shown, next } = cutPage(items, page.limit, ({ issue }) => issue.id)
  response.json({ items: shown.map((one) => issueFor(response, one)), next })
}

async function show(digests: DigestsContext, id: string, response: Response): Promise<void> {
  const found = await findIssue(digests, id)
  if (!found) return unknownIssue(response, id)
  const followed = await followedIn(digests, found.issue.id)
  response.json(followed.length > 0 ? { ...issueFor(response, found), followed } : issueFor(response, found))
}

async function listDeliveries(digests: DigestsContext, request: Request<{ id: string }>, response: Response): Promise<void> {
  const page = readPage(request, response)
  if (!page) return
  const state = deliveryState.optional().safeParse(request.query.state)
  if (!state.success) return unprocessable(response, 'state', `must be one of ${deliveryState.options.join(', ')}`)
  if (!(await findIssue(digests, request.params.id))) return unknownIssue(response, request.params.id)
  const after = Number(page.cursor ?? 0)
  const items = await deliveriesOf(digests, request.params.id, {
    after: Number.isSafeInteger(after) ? after : 0,
    limit: page.limit + 1,
    ...(state.data === undefined ? {} : { state: state.data }),
  })
  const { shown, next } = cutPage(items, page.limit, ({ id }) => String(id))
  response.json({ items: shown.map(deliveryJson), next })
}
