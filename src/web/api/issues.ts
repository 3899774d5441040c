import type { Request, Response, Router } from 'express'
import { z } from 'zod'
import { type DigestsContext, definitionOf } from '../../digests/context.ts'
import { createIssue } from '../../digests/issue/create-issue.ts'
import { issueStates } from '../../digests/issue/issue.ts'
import { deliveriesOf, findIssue, pageOfIssues } from '../../digests/issue/issues.ts'
import { followedIn } from '../../digests/link-counts/link-counts.ts'
import { faultsIn } from '../../digests/notes/edit-note.ts'
import { noteBody, noteFrom } from '../../digests/notes/note-body.ts'
import { writeNote } from '../../digests/notes/write-note.ts'
import { deliveryStates } from '../../outbox/delivery.ts'
import { paths } from '../../publication/urls.ts'
import { apiActor, requireScope } from './authorize.ts'
import { issueFor } from './issue-for.ts'
import { refuseNote } from './notes.ts'
import { cutPage } from './paging.ts'
import { conflict, unknownDigest, unknownIssue, unprocessable } from './problems.ts'
import { readBody, readPage } from './request.ts'

export interface IssuesApiContext {
  readonly digests: DigestsContext
  /** Called after a write that the scheduler must continue. */
  readonly triggerScheduler: () => void
}

const issueBody = z.strictObject({
  key: z.string().min(1).max(200).optional(),
  articles: z.array(z.string().min(1)).min(1).max(100).optional(),
  note: noteBody.optional(),
})
const deliveryState = z.enum(deliveryStates)
const issueState = z.enum(issueStates)

/** Create, list and show issues, and list their deliveries. Actions on issues are in issue-actions.ts. */
export function addIssues(routes: Router, context: IssuesApiContext): void {
  const { digests } = context
  routes.post('/digests/:name/issues', requireScope('send'), (request, response) => create(context, request, response))
  routes.get('/issues', requireScope('read'), (request, response) => list(digests, request, response))
  routes.get('/issues/:id', requireScope('read'), (request, response) => show(digests, request.params.id, response))
  routes.get('/issues/:id/deliveries', requireScope('readers'), (request, response) => listDeliveries(digests, request, response))
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
  response.json({
    items: shown.map(({ settled_at, ...row }) => ({
      ...row,
      settled_at: settled_at === null ? null : new Date(settled_at).toISOString(),
    })),
    next,
  })
}
