import type { Response } from 'express'
import { z } from 'zod'
import type { OperatorsContext } from '../../operators/context.ts'
import { operatorJson, operatorShape } from '../../operators/operator-json.ts'
import {
  type Changed,
  changeOperator,
  findOperator,
  inviteOperator,
  listOperators,
  refusals,
  removeOperator,
} from '../../operators/operators.ts'
import { roles } from '../../operators/roles.ts'
import { paths } from '../../publication/urls.ts'
import { gone, listOf } from './answers.ts'
import { apiActor } from './authorize.ts'
import { isAsClientSaw, refuseChanged, sendTagged } from './if-match.ts'
import type { Operations } from './operation.ts'
import { conflict, notFound, unprocessable } from './problems.ts'
import { readBody } from './request.ts'

const invitationBody = z.strictObject({
  email: z.string().max(1_000),
  role: z.enum(roles),
  language: z.string().max(35).optional(),
})
const changeBody = z.strictObject({ role: z.enum(roles).optional(), language: z.string().max(35).optional() })

const notKnown = { 404: 'Unknown operator' }
const listOperation = {
  id: 'listOperators',
  call: 'GET /operators',
  scope: 'admin',
  summary: 'List the operators, by address',
  answers: { 200: listOf(operatorShape, 'All operators') },
} as const
const inviteOperation = {
  id: 'inviteOperator',
  call: 'POST /operators',
  scope: 'admin',
  summary: 'Add an operator, and mail how to log in',
  body: invitationBody,
  answers: { 201: { description: 'The operator', shape: operatorShape, headers: ['Location'] } },
  errors: { 409: 'An operator has this address already' },
} as const
const showOperation = {
  id: 'getOperator',
  call: 'GET /operators/:id',
  scope: 'admin',
  summary: 'Show one operator',
  answers: { 200: { description: 'The operator', shape: operatorShape, headers: ['ETag'] } },
  errors: notKnown,
} as const
const changeOperation = {
  id: 'changeOperator',
  call: 'PATCH /operators/:id',
  scope: 'admin',
  summary: 'Change role or language; what is not named stays',
  body: changeBody,
  isBodyOptional: true,
  ifMatch: 'optional',
  answers: { 200: { description: 'The operator', shape: operatorShape, headers: ['ETag'] } },
  errors: { ...notKnown, 409: 'This is the last owner' },
} as const
const removeOperation = {
  id: 'removeOperator',
  call: 'DELETE /operators/:id',
  scope: 'admin',
  summary: 'Remove an operator: sessions, log-in links and tokens end at once',
  answers: { 204: gone },
  errors: { ...notKnown, 409: 'This is the last owner' },
} as const

/** List, invite, show, change and remove operators. */
export function addOperators(operations: Operations, context: OperatorsContext): void {
  operations.add(listOperation, async (_request, response) => {
    response.json({ items: (await listOperators(context)).map(operatorJson), next: null })
  })

  operations.add(inviteOperation, async (request, response) => {
    const body = readBody(invitationBody, request, response)
    if (!body) return
    const invited = await inviteOperator(context, body, apiActor(response))
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

  operations.add(showOperation, async (request, response) => {
    const found = await findOperator(context, request.params.id)
    if (found) sendTagged(response, operatorJson(found))
    else unknownOperator(response, request.params.id)
  })

  operations.add(changeOperation, async (request, response) => {
    const body = readBody(changeBody, request, response)
    if (!body) return
    const { id } = request.params
    const changed = await changeOperator(context, id, body, apiActor(response), isAsClientSaw(request, operatorJson))
    if (changed.status === 'invalid') return unprocessable(response, 'language', changed.reason)
    if (changed.status === 'stale') return refuseChanged(response)
    if (changed.status === 'changed') sendTagged(response, operatorJson(changed.operator))
    else sendFault(response, id, changed)
  })

  operations.add(removeOperation, async (request, response) => {
    const removed = await removeOperator(context, request.params.id, apiActor(response))
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
