import type { Request, Response } from 'express'
import { z } from 'zod'
import { createToken, findToken, listTokens, revokeToken } from '../../operators/api-tokens.ts'
import type { OperatorsContext } from '../../operators/context.ts'
import type { TokenHolder } from '../../operators/holder.ts'
import { tokenJson, tokenShape } from '../../operators/operator-json.ts'
import { scopes } from '../../operators/roles.ts'
import { gone, listOf } from './answers.ts'
import { apiActor, tokenHolderOf } from './authorize.ts'
import type { Operations } from './operation.ts'
import { unknownOperator } from './operators.ts'
import { conflict, notFound, unprocessable } from './problems.ts'
import { readBody } from './request.ts'

const tokenBody = z.strictObject({
  name: z.string().max(1_000),
  scopes: z.array(z.enum(scopes)).min(1),
  expires_at: z.iso.datetime({ offset: true }).optional(),
  operator: z.string().max(100).optional().describe('An id. Default: the operator of the token of this call'),
})

const listOperation = {
  id: 'listTokens',
  call: 'GET /tokens',
  scope: 'read',
  summary: "List one's own API tokens; with the scope admin those of all operators",
  answers: { 200: listOf(tokenShape, 'The tokens, without their secrets') },
} as const
const createOperation = {
  id: 'createToken',
  call: 'POST /tokens',
  scope: 'read',
  summary: 'Create an API token',
  description: 'It may do no more than the token of the call.',
  body: tokenBody,
  answers: {
    201: {
      description: 'The token, which is shown only now',
      shape: tokenShape.extend({ token: z.string().describe('What to send as bearer token') }),
    },
  },
  errors: { 404: 'Unknown operator', 409: 'The operator has too many tokens' },
} as const
const revokeOperation = {
  id: 'revokeToken',
  call: 'DELETE /tokens/:id',
  scope: 'read',
  summary: 'Revoke an API token',
  answers: { 204: gone },
  errors: { 404: 'There is no such token, or this token may not revoke it' },
} as const

/** API tokens: one's own, and with the scope `admin` those of all operators. */
export function addTokens(operations: Operations, operators: OperatorsContext): void {
  operations.add(listOperation, async (_request, response) => {
    const holder = tokenHolderOf(response)
    const tokens = isAdmin(holder) ? await listTokens(operators) : await listTokens(operators, holder.operator ?? '')
    response.json({ items: tokens.map(tokenJson), next: null })
  })
  operations.add(createOperation, (request, response) => create(operators, request, response))
  operations.add(revokeOperation, async (request, response) => {
    const { id } = request.params
    if (!(await mayRevoke(operators, tokenHolderOf(response), id)) || !(await revokeToken(operators, id, apiActor(response))))
      return notFound(response, `there is no token ${id} that this token may revoke`)
    response.status(204).end()
  })
}

async function create(operators: OperatorsContext, request: Request, response: Response): Promise<void> {
  const body = readBody(tokenBody, request, response)
  if (!body) return
  const holder = tokenHolderOf(response)
  const operator = body.operator ?? holder.operator
  if (operator === null) return unprocessable(response, 'operator', 'is required with ADMIN_TOKEN: the id of the operator')
  if (operator !== holder.operator && !isAdmin(holder)) return unknownOperator(response, operator)
  const expiresAt = body.expires_at === undefined ? undefined : new Date(body.expires_at)
  const asked = { operator, name: body.name, scopes: body.scopes, expiresAt }
  const created = await createToken(operators, asked, holder, apiActor(response))
  switch (created.status) {
    case 'invalid':
      return unprocessable(response, created.field, created.reason)
    case 'unknown':
      return unknownOperator(response, operator)
    case 'too_many':
      return conflict(response, 'Too many tokens', created.reason)
    case 'created':
      response.status(201).json({ ...tokenJson(created.token), token: created.secret })
  }
}

/** A token may revoke itself, and what it could have made. */
async function mayRevoke(operators: OperatorsContext, holder: TokenHolder, id: string): Promise<boolean> {
  if (isAdmin(holder) || holder.token === id) return true
  const token = await findToken(operators, id)
  return token !== undefined && token.operator === holder.operator && token.scopes.every((scope) => holder.scopes.includes(scope))
}

function isAdmin(holder: TokenHolder): boolean {
  return holder.scopes.includes('admin')
}
