import type { Router } from 'express'
import { z } from 'zod'
import type { SubscribersContext } from '../../subscribers/context.ts'
import {
  findSuppression,
  liftAddress,
  operatorReasons,
  pageOfSuppressions,
  type Suppression,
  suppressAddress,
} from '../../subscribers/suppress.ts'
import { apiActor, requireScope } from './authorize.ts'
import { cutPage } from './paging.ts'
import { notFound, unprocessable } from './problems.ts'
import { readBody, readPage } from './request.ts'

const suppressionBody = z.strictObject({ email: z.string().max(1_000), reason: z.enum(operatorReasons).default('operator') })
const invalidAddress = 'is not an email address that mail can be sent to'

/** List, add and lift suppressions. `?email=` selects one address. */
export function addSuppressions(routes: Router, subscribers: SubscribersContext): void {
  routes.get('/suppressions', requireScope('readers'), async (request, response) => {
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

  routes.post('/suppressions', requireScope('readers'), async (request, response) => {
    const body = readBody(suppressionBody, request, response)
    if (!body) return
    const suppressed = await suppressAddress(subscribers, body.email, body.reason, apiActor(response))
    if (!suppressed) return unprocessable(response, 'email', invalidAddress)
    response.status(suppressed.isNew ? 201 : 200).json(suppressionJson(suppressed.suppression))
  })

  routes.delete('/suppressions', requireScope('admin'), async (request, response) => {
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

/** `email` is null after an erasure. `asked_at`: when a sign-up for the address was last refused. */
function suppressionJson({ id, addressKey, reason, createdAt, askedAt }: Suppression) {
  return { id, email: addressKey ?? null, reason, created_at: createdAt.toISOString(), asked_at: askedAt?.toISOString() ?? null }
}
