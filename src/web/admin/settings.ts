import type { RequestHandler, Response } from 'express'
import type { Scope } from '../../operators/roles.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { type DeskContext, sendDeskPage, words } from './desk-page.ts'
import { may } from './signed-in.ts'

interface Item {
  /** The message `desk.settings.NAME` is its label, and `desk.settings.NAME.about` a sentence on it. */
  readonly name: string
  readonly path: string
  readonly scope: Scope
}

/** What the page of settings leads to. */
export function showSettings(desk: DeskContext): RequestHandler {
  return async (_request, response) => {
    await sendDeskPage(
      desk,
      response,
      'settings',
      { title: words(desk, 'rail.settings'), place: 'settings' },
      { items: items(desk, response) },
    )
  }
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
