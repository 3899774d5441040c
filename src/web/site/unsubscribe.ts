import type { Request, RequestHandler, Response } from 'express'
import { inspectUnsubscribe, languageOfUnsubscribeLink, type UnsubscribeOutcome, unsubscribe } from '../../subscribers/unsubscribe.ts'
import { describedDigests } from './choices-view.ts'
import type { SiteContext } from './context.ts'
import { allOf, firstOf } from './form.ts'
import { sendPage } from './page.ts'
import { wordsOf } from './words.ts'

type Handler = RequestHandler<{ token: string }>

/** A page with a button. A GET changes nothing: mail scanners follow links (RFC 8058 §1). */
export function showUnsubscribe(site: SiteContext): Handler {
  return async (request, response) => {
    const { token } = request.params
    const language = await languageOfUnsubscribeLink(site.subscribers, token)
    await sendState(site, response, await inspectUnsubscribe(site.subscribers, token), language, 'shown')
  }
}

/**
 * Unsubscribes from the digest of the link. The token is sufficient: no field, cookie or content type is needed.
 * Idempotent. A one-click POST (RFC 8058 §3.1) gets 200 and a line of text, never a redirect (§3.2).
 */
export function postUnsubscribe(site: SiteContext): Handler {
  return async (request, response) => {
    const { token } = request.params
    const language = await languageOfUnsubscribeLink(site.subscribers, token)
    if (!isOneClick(request)) {
      const everything = firstOf(request.body, 'scope') === 'all'
      return sendState(site, response, await unsubscribe(site.subscribers, token, 'page', everything), language, 'done')
    }
    const outcome = await unsubscribe(site.subscribers, token, 'one-click')
    const isKnown = outcome.status !== 'unknown'
    response
      .status(isKnown ? 200 : 404)
      .type('text')
      .send(`${wordsOf(site, language)(isKnown ? 'site.unsubscribe.one_click' : 'site.unsubscribe.one_click.unknown')}\n`)
  }
}

/** A form field, or any multipart/form-data body: our own forms never use multipart, so it need not be parsed. */
function isOneClick(request: Request<{ token: string }>): boolean {
  return typeof request.is('multipart/form-data') === 'string' || allOf(request.body, 'List-Unsubscribe').length > 0
}

async function sendState(
  site: SiteContext,
  response: Response,
  outcome: UnsubscribeOutcome,
  language: string,
  moment: 'shown' | 'done',
): Promise<void> {
  const [digest] = 'digest' in outcome ? describedDigests(site, [outcome.digest], language) : []
  const titles = {
    reading: 'site.unsubscribe.reading.title',
    left: moment === 'done' ? 'site.unsubscribe.left.title' : 'site.unsubscribe.left.before.title',
    left_all: 'site.unsubscribe.left_all.title',
    gone: 'site.unsubscribe.gone.title',
    test: 'site.unsubscribe.test.title',
    unknown: 'site.unsubscribe.unknown.title',
  } as const
  response.status(outcome.status === 'unknown' ? 404 : 200)
  await sendPage(
    site,
    response,
    'unsubscribe',
    { title: wordsOf(site, language)(titles[outcome.status], { digest: digest?.title ?? '' }), language },
    {
      state: outcome.status,
      moment,
      digest: digest ?? null,
    },
  )
}
