import type { Request, RequestHandler, Response } from 'express'
import { changeLanguage } from '../../operators/operators.ts'
import type { Scope } from '../../operators/roles.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { type DeskContext, sendDeskPage, words } from './desk-page.ts'
import { doneWords, redirectDone, textIn } from './forms.ts'
import { actorOf, may, signedIn } from './signed-in.ts'

interface Item {
  /** The message `desk.settings.NAME` is its label, and `desk.settings.NAME.about` a sentence on it. */
  readonly name: string
  readonly path: string
  readonly scope: Scope
}

/** What the page of settings leads to, and the operator's own language. */
export function showSettings(desk: DeskContext): RequestHandler {
  return (request, response) => sendSettings(desk, request, response, undefined)
}

/** Changes the language in which the operator reads the desk and gets mail. Empty: that of the browser. */
export function submitLanguage(desk: DeskContext): RequestHandler {
  return async (request, response) => {
    const { id } = signedIn(response)
    // A language belongs to an operator, so the address comes first.
    if (id === null) return response.redirect(303, localPath(desk.publication(), paths.adminAddress))
    const changed = await changeLanguage(desk.operators, id, textIn(request, 'language'), actorOf(response))
    if (changed.status === 'changed') return redirectDone(desk, response, paths.adminSettings, 'language')
    response.status(422)
    await sendSettings(desk, request, response, words(desk, 'operators.language.invalid'))
  }
}

async function sendSettings(desk: DeskContext, request: Request, response: Response, fault: string | undefined): Promise<void> {
  await sendDeskPage(
    desk,
    response,
    'settings',
    { title: words(desk, 'rail.settings'), place: 'settings' },
    {
      items: items(desk, response),
      done: doneWords(desk, request, 'settings', ['language']) ?? null,
      fault: fault ?? null,
      // Whoever entered without an operator has no language of their own.
      languages: signedIn(response).id === null ? null : languages(desk, signedIn(response).language),
    },
  )
}

/** Those with words of the desk, each by its own name, and the chosen one. */
function languages({ messages }: DeskContext, chosen: string): object[] {
  const spoken = messages.languages.filter((tag) => messages.has(tag, 'desk.rail.today'))
  const isListed = chosen === '' || spoken.some((tag) => tag.toLowerCase() === chosen.toLowerCase())
  return [...spoken, ...(isListed ? [] : [chosen])].map((tag) => ({
    value: tag,
    label: new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag,
    is_chosen: tag.toLowerCase() === chosen.toLowerCase(),
  }))
}

function items(desk: DeskContext, response: Response): object[] {
  const all: readonly Item[] = [
    { name: 'operators', path: paths.adminOperators, scope: 'admin' },
    { name: 'tokens', path: paths.adminTokens, scope: 'read' },
    { name: 'sessions', path: paths.adminSessions, scope: 'read' },
    { name: 'doctor', path: paths.adminDoctor, scope: 'read' },
    { name: 'webhooks', path: paths.adminWebhooks, scope: 'admin' },
    { name: 'suppressions', path: paths.adminSuppressions, scope: 'readers' },
    { name: 'audit', path: paths.adminAudit, scope: 'admin' },
    ...(desk.mailbox ? [{ name: 'mailbox', path: paths.adminMailbox, scope: 'readers' } as const] : []),
  ]
  return all
    .filter(({ scope }) => may(response, scope))
    .map(({ name, path }) => ({
      href: localPath(desk.publication(), path),
      label: words(desk, `settings.${name}`),
      about: words(desk, `settings.${name}.about`),
    }))
}
