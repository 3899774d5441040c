import type { Request, RequestHandler, Response } from 'express'
import { paths } from '../../publication/urls.ts'
import { receiveSignUp, type SignedUp } from '../../subscribers/sign-up/receive.ts'
import { digestChoices, topicChoices } from './choices-view.ts'
import type { SiteContext } from './context.ts'
import { sendError } from './errors.ts'
import { allOf, oneOf } from './form.ts'
import { sendPage } from './page.ts'
import { formWording, invitationWording } from './wording.ts'

interface Typed {
  readonly email: string
  readonly digests: readonly string[]
  readonly topics: readonly string[]
  /** When the form was shown: milliseconds since 1970. */
  readonly shownAt: number
}

/** A field with a mistake, and a sentence on it. */
interface Fault {
  readonly field: string
  readonly text: string
}

/** Nobody reads a form, types an address and ticks a digest in this time. */
const quickestMs = 2_000

export function showSubscribe(site: SiteContext): RequestHandler {
  return async (_request, response) => {
    const names = [...site.publication().digests.keys()]
    // Where there is but one, it is what the visitor came for; among several nothing is chosen for them.
    const digests = names.length === 1 ? names : []
    await sendForm(site, response, { email: '', digests, topics: [], shownAt: site.subscribers.clock.now().getTime() }, undefined)
  }
}

/**
 * 200 with the same page whether or not the address was known; 422 with the form and what was typed (RFC 9110 §15.5.21). Forms on
 * other sites may be sent here: the worst that it can cause is one confirmation mail.
 */
export function postSubscribe(site: SiteContext): RequestHandler {
  return async (request, response) => {
    const { body } = request
    const now = site.subscribers.clock.now().getTime()
    const shownAt = Number(oneOf(body, 'shown_at')) || undefined
    const typed = { email: oneOf(body, 'email'), digests: allOf(body, 'digests'), topics: allOf(body, 'topics'), shownAt: shownAt ?? now }
    response.set('Cache-Control', 'no-store')
    // A field that people do not see: who fills it in gets the usual answer and nothing else.
    if (oneOf(body, 'website') !== '') return sendAsked(site, response, typed.email)
    if (shownAt !== undefined && now - shownAt < quickestMs) {
      response.status(422)
      // Shown in a time to come: a clock was put back meanwhile, and whoever waits for it waits in vain.
      return sendForm(
        site,
        response,
        { ...typed, shownAt: Math.min(shownAt, now) },
        {
          field: 'subscribe',
          text: 'The form was sent too quickly. Press Subscribe again.',
        },
      )
    }
    const outcome = await receiveSignUp(site.subscribers, { ...typed, name: '', networkAddress: request.ip, ...originOf(site, request) })
    if (outcome.status === 'too_many') {
      response.set('Retry-After', '3600')
      return sendError(site, response, 429)
    }
    if (outcome.status === 'invalid') {
      response.status(422)
      return sendForm(site, response, typed, { field: outcome.field, text: sentenceOf(outcome) })
    }
    // What is done about the address begins when its answer has left: how long that takes tells nothing.
    response.once('close', site.onSignUp)
    await sendAsked(site, response, typed.email)
  }
}

async function sendAsked(site: SiteContext, response: Response, email: string): Promise<void> {
  await sendPage(site, response, 'asked', { title: 'Check your inbox' }, { email, notice: site.notice ?? null })
}

async function sendForm(site: SiteContext, response: Response, typed: Typed, fault: Fault | undefined): Promise<void> {
  const publication = site.publication()
  const head = {
    title: fault ? 'Error: Subscribe' : 'Subscribe',
    description: `Read ${publication.title} by email or in a feed reader.`,
    path: paths.subscribe,
  }
  await sendPage(site, response, 'subscribe', head, {
    email: typed.email,
    digests: digestChoices(publication, typed.digests),
    topic_choices: topicChoices(publication, typed.topics),
    shown_at: typed.shownAt,
    wording: formWording,
    error: fault ?? null,
  })
}

/** Which form it was, and what that form says. */
function originOf(site: SiteContext, request: Request): { source: string; wording: string } {
  const { body } = request
  const form = oneOf(body, 'form')
  if (form === 'embedded') return { source: ['embedded', elsewhere(request)].join(' ').trim(), wording: formWording }
  const invited = form === 'invitation' ? site.publication().digests.get(oneOf(body, 'digests')) : undefined
  if (!invited) return { source: 'form', wording: formWording }
  const { heading, sentence } = invitationWording(invited)
  return { source: 'invitation', wording: `${heading}. ${sentence}` }
}

/** The site that the form stands on, as the browser says it (RFC 6454 §7); empty where it says none. */
function elsewhere(request: Request): string {
  const origin = request.get('Origin') ?? ''
  return /^https?:\/\/[\w.:[\]-]{1,253}$/.test(origin) ? origin : ''
}

const subjects: Readonly<Record<string, string>> = {
  email: 'This',
  digests: 'Your choice of digests',
  topics: 'Your choice of topics',
  name: 'The name',
}

function sentenceOf({ field, reason }: Extract<SignedUp, { status: 'invalid' }>): string {
  return `${subjects[field] ?? field} ${reason}.`
}
