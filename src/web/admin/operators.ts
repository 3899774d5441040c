import type { Request, RequestHandler, Response } from 'express'
import { listTokens } from '../../operators/api-tokens.ts'
import { changeRole, findOperator, inviteOperator, listOperators, type Operator, removeOperator } from '../../operators/operators.ts'
import { type Role, roles } from '../../operators/roles.ts'
import { listSessions } from '../../operators/sessions.ts'
import { shortTime } from '../../publication/format-date.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { type DeskContext, sendDeskPage, words } from './desk-page.ts'
import { doneWords, redirectDone, textIn } from './forms.ts'
import { actorOf, signedIn } from './signed-in.ts'

type OperatorRequest = Request<{ id: string }>

/** All operators, and a form that invites one. */
export function showOperators(desk: DeskContext): RequestHandler {
  return (request, response) => sendOperators(desk, response, { done: doneWords(desk, request, 'operators', ['invited', 'removed']) })
}

/** Invites an operator; 422 with the form where that is not possible. */
export function invite(desk: DeskContext): RequestHandler {
  return async (request, response) => {
    const given = { email: textIn(request, 'email'), language: textIn(request, 'language').trim() }
    const role = roleIn(request) ?? 'viewer'
    const invited = await inviteOperator(desk.operators, { ...given, role }, actorOf(response))
    if (invited.status === 'invited') return redirectDone(desk, response, paths.adminOperators, 'invited')
    response.status(invited.status === 'invalid' ? 422 : 409)
    const [field, key] =
      invited.status === 'exists'
        ? ['email', 'operators.exists']
        : invited.status === 'refused'
          ? ['email', `operators.${invited.why}`]
          : invited.field === 'email'
            ? ['email', 'address.invalid']
            : ['language', 'operators.language.invalid']
    await sendOperators(desk, response, { given, role, fault: words(desk, key), faultField: field })
  }
}

/** One operator, with role and removal. */
export function showOperator(desk: DeskContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    await sendOperator(desk, request, response, { done: doneWords(desk, request, 'operators', ['role']) })
  }
}

export function submitRole(desk: DeskContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const role = roleIn(request)
    const changed = role && (await changeRole(desk.operators, request.params.id, role, actorOf(response)))
    if (changed?.status === 'changed') return redirectDone(desk, response, paths.adminOperator(request.params.id), 'role')
    await refuse(desk, request, response, changed?.status === 'refused' ? changed.why : undefined)
  }
}

export function submitRemoval(desk: DeskContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const removed = await removeOperator(desk.operators, request.params.id, actorOf(response))
    if (removed.status === 'changed') return redirectDone(desk, response, paths.adminOperators, 'removed')
    await refuse(desk, request, response, removed.status === 'refused' ? removed.why : undefined)
  }
}

/** The page of the operator as it is now, with the reason. */
async function refuse(desk: DeskContext, request: OperatorRequest, response: Response, why: string | undefined): Promise<void> {
  response.status(409)
  await sendOperator(desk, request, response, why === undefined ? {} : { fault: words(desk, `operators.${why}`) })
}

async function sendOperators(
  desk: DeskContext,
  response: Response,
  page: {
    readonly given?: { readonly email: string; readonly language: string }
    readonly role?: Role
    readonly fault?: string
    readonly faultField?: string | undefined
    readonly done?: string | undefined
  },
): Promise<void> {
  const publication = desk.publication()
  const operators = await listOperators(desk.operators)
  await sendDeskPage(
    desk,
    response,
    'operators',
    { title: words(desk, 'settings.operators'), place: 'settings' },
    {
      done: page.done ?? null,
      fault: page.fault ?? '',
      fault_field: page.faultField ?? '',
      given: page.given ?? { email: '', language: '' },
      address_href: localPath(publication, paths.adminAddress),
      roles: roleChoices(desk, page.role ?? 'editor'),
      operators: operators.map((one) => ({
        href: localPath(publication, paths.adminOperator(one.id)),
        email: one.email,
        role: roleName(desk, one.role),
        signed_in: one.signedInAt ? shortTime(publication, one.signedInAt) : null,
        is_self: one.id === signedIn(response).id,
      })),
    },
  )
}

async function sendOperator(
  desk: DeskContext,
  request: OperatorRequest,
  response: Response,
  page: { readonly fault?: string; readonly done?: string | undefined },
): Promise<void> {
  const operator = await findOperator(desk.operators, request.params.id)
  if (!operator) {
    response.status(404)
    return sendDeskPage(
      desk,
      response,
      'message',
      { title: words(desk, 'missing.title'), place: 'settings' },
      { text: words(desk, 'missing.text') },
    )
  }
  await sendDeskPage(
    desk,
    response,
    'operator',
    { title: operator.email, place: 'settings' },
    {
      done: page.done ?? null,
      fault: page.fault ?? null,
      one: operatorValues(desk, operator),
      roles: roleChoices(desk, operator.role),
      session_count: (await listSessions(desk.operators, operator.id)).length,
      token_count: (await listTokens(desk.operators, operator.id)).length,
    },
  )
}

function operatorValues(desk: DeskContext, { id, email, role, createdAt, signedInAt }: Operator) {
  const publication = desk.publication()
  return {
    href: localPath(publication, paths.adminOperator(id)),
    email,
    role: roleName(desk, role),
    created: shortTime(publication, createdAt),
    signed_in: signedInAt ? shortTime(publication, signedInAt) : words(desk, 'operators.not_yet'),
  }
}

function roleChoices(desk: DeskContext, chosen: Role) {
  return roles.map((name) => ({ name, label: roleName(desk, name), is_chosen: name === chosen }))
}

function roleName(desk: DeskContext, role: Role): string {
  return words(desk, 'operators.role.name', { role })
}

function roleIn(request: OperatorRequest | Request): Role | undefined {
  const given = textIn(request, 'role')
  return roles.find((role) => role === given)
}
