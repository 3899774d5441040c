import type { Response, Router } from 'express'
import { z } from 'zod'
import type { OperatorsContext } from '../../operators/context.ts'
import { operatorJson } from '../../operators/operator-json.ts'
import {
  type Changed,
  changeLanguage,
  changeRole,
  findOperator,
  inviteOperator,
  listOperators,
  refusals,
  removeOperator,
} from '../../operators/operators.ts'
import { roles } from '../../operators/roles.ts'
import { paths } from '../../publication/urls.ts'
import { apiActor, requireScope } from './authorize.ts'
import { conflict, notFound, unprocessable } from './problems.ts'
import { readBody, readNoFields } from './request.ts'

const invitationBody = z.strictObject({
  email: z.string().max(1_000),
  role: z.enum(roles),
  language: z.string().max(35).optional(),
})
const changeBody = z.strictObject({ role: z.enum(roles).optional(), language: z.string().max(35).optional() })

/** List, invite, show, change and remove operators. */
export function addOperators(routes: Router, operators: OperatorsContext): void {
  routes.get('/operators', requireScope('admin'), async (_request, response) => {
    response.json({ items: (await listOperators(operators)).map(operatorJson), next: null })
  })

  routes.post('/operators', requireScope('admin'), async (request, response) => {
    const body = readBody(invitationBody, request, response)
    if (!body) return
    const invited = await inviteOperator(operators, body, apiActor(response))
    switch (invited.status) {
      case 'invalid':
        return unprocessable(response, invited.field, invited.reason)
      case 'exists':
        return conflict(response, 'Already an operator', `the operator ${invited.operator.id} has this address`)
      case 'refused':
        return conflict(response, 'Refused', refusals[invited.why])
      case 'invited':
        response.status(201).location(paths.apiOperator(invited.operator.id)).json(operatorJson(invited.operator))
    }
  })

  routes.get('/operators/:id', requireScope('admin'), async (request, response) => {
    const found = await findOperator(operators, request.params.id)
    if (found) response.json(operatorJson(found))
    else unknownOperator(response, request.params.id)
  })

  routes.patch('/operators/:id', requireScope('admin'), async (request, response) => {
    const body = readBody(changeBody, request, response)
    if (!body) return
    const { id } = request.params
    const by = apiActor(response)
    const changed = body.language === undefined ? undefined : await changeLanguage(operators, id, body.language, by)
    if (changed?.status === 'invalid') return unprocessable(response, 'language', changed.reason)
    if (changed && changed.status !== 'changed') return sendFault(response, id, changed)
    const moved = body.role === undefined ? undefined : await changeRole(operators, id, body.role, by)
    if (moved && moved.status !== 'changed') return sendFault(response, id, moved)
    const found = await findOperator(operators, id)
    if (found) response.json(operatorJson(found))
    else unknownOperator(response, id)
  })

  routes.delete('/operators/:id', requireScope('admin'), async (request, response) => {
    if (!readNoFields(request, response)) return
    const removed = await removeOperator(operators, request.params.id, apiActor(response))
    if (removed.status === 'changed') response.status(204).end()
    else sendFault(response, request.params.id, removed)
  })
}

function sendFault(response: Response, id: string, fault: Exclude<Changed, { status: 'changed' }>): void {
  if (fault.status === 'unknown') unknownOperator(response, id)
  else conflict(response, 'Refused', refusals[fault.why])
}

export function unknownOperator(response: Response, id: string): void {
  notFound(response, `there is no operator ${id}`)
}
