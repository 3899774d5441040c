import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { App } from '../app/rest.ts'
import { describeDialects } from '../articles/dialects-in-use.ts'
import { countFiles, describeCounts, undatedNotice } from '../articles/file-counts.ts'
import type { Config } from '../config.ts'
import { readSendingHold } from '../outbox/sending-hold.ts'
import { withoutCredentials } from '../platform/database/database-url.ts'
import { replaceFile } from '../platform/database/replace-file.ts'
import { isLoopback } from '../platform/url-rules.ts'
import { publicationFileName } from '../publication/read.ts'
import { feedFormats, feedPath, paths, publicUrl } from '../publication/urls.ts'

interface BannerContext {
  readonly config: Config
  readonly app: App
  readonly port: number
  readonly isWritten: boolean
  /** Else the text goes to a log, which others may read. */
  readonly isTerminal: boolean
}

/** The text printed after the start: addresses, the log-in link, and where mail goes. */
export async function welcomeText(context: BannerContext): Promise<string> {
  const { config, app, port, isWritten } = context
  const publication = app.publication.current()
  const here = localUrl(config.host, port)
  const { articles, bySlug, mailOnly, problems, leftOut, dialects } = app.articles.current()
  const undated = undatedNotice(leftOut, publication.articles)
  const link = await loginLink(context)
  const token = tellAdminToken(context)
  const lines = [
    `${publication.title}: ${count(articles.length, 'article')}, ${count(publication.digests.size, 'digest')}. Served by Node ${process.versions.node}.`,
    '',
    `  Pages       ${here}/`,
    `  Feeds       ${feedFormats.map((format) => here + feedPath({ format, scope: { kind: 'all' }, archive: undefined })).join('   ')}`,
    `  Subscribe   ${here}${paths.subscribe}`,
    link === undefined
      ? `  Desk        ${publicUrl(publication, paths.admin)}   (for a log-in link: npx broadsheet login)`
      : `  Desk        ${link}   (works once, for 15 minutes)`,
    app.mailbox
      ? `  Mail        nothing leaves this machine: the built-in mailbox keeps it, at ${here}${paths.adminMailbox} (set SMTP_URL to send)`
      : '  Mail        goes out through the server of SMTP_URL',
    `  Data        ${withoutCredentials(config.databaseAddress)}`,
    `  Files       ${describeCounts(countFiles(bySlug.size + mailOnly.length, leftOut))}`,
  ]
  if (dialects.size > 0) lines.push(`  Dialects    ${describeDialects(dialects)}`)
  const hold = await readSendingHold(app.database)
  if (hold) lines.push('', `  Sending is held: ${hold.reason}. To release it: npx broadsheet sending --release`)
  if (token?.shown) lines.push('', `  Admin token ${token.shown}   (shown only once; send it to the API as a bearer token)`)
  if (token?.fault) lines.push('', `  Admin token ${token.fault}`)
  if (token?.file) lines.push('', `  Admin token in ${token.file}   (send it to the API as a bearer token, and delete the file)`)
  if (!isLoopback(new URL(publication.url).hostname)) lines.push('', `  ${paths.metrics} asks for the admin token as a bearer token`)
  if (publication.url !== here) lines.push('', `  Links in feeds and mail start with ${publication.url}`)
  if (undated !== undefined) lines.push('', `  ${undated}`)
  if (problems.length > 0) lines.push('', `  ${count(problems.length, 'problem')} with articles: npx broadsheet check`)
  if (!isWritten) lines.push('', ...exampleLines(config.contentFolder))
  return `${lines.join('\n')}\n`
}

/** The same facts as one line of JSON. */
export async function welcomeJson(context: BannerContext): Promise<string> {
  const { config, app, port, isWritten } = context
  const token = tellAdminToken(context)
  const { title, url, digests } = app.publication.current()
  const { articles, bySlug, mailOnly, problems, leftOut, dialects } = app.articles.current()
  const here = localUrl(config.host, port)
  const facts = {
    title,
    url,
    address: here,
    login: (await loginLink(context)) ?? null,
    admin_token: token?.shown ?? null,
    admin_token_file: token?.file ?? null,
    mailbox: app.mailbox ? here + paths.adminMailbox : null,
    data: withoutCredentials(config.databaseAddress),
    is_publication_written: isWritten,
    articles: articles.length,
    files: countFiles(bySlug.size + mailOnly.length, leftOut),
    digests: [...digests.keys()],
    problems: problems.length,
    dialects: Object.fromEntries(dialects),
    held: (await readSendingHold(app.database))?.reason ?? null,
  }
  return `${JSON.stringify(facts)}\n`
}

/** A log-in link for whoever reads the start message; undefined where that is a log and an operator has signed in before. */
async function loginLink({ app, isTerminal }: BannerContext): Promise<string | undefined> {
  if (!isTerminal && (await app.access.hasSignedIn())) return undefined
  return publicUrl(app.publication.current(), paths.adminLoginLink(await app.access.makeLogin({ origin: 'start' })))
}

interface ToldToken {
  readonly shown?: string
  readonly file?: string
  readonly fault?: string
}

/** Shows the admin token that this start made, on a terminal. Elsewhere it is written to a file for the owner alone. */
function tellAdminToken({ app, config, isTerminal }: BannerContext): ToldToken | undefined {
  if (app.freshAdminToken === undefined) return undefined
  if (isTerminal) return { shown: app.freshAdminToken }
  const file = join(config.dataFolder, 'admin-token')
  try {
    if (!existsSync(config.dataFolder)) mkdirSync(config.dataFolder, { mode: 0o700 })
    replaceFile(file, `${app.freshAdminToken}\n`)
    return { file }
  } catch (error) {
    return { fault: `cannot be written to ${file} (${(error as NodeJS.ErrnoException).code}): set ADMIN_TOKEN` }
  }
}

/** The URL at which a browser on this machine reaches a server that listens on `host`. */
export function localUrl(host: string, port: number): string {
  const isHere = ['0.0.0.0', '127.0.0.1', '::'].includes(host)
  return `http://${isHere ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`
}

function exampleLines(contentFolder: string): string[] {
  return [
    `  There is no ${publicationFileName} in ${contentFolder}, so there are no digests. To start, create it with these lines:`,
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
