import type { RequestHandler, Response } from 'express'
import { dayIn } from '../../platform/time-zones.ts'
import { longDate } from '../../publication/format-date.ts'
import type { Publication } from '../../publication/publication.ts'
import { inLanguage, readerLanguage } from '../../publication/reader-language.ts'
import { feedPathForTopics, localPath, paths, publicUrl } from '../../publication/urls.ts'
import { type Choices, isErased, pause, readChoices, unsubscribeFromAll, writeChoices } from '../../subscribers/choices.ts'
import { eraseByLink } from '../../subscribers/erase.ts'
import { readOwnData } from '../../subscribers/export/own-data.ts'
import type { ReaderFault } from '../../subscribers/sign-up/sign-up-request.ts'
import { describedDigests, digestChoices, languageChoices, topicChoices } from './choices-view.ts'
import type { SiteContext } from './context.ts'
import { sendError } from './errors.ts'
import { allOf, firstOf } from './form.ts'
import { sendPage } from './page.ts'
import { preferencesWording } from './wording.ts'
import { listed, wordsOf } from './words.ts'

type Handler = RequestHandler<{ token: string }>

/** The result of a change: sentences, or the field with an error and its input. */
interface ChangeResult {
  readonly news: readonly string[]
  readonly fault?: { readonly field: string; readonly text: string; readonly typed: string }
}

export function showPreferences(site: SiteContext): Handler {
  return async (request, response) =>
    sendChoices(site, response, request.params.token, await readChoices(site.subscribers, request.params.token))
}

/** Does what the pressed button says, and shows what has changed. */
export function postPreferences(site: SiteContext): Handler {
  return async (request, response) => {
    const { token } = request.params
    const before = await readChoices(site.subscribers, token)
    if (!before) return sendChoices(site, response, token, undefined)
    if (firstOf(request.body, 'do') === 'erase') return postErasure(site, response, token, before, firstOf(request.body, 'sure') === 'yes')
    // A body without our fields, such as a one-click unsubscribe, must not deselect all digests.
    if (!formFields.some((field) => allOf(request.body, field).length > 0)) {
      response.status(422)
      return sendChoices(site, response, token, before)
    }
    const language = languageOf(site, before)
    const { outcome, typed } = await change(site, token, request.body, language)
    if (outcome && 'status' in outcome) {
      response.status(422)
      const text = wordsOf(site, language)(outcome.message.key, outcome.message.values)
      return sendChoices(site, response, token, before, { news: [], fault: { field: outcome.field, text, typed } })
    }
    await sendChoices(site, response, token, outcome, {
      news: outcome ? describeChange(site, before, outcome, firstOf(request.body, 'do')) : [],
    })
  }
}

/** Everything stored about the reader, as a file. */
export function showOwnData(site: SiteContext): Handler {
  return async (request, response) => {
    const data = await readOwnData(site.subscribers, request.params.token)
    if (!data) return sendError(site, response, 404)
    response
      .attachment('what-is-stored-about-me.json')
      .type('json')
      .send(`${JSON.stringify(data, null, 2)}\n`)
  }
}

/** Each form on the page sends at least one of these fields. */
const formFields = ['do', 'digests', 'topics', 'name', 'language']

async function change(
  site: SiteContext,
  token: string,
  body: unknown,
  pageLanguage: string,
): Promise<{ outcome: Choices | ReaderFault | undefined; typed: string }> {
  switch (firstOf(body, 'do')) {
    case 'pause': {
      const typed = firstOf(body, 'paused_until')
      return { outcome: await pause(site.subscribers, token, typed.trim()), typed }
    }
    case 'go_on':
      return { outcome: await pause(site.subscribers, token, null), typed: '' }
    case 'feed':
      return { outcome: await unsubscribeFromAll(site.subscribers, token, 'feed instead'), typed: '' }
    case 'leave':
      return { outcome: await unsubscribeFromAll(site.subscribers, token, 'preferences'), typed: '' }
    default: {
      const [typed] = allOf(body, 'name')
      const [language] = allOf(body, 'language')
      const request = { digests: allOf(body, 'digests'), topics: allOf(body, 'topics'), name: typed, language }
      const wording = preferencesWording(wordsOf(site, pageLanguage))
      return { outcome: await writeChoices(site.subscribers, token, request, wording), typed: typed ?? '' }
    }
  }
}

async function postErasure(site: SiteContext, response: Response, token: string, choices: Choices, isSure: boolean): Promise<void> {
  const language = languageOf(site, choices)
  const words = wordsOf(site, language)
  if (!isSure) {
    response.status(422)
    const text = words('site.preferences.erase.unsure')
    return sendChoices(site, response, token, choices, { news: [], fault: { field: 'sure', text, typed: '' } })
  }
  await eraseByLink(site.subscribers, token)
  await sendPage(
    site,
    response,
    'preferences',
    { title: words('site.preferences.erased.title'), language },
    { state: 'erased', ...nothing },
  )
}

