import { z } from 'zod'
import { instant, type Json } from '../../platform/json-shape.ts'
import type { SubscribersContext } from '../../subscribers/context.ts'
import {
  findSuppression,
  liftAddress,
  operatorReasons,
  pageOfSuppressions,
  type Suppression,
  suppressAddress,
} from '../../subscribers/suppress.ts'
import { gone, listOf } from './answers.ts'
import { apiActor } from './authorize.ts'
import type { Operations } from './operation.ts'
import { cutPage, pageQuery } from './paging.ts'
import { notFound, unprocessable } from './problems.ts'
import { readBody, readPage } from './request.ts'

const suppressionBody = z.strictObject({ email: z.string().max(1_000), reason: z.enum(operatorReasons).default('operator') })
const invalidAddress = 'is not an email address that mail can be sent to'

export const suppressionShape = z.object({
  id: z.string(),
  email: z.string().nullable().describe('Null after an erasure'),
  reason: z.string(),
  created_at: instant,
  asked_at: instant.nullable().describe('When a sign-up for the address was last refused'),
})

/** List, add and lift suppressions. `?email=` selects one address. */
export function addSuppressions(operations: Operations, subscribers: SubscribersContext): void {
  const listSuppressions = {
    id: 'listSuppressions',
    call: 'GET /suppressions',
    scope: 'readers',
    summary: 'List suppressed addresses, newest first',
    query: pageQuery.extend({ email: z.string().optional().describe('Only this address, also if it was erased') }),
    answers: { 200: listOf(suppressionShape, 'One page of suppressions') },
  } as const
  operations.add(listSuppressions, async (request, response) => {
    const page = readPage(request, response)
    if (!page) return
    const { email } = request.query
    if (typeof email === 'string') {
      const found = await findSuppression(subscribers, email)
      return void response.json({ items: found ? [suppressionJson(found)] : [], next: null })
    }
    const before = page.cursor === undefined ? undefined : readPosition(page.cursor)
    if (page.cursor !== undefined && !before) return unprocessable(response, 'cursor', 'is not a cursor from this API')
    const items = await pageOfSuppressions(subscribers, { limit: page.limit + 1, ...(before ? { before } : {}) })
    const { shown, next } = cutPage(items, page.limit, ({ createdAt, id }) => `${createdAt.getTime()} ${id}`)
    response.json({ items: shown.map(suppressionJson), next })
  })

  const addSuppression = {
    id: 'addSuppression',
    call: 'POST /suppressions',
    scope: 'readers',
    summary: 'Suppress an address: no mail goes to it',
    body: suppressionBody,
    answers: {
      200: { description: 'It was suppressed already', shape: suppressionShape },
      201: { description: 'It is suppressed now', shape: suppressionShape },
    },
  } as const
  operations.add(addSuppression, async (request, response) => {
    const body = readBody(suppressionBody, request, response)
    if (!body) return
    const suppressed = await suppressAddress(subscribers, body.email, body.reason, apiActor(response))
    if (!suppressed) return unprocessable(response, 'email', invalidAddress)
    response.status(suppressed.isNew ? 201 : 200).json(suppressionJson(suppressed.suppression))
  })

  const liftSuppression = {
    id: 'liftSuppression',
    call: 'DELETE /suppressions',
    scope: 'admin',
    summary: 'Allow mail to an address again',
    query: z.object({ email: z.string() }),
    answers: { 204: gone },
    errors: { 404: 'The address is not suppressed', 422: 'The address is missing' },
  } as const
  operations.add(liftSuppression, async (request, response) => {
    const { email } = request.query
    if (typeof email !== 'string') return unprocessable(response, 'email', 'is required: DELETE /suppressions?email=name@example.org')
    if (await liftAddress(subscribers, email, apiActor(response))) response.status(204).end()
    else notFound(response, 'that address is not suppressed')
  })
}

function readPosition(cursor: string): { createdAt: Date; id: string } | undefined {
  const [, at, id = ''] = /^(\d{1,15}) ([\w-]+)$/.exec(cursor) ?? []
  return at === undefined ? undefined : { createdAt: new Date(Number(at)), id }
}

function suppressionJson({ id, addressKey, reason, createdAt, askedAt }: Suppression): Json<typeof suppressionShape> {
  return { id, email: addressKey ?? null, reason, created_at: createdAt.toISOString(), asked_at: askedAt?.toISOString() ?? null }
}
