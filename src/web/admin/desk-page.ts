import type { Response } from 'express'
import type { Snapshot } from '../../articles/article.ts'
import type { LastBackup } from '../../backups/last-backup.ts'
import type { DigestsContext } from '../../digests/context.ts'
import { reasonIn } from '../../digests/reasons.ts'
import type { Doctor, DoctorReport } from '../../doctor/doctor.ts'
import type { Readership } from '../../feeds/readership.ts'
import type { Mailbox } from '../../mailbox/mailbox.ts'
import type { Access } from '../../operators/access.ts'
import type { OperatorsContext } from '../../operators/context.ts'
import { type Scope, scopes } from '../../operators/roles.ts'
import type { TokenGuesses } from '../../operators/token-guesses.ts'
import { readSendingHold } from '../../outbox/sending-hold.ts'
import type { Clock } from '../../platform/clock.ts'
import { type ForeignText, MarkedMessage } from '../../platform/marked-text.ts'
import { type Messages, type MessageValues, wordsIn } from '../../platform/messages.ts'
import type { Pages } from '../../platform/pages.ts'
import { shortTime } from '../../publication/format-date.ts'
import type { Publication } from '../../publication/publication.ts'
import { runsRightToLeft } from '../../publication/text-direction.ts'
import { themeKey } from '../../publication/theme.ts'
import { basePath, localPath, paths } from '../../publication/urls.ts'
import type { SubscribersContext } from '../../subscribers/context.ts'
import type { WebhooksContext } from '../../webhooks/context.ts'
import { deskLanguage } from './desk-language.ts'
import type { LiveContext } from './live-context.ts'
import { maskedFor, may, signedIn } from './signed-in.ts'

/** What the pages of the desk work with. */
export interface DeskContext {
  readonly access: Access
  readonly operators: OperatorsContext
  readonly guesses: TokenGuesses
  /** Sentences without a full stop, about what needs attention in the set-up. */
  readonly warnings?: () => Promise<readonly string[]>
  /** Why this process cannot do its work, as `part: reason`. */
  readonly problems?: () => readonly string[]
  /** When due work was last looked for without a failure. */
  readonly lastCheckAt?: () => Date | undefined
  /** Whether workers do what needs no answer: imports. Default: this process. */
  readonly isWebOnly?: boolean
  /** The last scheduled backup; undefined if there is no schedule. */
  readonly lastBackup?: () => Promise<LastBackup | undefined>
  /** What the live streams need of the process; undefined in tests of single pages. */
  readonly live?: LiveContext
  /** The built-in mailbox; undefined when SMTP_URL is set. */
  readonly mailbox: Mailbox | undefined
  /** Loaded when it is first asked. */
  readonly doctor: () => Promise<Pick<Doctor, 'report'>>
  /** What the doctor last found; undefined if nobody has asked since the start. */
  readonly lastDoctorReport?: () => DoctorReport | undefined
  readonly digests: DigestsContext
  readonly subscribers: SubscribersContext
  readonly webhooks: WebhooksContext
  readonly readership: Readership
  readonly pages: Pages
  readonly messages: Messages
  /** The folder of all templates. */
  readonly templatesFolder: string
  /** SEND_RATE: messages a second. Undefined: no limit. */
  readonly sendRate?: number | undefined
  /** Called after a write that the scheduler must continue. */
  readonly triggerScheduler: () => void
  readonly clock: Clock
  readonly publication: () => Publication
  readonly articles: () => Snapshot
}

/** The items of the navigation, in order. */
const rail = {
  today: paths.admin,
  issues: paths.adminIssues,
  digests: paths.adminDigests,
  articles: paths.adminArticles,
  readers: paths.adminReaders,
  settings: paths.adminSettings,
} as const

/** The current item of the navigation. `outside`: a page before the log-in, without navigation. */
export type Place = keyof typeof rail | 'outside'

/** Renders `templates/pages/admin-TEMPLATE.liquid` in the layout of the desk and sends it. */
export async function sendDeskPage(
  desk: DeskContext,
  response: Response,
  template: string,
  head: { title: string; place: Place },
  values: object = {},
): Promise<void> {
  const publication = desk.publication()
  const html = await desk.pages.render(`admin-${template}`, {
    base: basePath(publication),
    language: deskLanguage(),
    direction: runsRightToLeft(deskLanguage()) ? 'rtl' : 'ltr',
    may: mayFor(response),
    publication: { title: publication.title, language: publication.language, look: themeKey(publication) },
    head: { title: head.title, is_inside: head.place !== 'outside' },
    rail: Object.entries(rail).map(([name, path]) => ({
      label: desk.messages.text(deskLanguage(), `desk.rail.${name}`),
      href: localPath(publication, path),
      is_current: head.place === name,
    })),
    has_mailbox: desk.mailbox !== undefined,
    sending_held: head.place === 'outside' ? null : await heldSending(desk, response),
    operator: { name: signedIn(response).name, role: signedIn(response).role },
    asks_address: signedIn(response).asksAddress,
    ...values,
  })
  response.type('html').send(html)
}

/** A message of the desk: `words(desk, 'today.title')` is `desk.today.title`. */
export function words(desk: DeskContext, key: string, values?: MessageValues): string {
  return desk.messages.text(deskLanguage(), `desk.${key}`, values)
}

/** The same, for values that may be in another language: a template shows it with the filter `with_lang`. */
export function markedWords(desk: DeskContext, key: string, values: MessageValues): MarkedMessage {
  const language = deskLanguage()
  return new MarkedMessage(desk.messages.text(language, `desk.${key}`, values), desk.messages.html(language, `desk.${key}`, values))
}

/** A stored reason in the words of the desk; English where it is no sentence of ours. */
export function reasonWords(desk: DeskContext, stored: string): string | ForeignText {
  return reasonIn(wordsIn(desk.messages, deskLanguage()), stored)
}

/** What every page says while all sending is held, also after the restore of a backup. */
async function heldSending(desk: DeskContext, response: Response): Promise<object | null> {
  const hold = await readSendingHold(desk.digests.database)
  if (!hold) return null
  const publication = desk.publication()
  return {
    since: shortTime(publication, hold.since),
    reason: reasonWords(desk, maskedFor(response, hold.reason)),
    href: localPath(publication, paths.adminDigests),
  }
}

/** Which scopes the operator has, for templates: `{% if may.send %}`. */
function mayFor(response: Response): Readonly<Record<Scope, boolean>> {
  return Object.fromEntries(scopes.map((scope) => [scope, may(response, scope)])) as Record<Scope, boolean>
}
