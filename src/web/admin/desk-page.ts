import type { Response } from 'express'
import type { Snapshot } from '../../articles/article.ts'
import type { DigestsContext } from '../../digests/context.ts'
import type { Readership } from '../../feeds/readership.ts'
import type { Mailbox } from '../../mailbox/mailbox.ts'
import type { Access } from '../../operators/access.ts'
import type { TokenGuesses } from '../../operators/token-guesses.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Pages } from '../../platform/pages.ts'
import type { Publication } from '../../publication/publication.ts'
import { themeKey } from '../../publication/theme.ts'
import { basePath, localPath, paths } from '../../publication/urls.ts'
import type { SubscribersContext } from '../../subscribers/context.ts'

/** What the pages of the desk work with. */
export interface DeskContext {
  readonly access: Access
  readonly guesses: TokenGuesses
  /** A sentence about the set-up that needs attention. */
  readonly warning?: () => string | undefined
  /** The built-in mailbox; undefined when SMTP_URL is set. */
  readonly mailbox: Mailbox | undefined
  readonly digests: DigestsContext
  readonly subscribers: SubscribersContext
  readonly readership: Readership
  readonly pages: Pages
  /** The folder of all templates. */
  readonly templatesFolder: string
  readonly clock: Clock
  readonly publication: () => Publication
  readonly articles: () => Snapshot
}

/** The current item of the navigation. `outside`: a page before the log-in, without navigation. */
export type Place = 'overview' | 'mailbox' | 'elsewhere' | 'outside'

/** Renders `templates/pages/admin-TEMPLATE.liquid` in the layout of the desk and sends it. */
export async function sendDeskPage(
  desk: DeskContext,
  response: Response,
  template: string,
  head: { title: string; place: Place },
  values: object = {},
): Promise<void> {
  const publication = desk.publication()
  const rail = [
    { label: 'Overview', href: localPath(publication, paths.admin), is_current: head.place === 'overview' },
    ...(desk.mailbox ? [{ label: 'Mailbox', href: localPath(publication, paths.adminMailbox), is_current: head.place === 'mailbox' }] : []),
  ]
  const html = await desk.pages.render(`admin-${template}`, {
    base: basePath(publication),
    publication: { title: publication.title, language: publication.language, look: themeKey(publication) },
    head: { title: head.title, is_inside: head.place !== 'outside' },
    rail,
    has_mailbox: desk.mailbox !== undefined,
    ...values,
  })
  response.type('html').send(html)
}