const nothing = { choices: null, news: [], fault: null, feed: '', data_link: '', today: '' }

async function sendChoices(
  site: SiteContext,
  response: Response,
  token: string,
  choices: Choices | undefined,
  result: ChangeResult = { news: [] },
): Promise<void> {
  const language = languageOf(site, choices)
  const publication = inLanguage(site.publication(), language)
  const words = wordsOf(site, language)
  if (!choices) {
    const state = (await isErased(site.subscribers, token)) ? 'forgotten' : 'unknown'
    const title = words(state === 'forgotten' ? 'site.preferences.forgotten.title' : 'site.preferences.unknown.title')
    response.status(state === 'forgotten' ? 410 : 404)
    return sendPage(site, response, 'preferences', { title }, { state, ...nothing })
  }
  const { news, fault } = result
  const { timezone } = publication
  const title = words(news.length > 0 ? 'site.preferences.saved.title' : 'site.preferences.title')
  await sendPage(
    site,
    response,
    'preferences',
    { title: fault ? words('site.form.error.title', { title }) : title, language },
    {
      state: 'known',
      heading: title,
      choices: {
        email: choices.email,
        name: fault?.field === 'name' ? fault.typed : choices.name,
        digests: digestChoices(site, choices.digests, language),
        topics: topicChoices(publication, choices.topics),
        languages: languageChoices(publication, choices.language),
        paused_until: choices.pausedUntil ? longDate(publication, choices.pausedUntil) : null,
        pause_typed: fault?.field === 'paused_until' ? fault.typed : '',
        gets_mail: choices.digests.length > 0,
      },
      feed: feedOf(publication, choices.topics),
      data_link: localPath(publication, paths.ownData(token)),
      today: dayIn(timezone, site.subscribers.clock.now()),
      wording: preferencesWording(words),
      news,
      fault: fault ?? null,
    },
  )
}

/** The language of the page: the reader's, as it is after a change. */
function languageOf(site: SiteContext, choices: Choices | undefined): string {
  return readerLanguage(site.publication(), choices?.language ?? '')
}

/** The address of the feed with the articles that this reader gets by mail. */
function feedOf(publication: Publication, topics: readonly string[]): string {
  return publicUrl(publication, feedPathForTopics(topics))
}

/** Sentences: what started, what ended, and what is in effect now. */
function describeChange(site: SiteContext, before: Choices, after: Choices, pressed: string): string[] {
  const language = languageOf(site, after)
  const publication = inLanguage(site.publication(), language)
  const words = wordsOf(site, language)
  const titles = (names: readonly string[]) => {
    const described = describedDigests(site, names, language)
    return {
      digests: listed(
        described.map(({ title }) => title),
        language,
      ),
    }
  }
  const begun = after.digests.filter((name) => !before.digests.includes(name))
  const ended = before.digests.filter((name) => !after.digests.includes(name))
  const kept = after.digests.filter((name) => before.digests.includes(name))
  const day = after.pausedUntil ? longDate(publication, after.pausedUntil) : undefined
  const sentences: string[] = []
  if (after.name !== before.name)
    sentences.push(after.name === '' ? words('site.preferences.news.no_name') : words('site.preferences.news.name', { name: after.name }))
  if (after.language !== before.language && after.language !== '')
    sentences.push(words('site.preferences.news.language', { language: languageName(after.language, language) }))
  if (begun.length > 0) sentences.push(words('site.preferences.news.begun', titles(begun)))
  if (ended.length > 0) sentences.push(words('site.preferences.news.ended', titles(ended)))
  if (pressed === 'feed') return [...sentences, words('site.preferences.news.feed', { feed: feedOf(publication, after.topics) })]
  if (after.digests.length === 0) return [...sentences, words('site.preferences.news.nothing')]
  if (pressed === 'pause' && day) return [...sentences, words('site.preferences.pause.until', { day })]
  if (pressed === 'go_on') return [...sentences, words('site.preferences.news.again', titles(after.digests))]
  if (kept.length > 0) sentences.push(words('site.preferences.news.kept', titles(kept)))
  const topics = after.topics.map((topic) => publication.topics.get(topic) ?? topic)
  if (publication.topics.size > 0)
    sentences.push(
      topics.length > 0
        ? words('site.preferences.news.topics', { topics: listed(topics, language) })
        : words('site.preferences.news.all_topics'),
    )
  if (day) sentences.push(words('site.preferences.news.paused', { day }))
  return sentences
}

/** The name of the language `tag` in `language`. */
function languageName(tag: string, language: string): string {
  return new Intl.DisplayNames(language, { type: 'language' }).of(tag) ?? tag
}
