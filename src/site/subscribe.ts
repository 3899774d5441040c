import type { RequestHandler, Response } from 'express'
import { type SignedUp, signUp } from '../subscribers/sign-up.ts'
import { digestChoices, topicChoices } from './choosing.ts'
import { allOf, oneOf } from './form.ts'
import { sendPage } from './page.ts'
import type { Site } from './site.ts'
import { formWording, invitationWording } from './wording.ts'

interface Typed {
  readonly email: string
  readonly digests: readonly string[]
  readonly topics: readonly string[]
}

type Invalid = Extract<SignedUp, { status: 'invalid' }>

export function showSubscribe(site: Site): RequestHandler {
  return async (_request, response) => {
    const names = [...site.publication().digests.keys()]
    // Where there is but one, it is what the visitor came for; among several nothing is chosen for them.
    await sendForm(site, response, { email: '', digests: names.length === 1 ? names : [], topics: [] }, undefined)
  }
}

/** 200 with the same page whether or not the address was known; 422 with the form and what was typed (RFC 9110 §15.5.21). */
export function takeSubscribe(site: Site): RequestHandler {
  return async ({ body }, response) => {
    const typed = { email: oneOf(body, 'email'), digests: allOf(body, 'digests'), topics: allOf(body, 'topics') }
    response.set('Cache-Control', 'no-store')
    // A field that people do not see: who fills it in gets the usual answer and nothing else.
    const isMachine = oneOf(body, 'website') !== ''
    const outcome: SignedUp = isMachine
      ? { status: 'asked' }
      : await signUp(site.subscribers, { ...typed, name: '', ...originOf(site, body) })
    if (outcome.status === 'invalid') {
      response.status(422)
      return sendForm(site, response, typed, outcome)
    }
    await sendPage(site, response, 'asked', { title: 'Check your inbox' }, { email: typed.email, notice: site.notice ?? null })
  }
}

async function sendForm(site: Site, response: Response, typed: Typed, fault: Invalid | undefined): Promise<void> {
  const publication = site.publication()
  const head = {
    title: fault ? 'Error: Subscribe' : 'Subscribe',
    description: `Read ${publication.title} by email or in a feed reader.`,
    path: '/subscribe',
  }
  await sendPage(site, response, 'subscribe', head, {
    email: typed.email,
    digests: digestChoices(publication, typed.digests),
    topic_choices: topicChoices(publication, typed.topics),
    wording: formWording,
    error: fault ? { field: fault.field, text: sentenceOf(fault) } : null,
  })
}

/** Which form it was, and what that form says. */
function originOf(site: Site, body: unknown): { source: string; wording: string } {
  const invited = oneOf(body, 'form') === 'invitation' ? site.publication().digests.get(oneOf(body, 'digests')) : undefined
  if (!invited) return { source: 'form', wording: formWording }
  const { heading, sentence } = invitationWording(invited)
  return { source: 'invitation', wording: `${heading}. ${sentence}` }
}

const subjects = { email: 'This', digests: 'Your choice of digests', topics: 'Your choice of topics', name: 'The name' } as const

function sentenceOf({ field, reason }: Invalid): string {
  return `${subjects[field]} ${reason}.`
}
