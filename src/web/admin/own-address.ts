import type { RequestHandler, Response } from 'express'
import { claimAddress } from '../../operators/operators.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { type DeskContext, sendDeskPage, words } from './desk-page.ts'
import { textIn } from './forms.ts'
import { signedIn } from './signed-in.ts'

/** Asks whoever entered by ADMIN_TOKEN, or a link without an operator, which address is theirs. */
export function showAddress(desk: DeskContext): RequestHandler {
  return async (_request, response) => {
    if (signedIn(response).id === null) return sendAddress(desk, response, '', undefined)
    response.redirect(303, localPath(desk.publication(), paths.admin))
  }
}

export function submitAddress(desk: DeskContext): RequestHandler {
  return async (request, response) => {
    const email = textIn(request, 'email')
    const claimed = await claimAddress(desk.operators, signedIn(response).sessionId, email)
    if (claimed.status === 'claimed') return response.redirect(303, localPath(desk.publication(), paths.admin))
    response.status(claimed.status === 'invalid' ? 422 : 409)
    await sendAddress(desk, response, email, words(desk, claimed.status === 'invalid' ? 'address.invalid' : 'address.refused'))
  }
}

/** This session asks no more. */
export function skipAddress(desk: DeskContext): RequestHandler {
  return async (_request, response) => {
    await desk.access.skipAddress(signedIn(response).sessionId)
    response.redirect(303, localPath(desk.publication(), paths.admin))
  }
}

function sendAddress(desk: DeskContext, response: Response, given: string, fault: string | undefined): Promise<void> {
  return sendDeskPage(
    desk,
    response,
    'address',
    { title: words(desk, 'address.title'), place: 'today' },
    { given, fault: fault ?? null, asks_address: false },
  )
}
