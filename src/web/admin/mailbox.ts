import type { RequestHandler, Response } from 'express'
import { messagePolicy, messageSandbox, withBlankTarget } from '../../platform/http/preview-sandbox.ts'
import { fullTime, shortTime } from '../../publication/format-date.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { type DeskContext, sendDeskPage, words } from './desk-page.ts'
import { linksOf } from './mail-links.ts'
import { may } from './signed-in.ts'

/** Limits the work of the list: each message is read from its file. */
const maxListed = 100

export type View = 'html' | 'text' | 'source'

export function showMailbox(desk: DeskContext): RequestHandler {
  return async (_request, response) => {
    const mails = (await desk.mailbox?.list(maxListed)) ?? []
    const publication = desk.publication()
    await sendDeskPage(
      desk,
      response,
      'mailbox',
      { title: words(desk, 'mailbox.title'), place: 'settings' },
      {
        max_listed: maxListed,
        mails: mails.map(({ id, to, subject, receivedAt }) => ({
          href: localPath(publication, paths.adminMail(id)),
          to,
          subject,
          received: shortTime(publication, receivedAt),
        })),
      },
    )
  }
}

/** One message, under tabs. Default view: HTML, or text without it. */
export function showMail(desk: DeskContext, asked: View | undefined): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const mail = await desk.mailbox?.read(request.params.id)
    if (!mail) return sendMissing(desk, response)
    if (!mayOpen(desk, response, mail)) return sendHidden(desk, response)
    const address = localPath(desk.publication(), paths.adminMail(mail.id))
    const view = asked ?? (mail.html === '' ? 'text' : 'html')
    await sendDeskPage(
      desk,
      response,
      'mail',
      { title: mail.subject || words(desk, 'mailbox.no_subject'), place: 'settings' },
      {
        mail: {
          from: mail.from,
          to: mail.to,
          received: fullTime(desk.publication(), mail.receivedAt),
          text: mail.text,
          source: mail.source,
        },
        view,
        tabs: [
          ...(mail.html === '' ? [] : [{ label: 'HTML', href: address, is_current: view === 'html' }]),
          { label: words(desk, 'mailbox.view.text'), href: `${address}/text`, is_current: view === 'text' },
          { label: words(desk, 'mailbox.view.source'), href: `${address}/source`, is_current: view === 'source' },
        ],
        sandbox: messageSandbox,
        frame: `${address}/html`,
        links: linksOf(mail),
      },
    )
  }
}

/** The HTML part alone, for the frame of the page. */
export function showMailFrame(desk: DeskContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const mail = await desk.mailbox?.read(request.params.id)
    if (!mail) return sendMissing(desk, response)
    if (!mayOpen(desk, response, mail)) return sendHidden(desk, response)
    response.set('Content-Security-Policy', messagePolicy())
    response.type('html').send(withBlankTarget(mail.html))
  }
}

/** Whoever opens a log-in link of somebody else becomes that operator. So only an owner may see one. */
function mayOpen(desk: DeskContext, response: Response, { text, html, source }: { text: string; html: string; source: string }): boolean {
  const link = localPath(desk.publication(), paths.adminLoginLink(''))
  return may(response, 'admin') || ![text, html, source].some((part) => part.includes(link))
}

async function sendHidden(desk: DeskContext, response: Response): Promise<void> {
  response.status(403)
  const head = { title: words(desk, 'refused.title'), place: 'settings' } as const
  await sendDeskPage(desk, response, 'message', head, { text: words(desk, 'mailbox.hidden') })
}

async function sendMissing(desk: DeskContext, response: Response): Promise<void> {
  response.status(404)
  await sendDeskPage(
    desk,
    response,
    'message',
    { title: words(desk, 'mailbox.unknown'), place: 'settings' },
    {
      text: words(desk, 'mailbox.unknown_text'),
    },
  )
}
