import type { RequestHandler, Response } from 'express'
import { localPath, paths } from '../../publication/urls.ts'
import { type Confirmation, confirm, inspectConfirmation, languageOfConfirmLink } from '../../subscribers/sign-up/confirm.ts'
import { storedNetworkAddress } from '../../subscribers/sign-up/network.ts'
import { describedDigests } from './choices-view.ts'
import type { SiteContext } from './context.ts'
import { sendPage } from './page.ts'
import { confirmWording } from './wording.ts'
import { wordsOf } from './words.ts'

type Handler = RequestHandler<{ token: string }>

/** A page with a button. It changes nothing: mail scanners follow links. */
export function showConfirm(site: SiteContext): Handler {
  return async (request, response) => {
    const { token } = request.params
    const language = await languageOfConfirmLink(site.subscribers, token)
    await sendState(site, response, await inspectConfirmation(site.subscribers, token), language)
  }
}

export function postConfirm(site: SiteContext): Handler {
  return async (request, response) => {
    const { token } = request.params
    const { networkAddresses } = site.publication()
    const language = await languageOfConfirmLink(site.subscribers, token)
    const agreement = {
      wording: confirmWording(wordsOf(site, language)),
      networkAddress: storedNetworkAddress(request.ip, networkAddresses),
    }
    await sendState(site, response, await confirm(site.subscribers, token, agreement), language)
  }
}

const statusPages = {
  open: { status: 200, title: 'site.confirm.open.title' },
  confirmed: { status: 200, title: 'site.confirm.confirmed.title' },
  already: { status: 200, title: 'site.confirm.already.title' },
  expired: { status: 410, title: 'site.confirm.expired.title' },
  unknown: { status: 404, title: 'site.confirm.unknown.title' },
} as const

async function sendState(site: SiteContext, response: Response, outcome: Confirmation, language: string): Promise<void> {
  const publication = site.publication()
  const { status, title } = statusPages[outcome.status]
  const words = wordsOf(site, language)
  response.status(status)
  await sendPage(
    site,
    response,
    'confirm',
    { title: words(title), language },
    {
      state: outcome.status,
      wording: confirmWording(words),
      digests: 'digests' in outcome ? describedDigests(site, outcome.digests, language) : [],
      preferences: 'preferencesToken' in outcome ? localPath(publication, paths.preferences(outcome.preferencesToken)) : null,
    },
  )
}
