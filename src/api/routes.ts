import { json, Router } from 'express'
import { z } from 'zod'
import { findNamed, whyUnpublished } from '../articles/find.ts'
import { createIssue } from '../digests/create.ts'
import { approveIssue, deliveriesOf, findIssue, lastIssueOf, pageOfIssues } from '../digests/issues.ts'
import { followedIn } from '../digests/measured.ts'
import { nothingToShow, previewInFull, sendTest } from '../digests/preview.ts'
import { type DigestsRoom, definitionOf } from '../digests/room.ts'
import { nextSlot } from '../digests/schedule.ts'
import { whereaboutsOf } from '../digests/whereabouts.ts'
import type { Access } from '../operator/access.ts'
import { sendProblem } from '../platform/problem.ts'
import { countReaders } from '../subscribers/readers.ts'
import type { SubscribersRoom } from '../subscribers/room.ts'
import { articleJson } from './article-json.ts'
import { issueJson } from './issue-json.ts'
import { addLists } from './lists.ts'
import { refuseOtherMethods } from './other-methods.ts'
import { writeCursor } from './paging.ts'
import { previewJson } from './preview-json.ts'
import { notFound, unknownDigest, unknownIssue, unprocessable } from './problems.ts'
import { authorize, readBody, readPage, reportFailure } from './request.ts'
import { addSending } from './sending.ts'
import { addSteering } from './steering.ts'
import { addSubscribers } from './subscribers.ts'
import { addSuppressions } from './suppressions.ts'

export interface ApiDeps {
  readonly access: Access
  readonly digests: DigestsRoom
  readonly subscribers: SubscribersRoom
  readonly templatesFolder: string
  /** Called after something was written that the timekeeper is to go on with. */
  readonly nudge: () => void
}

const issueBody = z.strictObject({
  key: z.string().min(1).max(200).optional(),
  articles: z.array(z.string().min(1)).min(1).max(100).optional(),
})
const testBody = z.strictObject({ to: z.string().min(3).max(320) })
const deliveryState = z.enum(['queued', 'handing_over', 'sent', 'failed', 'cancelled', 'skipped', 'uncertain'])

