import { type Email, readerPlaceholder } from '../email/email.ts'
import { publicationValues } from '../email/publication-values.ts'
import type { Edition } from '../outbox/delivery.ts'
import { enqueueEmail } from '../outbox/enqueue.ts'
import type { Queries } from '../platform/database/database.ts'
import { parseAddress } from '../platform/email-address.ts'
import { escapeMarkup } from '../platform/html/escape.ts'
import { newId } from '../platform/ids.ts'
import { logError } from '../platform/log.ts'
import type { MessageValues } from '../platform/messages.ts'
import { paths, publicUrl } from '../publication/urls.ts'
import { loginMinutes } from './access.ts'
import type { OperatorsContext } from './context.ts'
import { hashOf, newLoginToken } from './hashes.ts'
import { countLoginMails, lockOperator, noteLoginMail, type Operator, readOperatorByKey } from './operator-store.ts'
import { deleteExpiredLoginLinks, insertLoginLink } from './store.ts'

const hourMs = 3_600_000
/** Enough for somebody who mistypes, too few to fill an inbox. */
const mailsPerHour = 5

/**
 * Mails a log-in link to the operator with this address. Does nothing for another address, and after five mails in an hour: the caller
 * answers the same in each case, so that nobody learns who is an operator.
 */
export async function mailLoginLink(context: OperatorsContext, email: string): Promise<void> {
  const { database, clock, random, log } = context
  const address = parseAddress(email)
  const operator = address && (await readOperatorByKey(database, address.key))
  if (!operator) return
  const token = newLoginToken(random)
  // Rendered before the transaction, to keep it short.
  const edition = await loginLinkEdition(context, operator)
  const isMailed = await database.transaction(async (tx) => {
    const now = clock.now().getTime()
    // The lock makes requests at the same time count one after the other.
    if (!(await lockOperator(tx, operator.id))) return false
    if ((await countLoginMails(tx, operator.id, now - hourMs, now + hourMs)) >= mailsPerHour) return false
    await noteLoginMail(tx, operator.id, now, now - hourMs)
    await deleteExpiredLoginLinks(tx, now)
    const link = { hash: hashOf(token), operator: operator.id, origin: 'mail', expiresAt: now + loginMinutes * 60_000 } as const
    await insertLoginLink(tx, link)
    await enqueueLoginMail(tx, { id: newId(clock, random), edition, operator, placeholders: { login_token: token } }, clock.now())
    return true
  })
  log.info({ operator: operator.id, isMailed }, 'log-in link requested')
  if (isMailed) context.triggerSender()
}

/** Enqueues mail to an operator. It goes out while sending is held; see `priorityOf`. */
export async function enqueueLoginMail(
  tx: Queries,
  mail: {
    readonly id: string
    readonly edition: Edition
    readonly operator: Operator
    readonly placeholders: Readonly<Record<string, string>>
  },
  now: Date,
): Promise<void> {
  const { email, addressKey } = mail.operator
  const recipient = { address: email, addressKey, placeholders: mail.placeholders }
  await enqueueEmail(tx, { id: mail.id, kind: 'login', list: '' }, mail.edition, recipient, now)
}

/** The mail that says who may log in where. Its button leads to the form for a log-in link, which stays valid. */
export async function invitationEdition(context: OperatorsContext, operator: Operator): Promise<Edition> {
  const publication = context.publication()
  const words = wordsFor(context, operator)
  return loginEdition(context, {
    language: languageFor(context, operator),
    subject: words('invitation.subject', { publication: publication.title }),
    paragraphs: [words('invitation.role', { publication: publication.title, role: operator.role }), words('invitation.how')],
    button: words('invitation.button'),
    closing: '',
    link: publicUrl(publication, paths.adminLogin),
  })
}

function loginLinkEdition(context: OperatorsContext, operator: Operator): Promise<Edition> {
  const publication = context.publication()
  const words = wordsFor(context, operator)
  return loginEdition(context, {
    language: languageFor(context, operator),
    subject: words('login.subject', { publication: publication.title }),
    paragraphs: [words('login.what', { minutes: loginMinutes })],
    button: words('login.button'),
    closing: words('login.ignore'),
    link: publicUrl(publication, paths.adminLoginLink(readerPlaceholder('login_token'))),
  })
}

/** The message `operators.mail.KEY`, in the operator's language. */
function wordsFor(context: OperatorsContext, operator: Operator): (key: string, values?: MessageValues) => string {
  return (key, values) => context.messages.text(languageFor(context, operator), `operators.mail.${key}`, values)
}

/** The language set at the invitation, else the publication's. */
function languageFor({ publication }: OperatorsContext, { language }: Operator): string {
  return language || publication().language
}

interface LoginMail {
  readonly language: string
  readonly subject: string
  readonly paragraphs: readonly string[]
  readonly button: string
  readonly closing: string
  readonly link: string
}

/** A broken template must not lock operators out: a bare mail takes its place. */
async function loginEdition(context: OperatorsContext, { language, link, ...mail }: LoginMail): Promise<Edition> {
  const publication = context.publication()
  const links = { login: link, home: publicUrl(publication, paths.home) }
  const values = { publication: publicationValues(publication), ...mail, links }
  const email = await context.render({ language, template: 'login', values }).catch((error: unknown) => {
    logError(context.log, error, 'templates/email/login.mjml cannot be rendered; the log-in mail goes out without it')
    return bareEmail({ ...mail, language, link })
  })
  return { from: publication.sender, email, list: undefined }
}

function bareEmail({ language, subject, paragraphs, closing, link }: LoginMail): Email {
  const texts = [...paragraphs, link, closing].filter((text) => text !== '')
  const html = texts.map((text) => `<p>${escapeMarkup(text)}</p>`).join('\n')
  return {
    subject,
    html: `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><title>${escapeMarkup(subject)}</title></head><body>${html}</body></html>`,
    text: `${texts.join('\n\n')}\n`,
  }
}
