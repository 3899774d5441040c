import type { Request, RequestHandler, Response } from 'express'
import { createToken, listTokens, revokeToken } from '../../operators/api-tokens.ts'
import { operatorNames } from '../../operators/operators.ts'
import { mayWith, scopes, scopesOf } from '../../operators/roles.ts'
import { inEnglish } from '../../platform/marked-text.ts'
import { shortTime } from '../../publication/format-date.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { type DeskContext, sendDeskPage, words } from './desk-page.ts'
import { doneWords, redirectDone, textIn, textsIn } from './forms.ts'
import { actorOf, may, signedIn } from './signed-in.ts'

/** Choices for how long a token works; 0 has no end. */
const daysOffered = [30, 90, 365, 0] as const
const dayMs = 86_400_000

/** The operator's own tokens, for an owner those of all, and a form that creates one. */
export function showTokens(desk: DeskContext): RequestHandler {
  return (request, response) => sendTokens(desk, response, { done: doneWords(desk, request, 'tokens', ['revoked']) })
}

/** Creates a token for oneself. The answer shows it, once; so it is no redirect. */
export function submitToken(desk: DeskContext): RequestHandler {
  return async (request, response) => {
    const { id, role } = signedIn(response)
    const chosen = chosenIn(request)
    const { name, days } = chosen
    const asked = { operator: id ?? '', name, scopes: scopes.filter((scope) => chosen.scopes.includes(scope)) }
    const expiresAt = days === 0 ? undefined : new Date(desk.clock.now().getTime() + days * dayMs)
    const grant = { scopes: scopesOf[role] }
    const created = await createToken(desk.operators, { ...asked, expiresAt }, grant, actorOf(response))
    if (created.status === 'created') {
      response.status(201)
      return sendTokens(desk, response, { secret: { name: created.token.name, token: created.secret } })
    }
    const field = created.status === 'invalid' && created.field === 'scopes' ? 'scopes' : 'name'
    response.status(created.status === 'invalid' ? 422 : 409)
    const fault = words(desk, `tokens.fault.${created.status === 'too_many' ? 'too_many' : field}`)
    await sendTokens(desk, response, { chosen, fault, faultField: field })
  }
}

/** Ends a token: an own one, for an owner any. */
export function submitRevocation(desk: DeskContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const of = may(response, 'admin') ? undefined : (signedIn(response).id ?? '')
    await revokeToken(desk.operators, request.params.id, actorOf(response), of)
    // Also where it had ended before: what was asked for is so.
    redirectDone(desk, response, paths.adminTokens, 'revoked')
  }
}

interface Chosen {
  readonly name: string
  readonly scopes: readonly string[]
  readonly days: number
}

function chosenIn(request: Request): Chosen {
  const days = daysOffered.find((one) => String(one) === textIn(request, 'days')) ?? daysOffered[0]
  return { name: textIn(request, 'name'), scopes: textsIn(request, 'scopes'), days }
}

async function sendTokens(
  desk: DeskContext,
  response: Response,
  page: {
    readonly done?: string | undefined
    readonly secret?: { readonly name: string; readonly token: string }
    readonly chosen?: Chosen
    readonly fault?: string
    readonly faultField?: string
  },
): Promise<void> {
  const publication = desk.publication()
  const { id, role } = signedIn(response)
  const tokens = may(response, 'admin') ? await listTokens(desk.operators) : await listTokens(desk.operators, id ?? '')
  const names = await operatorNames(
    desk.operators,
    tokens.map(({ operator }) => operator),
  )
  const time = (at: Date | undefined) => (at ? shortTime(publication, at) : words(desk, 'tokens.never'))
  const { chosen } = page
  await sendDeskPage(
    desk,
    response,
    'tokens',
    { title: words(desk, 'settings.tokens'), place: 'settings' },
    {
      done: page.done ?? null,
      secret: page.secret?.token ?? null,
      secret_name: page.secret?.name ?? '',
      fault: page.fault ?? '',
      fault_field: page.faultField ?? '',
      given_name: chosen?.name ?? '',
      has_operator: id !== null,
      address_href: localPath(publication, paths.adminAddress),
      scopes: scopes
        .filter((scope) => mayWith(role, scope))
        .map((name) => ({
          name,
          about: words(desk, 'tokens.scope', { scope: name }),
          is_chosen: (chosen?.scopes ?? ['read']).includes(name),
        })),
      days: daysOffered.map((days) => ({
        value: days,
        label: words(desk, 'tokens.days.option', { days }),
        is_chosen: days === (chosen?.days ?? daysOffered[0]),
      })),
      tokens: tokens.map((token) => ({
        id: token.id,
        name: token.name,
        operator: names.get(token.operator) ?? '',
        scopes: inEnglish(token.scopes.join(', ')),
        used: time(token.lastUsedAt),
        ends: time(token.expiresAt),
      })),
    },
  )
}
