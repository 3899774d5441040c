import type { RequestHandler, Response } from 'express'
import type { Mail } from '../mailbox/mailbox.ts'
import { basePath, type Desk, fullTime, sendDeskPage, shortTime } from './desk.ts'
import { linksOf } from './mail-links.ts'

/** Each is read from its file to be listed; what is older is seldom looked for. */
const maxListed = 100

/** Links may open, each in a window of its own that is free of the sandbox; nothing else of the message may act. */
const sandbox = 'allow-popups allow-popups-to-escape-sandbox'

/**
 * The message as its reader's program would show it, and less: no scripts, no forms, no frames, no origin. The iframe
 * has the same sandbox; this one holds where the address is opened by itself.
 */
const messagePolicy = `sandbox ${sandbox}; default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; frame-ancestors 'self'`

export type View = 'html' | 'text' | 'source'

export function showMailbox(desk: Desk): RequestHandler {
  return async (_request, response) => {
    const mails = (await desk.mailbox?.list(maxListed)) ?? []
    const publication = desk.publication()
    await sendDeskPage(
      desk,
      response,
      'mailbox',
      { title: 'Mailbox', place: 'mailbox' },
      {
        max_listed: maxListed,
        mails: mails.map(({ id, to, subject, receivedAt }) => ({
          href: `${basePath(desk)}/admin/mailbox/${id}`,
          to,
          subject,
          received: shortTime(publication, receivedAt),
        })),
      },
    )
  }
}

/** One message under tabs; without a view asked for, HTML where it has some. */
export function showMail(desk: Desk, asked: View | undefined): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const mail = await desk.mailbox?.read(request.params.id)
    if (!mail) return sendMissing(desk, response)
    const address = `${basePath(desk)}/admin/mailbox/${mail.id}`
    const view = asked ?? (mail.html === '' ? 'text' : 'html')
    await sendDeskPage(
      desk,
      response,
      'mail',
      { title: mail.subject || 'No subject', place: 'mailbox' },
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
          { label: 'Text', href: `${address}/text`, is_current: view === 'text' },
          { label: 'Source', href: `${address}/source`, is_current: view === 'source' },
        ],
        sandbox,
        frame: `${address}/html`,
        links: linksOf(mail),
      },
    )
  }
}

/** The HTML of a message alone, for the frame of its page. */
export function showMailFrame(desk: Desk): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const mail = await desk.mailbox?.read(request.params.id)
    if (!mail) return sendMissing(desk, response)
    response.set('Content-Security-Policy', messagePolicy)
    response.type('html').send(withBlankTarget(mail))
  }
}

/** The first `base` with a target is the one that counts (HTML §4.2.3): ours. */
function withBlankTarget({ html }: Mail): string {
  const base = '<base target="_blank">'
  return /<head\b[^>]*>/i.test(html) ? html.replace(/<head\b[^>]*>/i, (head) => head + base) : base + html
}

async function sendMissing(desk: Desk, response: Response): Promise<void> {
  response.status(404)
  await sendDeskPage(
    desk,
    response,
    'message',
    { title: 'There is no such message', place: 'mailbox' },
    {
      text: 'The mailbox keeps the newest messages; this one may have made room for others.',
    },
  )
}
