import type { RequestHandler, Response } from 'express'
import type { Publication } from '../publication/publication.ts'
import { type Choices, readChoices, writeChoices } from '../subscribers/choices.ts'
import { describedDigests, digestChoices, inWords, topicChoices } from './choosing.ts'
import { allOf } from './form.ts'
import { sendPage } from './page.ts'
import type { Site } from './site.ts'
import { preferencesWording } from './wording.ts'

type Handler = RequestHandler<{ token: string }>

export function showPreferences(site: Site): Handler {
  return async (request, response) => sendChoices(site, response, await readChoices(site.subscribers, request.params.token), [])
}

/** Saves what is ticked, and says in words what has changed by it. */
export function takePreferences(site: Site): Handler {
  return async (request, response) => {
    const { token } = request.params
    const before = await readChoices(site.subscribers, token)
    const wish = { digests: allOf(request.body, 'digests'), topics: allOf(request.body, 'topics') }
    const after = await writeChoices(site.subscribers, token, wish, preferencesWording)
    await sendChoices(site, response, after, before && after ? tellChange(site.publication(), before, after) : [])
  }
}

async function sendChoices(site: Site, response: Response, choices: Choices | undefined, news: readonly string[]): Promise<void> {
  if (!choices) {
    response.status(404)
    return sendPage(site, response, 'preferences', { title: 'This link does not work' }, { choices: null })
  }
  const publication = site.publication()
  await sendPage(
    site,
    response,
    'preferences',
    { title: news.length > 0 ? 'Your choice is saved' : 'Your choice' },
    {
      choices: {
        email: choices.email,
        digests: digestChoices(publication, choices.digests),
        topics: topicChoices(publication, choices.topics),
      },
      wording: preferencesWording,
      news,
    },
  )
}

/** Sentences: what began, what ended, and what stands now. */
function tellChange(publication: Publication, before: Choices, after: Choices): string[] {
  const titles = (names: readonly string[]) => inWords(describedDigests(publication, names).map((digest) => digest.title))
  const begun = after.digests.filter((name) => !before.digests.includes(name))
  const ended = before.digests.filter((name) => !after.digests.includes(name))
  const kept = after.digests.filter((name) => before.digests.includes(name))
  const sentences: string[] = []
  if (begun.length > 0) sentences.push(`From now on you get ${titles(begun)}.`)
  if (ended.length > 0) sentences.push(`You have left ${titles(ended)}.`)
  if (after.digests.length === 0) return [...sentences, 'You get no digest now, and no mail from us.']
  if (kept.length > 0) sentences.push(`You get ${titles(kept)}, as before.`)
  const topics = after.topics.map((topic) => publication.topics.get(topic) ?? topic)
  if (publication.topics.size > 0) sentences.push(topics.length > 0 ? `All of it on ${inWords(topics)} only.` : 'All topics are in it.')
  return sentences
}
