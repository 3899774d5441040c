import type { App } from '../app/rest.ts'
import type { Config } from '../config.ts'
import { readSendingHold } from '../outbox/sending-hold.ts'
import { publicationFileName } from '../publication/read.ts'
import { feedFormats, feedPath, paths } from '../publication/urls.ts'

interface Facts {
  readonly config: Config
  readonly app: App
  readonly port: number
  readonly isWritten: boolean
}

/** What a newcomer reads first: what serves, where everything is, and what happens to mail. */
export async function welcomeText(facts: Facts): Promise<string> {
  const { config, app, port, isWritten } = facts
  const publication = app.publication.current()
  const here = hereAt(config.host, port)
  const { articles, problems } = app.articles.current()
  const lines = [
    `${publication.title}: ${count(articles.length, 'article')}, ${count(publication.digests.size, 'digest')}. Served by Node ${process.versions.node}.`,
    '',
    `  Pages       ${here}/`,
    `  Feeds       ${feedFormats.map((format) => here + feedPath({ format, scope: { kind: 'all' }, archive: undefined })).join('   ')}`,
    `  Subscribe   ${here}${paths.subscribe}`,
    `  Desk        ${here}${paths.adminLoginLink(await app.access.makeLogin())}   (works once, for 15 minutes)`,
    app.mailbox
      ? `  Mail        nothing leaves this machine: the built-in mailbox keeps it, at ${here}${paths.adminMailbox} (set SMTP_URL to send)`
      : '  Mail        goes out through the server of SMTP_URL',
    `  Data        ${withoutLogin(config.databaseAddress)}`,
  ]
  const hold = await readSendingHold(app.database)
  if (hold) lines.push('', `  Nothing is sent: ${hold.reason}. To let it go: npx broadsheet sending --release`)
  if (app.freshAdminToken) lines.push('', `  Admin token ${app.freshAdminToken}   (shown this once; the API takes it as a bearer token)`)
  if (publication.url !== here) lines.push('', `  Links in feeds and mail begin with ${publication.url}`)
  if (problems.length > 0) lines.push('', `  ${count(problems.length, 'problem')} with articles: npx broadsheet check`)
  if (!isWritten) lines.push('', ...howToWrite(config.contentFolder))
  return `${lines.join('\n')}\n`
}

/** The same on one line, for a program. */
export async function welcomeJson({ config, app, port, isWritten }: Facts): Promise<string> {
  const { title, url, digests } = app.publication.current()
  const { articles, problems } = app.articles.current()
  const here = hereAt(config.host, port)
  const told = {
    title,
    url,
    address: here,
    login: here + paths.adminLoginLink(await app.access.makeLogin()),
    admin_token: app.freshAdminToken ?? null,
    mailbox: app.mailbox ? here + paths.adminMailbox : null,
    data: withoutLogin(config.databaseAddress),
    is_publication_written: isWritten,
    articles: articles.length,
    digests: [...digests.keys()],
    problems: problems.length,
    held: (await readSendingHold(app.database))?.reason ?? null,
  }
  return `${JSON.stringify(told)}\n`
}

/** Where a browser on this machine finds what listens on `host`. */
export function hereAt(host: string, port: number): string {
  const isHere = ['0.0.0.0', '127.0.0.1', '::'].includes(host)
  return `http://${isHere ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`
}

/** The address of a database less what must not be shown: a password may stand in its query too, or have an @ in it. */
export function withoutLogin(address: string): string {
  if (!/^postgres(ql)?:/.test(address)) return address
  if (!URL.canParse(address)) return address.replace(/\/\/.*/s, '//…')
  const { protocol, host, pathname } = new URL(address)
  return `${protocol}//${host}${pathname}`
}

function howToWrite(contentFolder: string): string[] {
  return [
    `  There is no ${publicationFileName} in ${contentFolder}, so there are no digests. These lines begin one:`,
    '',
    '    title: My publication',
    '    sender: { name: My publication, email: news@example.org }',
    '    postal_address: 1 Example Street, London',
    '    digests:',
    '      weekly: { title: The week, schedule: "0 8 * * mon" }',
  ]
}

function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? '' : 's'}`
}
