import type { Request, RequestHandler, Response } from 'express'
import type { Words } from '../../platform/messages.ts'
import { readerLanguage } from '../../publication/reader-language.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { receiveSignUp } from '../../subscribers/sign-up/receive.ts'
import { digestChoices, languageLinks, pathIn, topicChoices } from './choices-view.ts'
import type { SiteContext } from './context.ts'
import { sendTooMany } from './errors.ts'
import { allOf, firstOf } from './form.ts'
import { sendPage } from './page.ts'
import { formWording, invitationWording } from './wording.ts'
import { wordsOf } from './words.ts'

interface Typed {
  readonly email: string
  readonly digests: readonly string[]
  readonly topics: readonly string[]
  /** The language of the page. */
  readonly language: string
  /** When the form was shown: milliseconds since 1970. */
  readonly shownAt: number
}

/** A field with an error, and a sentence about it. */
interface Fault {
  readonly field: string
  readonly text: string
}

/** Faster submissions are assumed to come from bots. */
const quickestMs = 2_000

export function showSubscribe(site: SiteContext): RequestHandler {
  return async (request, response) => {
    const language = readerLanguage(site.publication(), firstOf(request.query, 'language'))
    const names = [...site.publication().digests.keys()]
    // Preselect a single digest. With several, the visitor must choose: consent needs an active choice.
    const digests = names.length === 1 ? names : []
    await sendForm(site, response, { email: '', digests, topics: [], language, shownAt: site.subscribers.clock.now().getTime() }, undefined)
  }
}

/**
 * 200 with the same page whether or not the address is known; 422 with the form and its input (RFC 9110 §15.5.21). Forms on other
 * sites may post here: the only effect is one confirmation mail.
 */
export function postSubscribe(site: SiteContext): RequestHandler {
  return async (request, response) => {
    const { body } = request
    const now = site.subscribers.clock.now().getTime()
    const shownAt = Number(firstOf(body, 'shown_at')) || undefined
    const asked = firstOf(body, 'language')
    const language = readerLanguage(site.publication(), asked)
    const words = wordsOf(site, language)
    const typed = {
      email: firstOf(body, 'email'),
      digests: allOf(body, 'digests'),
      topics: allOf(body, 'topics'),
      language,
      shownAt: shownAt ?? now,
    }
    response.set('Cache-Control', 'no-store')
    // Honeypot field, hidden from people: bots that fill it get the usual answer, and nothing is stored.
    if (firstOf(body, 'website') !== '') return sendAsked(site, response, typed)
    if (shownAt !== undefined && now - shownAt < quickestMs) {
      response.status(422)
      // Cap a time in the future (the clock was set back): otherwise every retry would be too quick.
      return sendForm(
        site,
        response,
        { ...typed, shownAt: Math.min(shownAt, now) },
        {
          field: 'subscribe',
          text: words('site.subscribe.too_quick'),
        },
      )
    }
    const outcome = await receiveSignUp(site.subscribers, {
      ...typed,
      // A form on another site may still name a language that is no longer offered.
      language: language.toLowerCase() === asked.toLowerCase() ? language : '',
      name: '',
      networkAddress: request.ip,
      ...sourceOf(site, request, words),
    })
    if (outcome.status === 'too_many') {
      response.set('Retry-After', String(Math.max(1, Math.ceil((outcome.comeBackAt.getTime() - now) / 1_000))))
      return sendTooMany(site, response, outcome.comeBackAt, language)
    }
    if (outcome.status === 'invalid') {
      response.status(422)
      return sendForm(site, response, typed, { field: outcome.field, text: words(outcome.message.key, outcome.message.values) })
    }
    // Process the sign-up after the answer: otherwise the response time would reveal whether the address is known.
    response.once('close', site.onSignUp)
    await sendAsked(site, response, typed)
  }
}

async function sendAsked(site: SiteContext, response: Response, { email, language }: Typed): Promise<void> {
  const publication = site.publication()
  const again = localPath(publication, pathIn(publication, paths.subscribe, language))
  const head = { title: wordsOf(site, language)('site.asked.title'), language }
  await sendPage(site, response, 'asked', head, { email, again, notice: site.notice() ?? null })
}

async function sendForm(site: SiteContext, response: Response, typed: Typed, fault: Fault | undefined): Promise<void> {
  const publication = site.publication()
  const { language } = typed
  const words = wordsOf(site, language)
  const title = words('site.subscribe')
  const head = {
    title: fault ? words('site.form.error.title', { title }) : title,
    description: words('site.subscribe.description', { publication: publication.title }),
    path: pathIn(publication, paths.subscribe, language),
    language,
  }
  await sendPage(site, response, 'subscribe', head, {
    email: typed.email,
    digests: digestChoices(site, typed.digests, language),
    topic_choices: topicChoices(publication, typed.topics),
    shown_at: typed.shownAt,
    languages: languageLinks(publication, paths.subscribe, language),
    wording: formWording(words),
    error: fault ?? null,
  })
}

/** The sign-up source and the wording of its form. */
function sourceOf(site: SiteContext, request: Request, words: Words): { source: string; wording: string } {
  const { body } = request
  const form = firstOf(body, 'form')
  const wording = formWording(words)
  if (form === 'embedded') return { source: ['embedded', embeddingOrigin(request)].join(' ').trim(), wording }
  const invited = form === 'invitation' ? site.publication().digests.get(firstOf(body, 'digests')) : undefined
  if (!invited) return { source: 'form', wording }
  const { heading, sentence } = invitationWording(site, invited)
  return { source: 'invitation', wording: `${heading}. ${sentence}` }
}

/** The site of an embedded form, from the Origin header (RFC 6454 §7); '' without it. */
function embeddingOrigin(request: Request): string {
  const origin = request.get('Origin') ?? ''
  return /^https?:\/\/[\w.:[\]-]{1,253}$/.test(origin) ? origin : ''
}
