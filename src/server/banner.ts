import type { House } from '../app/rest.ts'
import type { Config } from '../config.ts'
import { readHold } from '../outbox/sending-hold.ts'
import { publicationFileName } from '../publication/read.ts'
import { feedFormats, feedPath, paths } from '../publication/urls.ts'

interface Facts {
  readonly config: Config
  readonly house: House
  readonly port: number
  readonly isWritten: boolean
}

/** What a newcomer reads first: what serves, where everything is, and what happens to mail. */
export async function welcomeText(facts: Facts): Promise<string> {
  const { config, house, port, isWritten } = facts
  const publication = house.publication.current()
  const here = hereAt(config.host, port)
  const { articles, problems } = house.articles.current()
  const lines = [
    `${publication.title}: ${count(articles.length, 'article')}, ${count(publication.digests.size, 'digest')}. Served by Node ${process.versions.node}.`,
    '',
    `  Pages       ${here}/`,
    `  Feeds       ${feedFormats.map((format) => here + feedPath({ format, scope: { kind: 'all' }, archive: undefined })).join('   ')}`,
    `  Subscribe   ${here}${paths.subscribe}`,
    `  Desk        ${here}${paths.adminLoginLink(await house.access.makeLogin())}   (works once, for 15 minutes)`,
    house.mailbox
      ? `  Mail        nothing leaves this machine: the built-in mailbox keeps it, at ${here}${paths.adminMailbox} (set SMTP_URL to send)`
      : '  Mail        goes out through the server of SMTP_URL',
    `  Data        ${withoutLogin(config.databaseAddress)}`,
  ]
  const hold = await readHold(house.database)
  if (hold) lines.push('', `  Nothing is sent: ${hold.reason}. To let it go: npx broadsheet sending --release`)
  if (house.freshAdminToken)
    lines.push('', `  Admin token ${house.freshAdminToken}   (shown this once; the API takes it as a bearer token)`)
  if (publication.url !== here) lines.push('', `  Links in feeds and mail begin with ${publication.url}`)
  if (problems.length > 0) lines.push('', `  ${count(problems.length, 'problem')} with articles: npx broadsheet check`)
  if (!isWritten) lines.push('', ...howToWrite(config.contentFolder))
  return `${lines.join('\n')}\n`
}

/** The same on one line, for a program. */
export async function welcomeJson({ config, house, port, isWritten }: Facts): Promise<string> {
  const { title, url, digests } = house.publication.current()
  const { articles, problems } = house.articles.current()
  const here = hereAt(config.host, port)
  const told = {
    title,
    url,
    address: here,
    login: here + paths.adminLoginLink(await house.access.makeLogin()),
    admin_token: house.freshAdminToken ?? null,
    mailbox: house.mailbox ? here + paths.adminMailbox : null,
    data: withoutLogin(config.databaseAddress),
    is_publication_written: isWritten,
    articles: articles.length,
    digests: [...digests.keys()],
    problems: problems.length,
    held: (await readHold(house.database))?.reason ?? null,
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