/** `/api/v1`: parses a request, calls one verb, tells its outcome. Errors are problem details (RFC 9457). */
export function apiRoutes(deps: ApiDeps): Router {
  const { digests, subscribers } = deps
  const routes = Router()
  routes.use((request, response, next) => {
    response.set('Cache-Control', 'no-store')
    authorize(deps.access, request, response, next)
  })
  routes.use(json({ limit: '100kb', strict: true }))

  routes.get('/articles', async (request, response) => {
    const page = readPage(request, response)
    if (!page) return
    const { articles } = digests.articles()
    const start = page.cursor === undefined ? 0 : articles.findIndex((article) => article.id === page.cursor) + 1
    if (page.cursor !== undefined && start === 0) return unprocessable(response, 'cursor', 'is at an article that is gone: begin anew')
    const items = articles.slice(start, start + page.limit)
    const whereabouts = await whereaboutsOf(digests, items)
    const next = start + page.limit < articles.length ? items.at(-1)?.id : undefined
    response.json({ items: items.map((one) => articleJson(one, whereabouts.get(one.id) ?? [])), next: writeCursor(next) })
  })

  routes.get('/articles/:slug', async (request, response) => {
    const { slug } = request.params
    const named = findNamed(digests.publication(), digests.articles(), slug)
    if (named?.status !== 'published')
      return notFound(response, named ? `${named.path} ${whyUnpublished(named)}` : `there is no published article with the slug ${slug}`)
    const { article } = named
    response.json(articleJson(article, (await whereaboutsOf(digests, [article])).get(article.id) ?? []))
  })

  routes.get('/digests', async (_request, response) => {
    const { digests: definitions, timezone } = digests.publication()
    const readers = await countReaders(subscribers)
    const items = await Promise.all(
      [...definitions.values()].map(async (definition) => {
        const last = await lastIssueOf(digests, definition.name)
        return {
          name: definition.name,
          title: definition.title,
          schedule: definition.schedule.kind === 'cron' ? definition.schedule.expression : 'on_publish',
          topics: definition.topics,
          next_slot: nextSlot(definition, timezone, digests.clock.now())?.toISOString() ?? null,
          last_issue: last ? issueJson(last) : null,
          readers: readers.get(definition.name) ?? 0,
        }
      }),
    )
    response.json({ items, next: null })
  })

  routes.post('/digests/:name/preview', async (request, response) => {
    const definition = definitionOf(digests, request.params.name)
    if (!definition) return unknownDigest(response, request.params.name)
    const { templatesFolder } = deps
    const preview = await previewInFull(digests, definition, templatesFolder)
    if (preview) response.json(previewJson(preview, { contentFolder: digests.publication().contentFolder, templatesFolder }))
    else sendProblem(response, { status: 409, title: 'Nothing to preview', detail: nothingToShow })
  })

  routes.post('/digests/:name/test', async (request, response) => {
    const definition = definitionOf(digests, request.params.name)
    if (!definition) return unknownDigest(response, request.params.name)
    const body = readBody(testBody, request, response)
    if (!body) return
    const tested = await sendTest(digests, definition, body.to)
    if (tested.status === 'invalid') return unprocessable(response, 'to', tested.reason)
    response.status(202).json({ mailing: tested.mailingId })
  })

  routes.post('/digests/:name/issues', async (request, response) => {
    const definition = definitionOf(digests, request.params.name)
    if (!definition) return unknownDigest(response, request.params.name)
    const body = readBody(issueBody, request, response)
    if (!body) return
    const created = await createIssue(digests, definition, {
      ...(body.key === undefined ? {} : { key: body.key }),
      ...(body.articles === undefined ? {} : { articles: body.articles }),
    })
    switch (created.status) {
      case 'created':
      case 'same': {
        deps.nudge()
        const found = await findIssue(digests, created.issue.id)
        response.status(created.status === 'created' ? 201 : 200)
        response.location(`/api/v1/issues/${created.issue.id}`).json(found && issueJson(found))
        return
      }
      case 'nothing_new':
      case 'refused':
        sendProblem(response, { status: 409, title: 'No issue was created', detail: created.reason })
        return
      case 'taken':
        throw new Error('an issue without a slot cannot be taken')
    }
  })

  routes.get('/issues', async (request, response) => {
    const page = readPage(request, response)
    if (!page) return
    const items = await pageOfIssues(digests, { limit: page.limit + 1, ...(page.cursor === undefined ? {} : { before: page.cursor }) })
    const shown = items.slice(0, page.limit)
    response.json({ items: shown.map(issueJson), next: writeCursor(items.length > page.limit ? shown.at(-1)?.issue.id : undefined) })
  })

  routes.get('/issues/:id', async (request, response) => {
    const found = await findIssue(digests, request.params.id)
    if (!found) return unknownIssue(response, request.params.id)
    const followed = await followedIn(digests, found.issue.id)
    response.json(followed.length > 0 ? { ...issueJson(found), followed } : issueJson(found))
  })

  routes.get('/issues/:id/deliveries', async (request, response) => {
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
    const shown = items.slice(0, page.limit)
    response.json({
      items: shown.map(({ settled_at, ...row }) => ({
        ...row,
        settled_at: settled_at === null ? null : new Date(settled_at).toISOString(),
      })),
      next: writeCursor(items.length > page.limit ? String(shown.at(-1)?.id) : undefined),
    })
  })

  routes.post('/issues/:id/approve', async (request, response) => {
    const isMoved = await approveIssue(digests, request.params.id)
    const found = await findIssue(digests, request.params.id)
    if (!found) return unknownIssue(response, request.params.id)
    if (!isMoved) {
      return sendProblem(response, {
        status: 409,
        title: 'Not held',
        detail: `issue ${found.issue.number} is ${found.issue.state}, not held`,
      })
    }
    deps.nudge()
    response.json(issueJson(found))
  })

  addSteering(routes, deps)

  addSending(routes, deps)

  addLists(routes, subscribers)

  addSubscribers(routes, subscribers)

  addSuppressions(routes, subscribers)

  routes.use(refuseOtherMethods(routes))
  routes.use((request, response) => notFound(response, `there is no ${request.method} ${request.baseUrl}${request.path}`))
  routes.use(reportFailure(digests.log))
  return routes
}
