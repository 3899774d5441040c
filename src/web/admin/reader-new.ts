import type { RequestHandler, Response } from 'express'
import { inEnglish, type MarkedText } from '../../platform/marked-text.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { addSubscriber } from '../../subscribers/operator.ts'
import { type DeskContext, markedWords, sendDeskPage, words } from './desk-page.ts'
import { redirectDone, textIn, textsIn } from './forms.ts'
import { actorOf } from './signed-in.ts'

interface Given {
  readonly email: string
  readonly name: string
  readonly digests: readonly string[]
  readonly topics: readonly string[]
}

const nothing: Given = { email: '', name: '', digests: [], topics: [] }

export function showNewReader(desk: DeskContext): RequestHandler {
  return async (_request, response) => sendNewReader(desk, response, nothing)
}

/** Asks a reader to confirm, as after a sign-up by the form. */
export function submitNewReader(desk: DeskContext): RequestHandler {
  return async (request, response) => {
    const given: Given = {
      email: textIn(request, 'email'),
      name: textIn(request, 'name'),
      digests: textsIn(request, 'digests'),
      topics: textsIn(request, 'topics'),
    }
    const added = await addSubscriber(
      desk.subscribers,
      { ...given, source: 'desk', wording: textIn(request, 'wording').slice(0, 2_000) },
      actorOf(response),
    )
    if ('subscriberId' in added) return redirectDone(desk, response, paths.adminReader(added.subscriberId), added.status)
    response.status(added.status === 'invalid' ? 422 : 409)
    const fault =
      added.status === 'invalid'
        ? markedWords(desk, 'field_fault', { field: words(desk, `reader.field.${added.field}`), reason: inEnglish(added.reason) })
        : words(desk, `reader.new.${added.status}`)
    await sendNewReader(desk, response, given, fault)
  }
}

async function sendNewReader(desk: DeskContext, response: Response, given: Given, fault?: string | MarkedText): Promise<void> {
  const publication = desk.publication()
  const isOnlyOne = publication.digests.size === 1
  await sendDeskPage(
    desk,
    response,
    'reader-new',
    { title: words(desk, 'readers.add'), place: 'readers' },
    {
      fault: fault ?? null,
      given: { email: given.email, name: given.name },
      readers_href: localPath(publication, paths.adminReaders),
      digests: [...publication.digests.values()].map(({ name, title }) => ({
        name,
        title,
        is_chosen: isOnlyOne || given.digests.includes(name),
      })),
      topics: [...publication.topics].map(([name, title]) => ({ name, title, is_chosen: given.topics.includes(name) })),
    },
  )
}
