import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SMTPServer } from 'smtp-server'
import type { Clock } from '../platform/clock.ts'
import { newId } from '../platform/ids.ts'
import { type Log, logWarning } from '../platform/log.ts'
import type { Random } from '../platform/random.ts'

/** The built-in SMTP receiver. Its mail never leaves the machine. */
export interface Mailbox {
  /** The loopback address. The first call starts the server. */
  address(): Promise<{ readonly host: string; readonly port: number }>
  /** Newest first, at most `limit`. */
  list(limit: number): Promise<MailSummary[]>
  read(id: string): Promise<Mail | undefined>
  close(): Promise<void>
}

export interface MailSummary {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly subject: string
  readonly receivedAt: Date
}

export interface Mail extends MailSummary {
  readonly html: string
  readonly text: string
  readonly source: string
}

/** Messages kept; a message is at most a few hundred kilobytes. */
const maxMessages = 500
const maxBytes = 10 * 1024 * 1024

/** Opens the mailbox in `folder`, with one file per message. Deletes the oldest above `maxMessages`. */
export function openMailbox(folder: string, clock: Clock, random: Random, log: Log): Mailbox {
  return new FolderMailbox({ folder, clock, random, log })
}

interface MailboxContext {
  readonly folder: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

interface Server {
  readonly smtp: SMTPServer
  readonly port: number
}

class FolderMailbox implements Mailbox {
  readonly #context: MailboxContext
  #server: Promise<Server> | undefined

  constructor(context: MailboxContext) {
    this.#context = context
  }

  async address(): Promise<{ readonly host: string; readonly port: number }> {
    this.#server ??= this.#start()
    const { port } = await this.#server
    return { host: '127.0.0.1', port }
  }

  async list(limit: number): Promise<MailSummary[]> {
    const ids = await this.#idsInFolder()
    const mails = await Promise.all(ids.slice(0, limit).map((id) => this.read(id)))
    return mails
      .filter((mail) => mail !== undefined)
      .map(({ id, from, to, subject, receivedAt }) => ({ id, from, to, subject, receivedAt }))
  }

  async read(id: string): Promise<Mail | undefined> {
    if (!isMessageFile.test(`${id}.eml`)) return undefined
    const source = await readFile(join(this.#context.folder, `${id}.eml`)).catch(() => undefined)
    if (!source) return undefined
    const { simpleParser } = await import('mailparser')
    const mail = await simpleParser(source, { skipImageLinks: true, skipTextToHtml: true })
    const to = Array.isArray(mail.to) ? mail.to : [mail.to]
    return {
      id,
      from: mail.from?.text ?? '',
      to: to.map((one) => one?.text ?? '').join(', '),
      subject: mail.subject ?? '',
      receivedAt: receivedAt(id),
      html: mail.html || '',
      text: mail.text ?? '',
      source: source.toString('latin1'),
    }
  }

  async close(): Promise<void> {
    const started = await this.#server?.catch(() => undefined)
    if (started) await new Promise<void>((resolve) => started.smtp.close(() => resolve()))
  }

  async #start(): Promise<Server> {
    const { folder, log } = this.#context
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const { SMTPServer } = await import('smtp-server')
    const smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      size: maxBytes,
      disableReverseLookup: true,
      onData: (stream, _session, done) => {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => {
          if (stream.sizeExceeded) return done(Object.assign(new Error('the message is too large'), { responseCode: 552 }))
          this.#store(Buffer.concat(chunks)).then(
            () => done(),
            (error: Error) =>
              done(Object.assign(new Error(`the message could not be stored: ${error.message}`, { cause: error }), { responseCode: 452 })),
          )
        })
      },
    })
    smtp.on('error', (error) => logWarning(log, error, 'a connection to the built-in mailbox failed'))
    const port = await new Promise<number>((resolve, reject) => {
      smtp.once('error', reject)
      const listener = smtp.listen(0, '127.0.0.1', () => {
        const bound = listener.address()
        resolve(typeof bound === 'object' && bound ? bound.port : 0)
      })
    })
    log.info({ port }, 'the built-in mailbox receives mail; nothing leaves this machine')
    return { smtp, port }
  }

  /** Resolves when the file has its final name; only then is the message acknowledged. */
  async #store(source: Buffer): Promise<void> {
    const { folder, clock, random } = this.#context
    const id = newId(clock, random)
    const draft = join(folder, `${id}.part`)
    await writeFile(draft, source, { mode: 0o600 })
    await rename(draft, join(folder, `${id}.eml`))
    const ids = await this.#idsInFolder()
    for (const old of ids.slice(maxMessages)) await rm(join(folder, `${old}.eml`), { force: true })
  }

  async #idsInFolder(): Promise<string[]> {
    const names = await readdir(this.#context.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    return names
      .filter((name) => isMessageFile.test(name))
      .map((name) => name.slice(0, -'.eml'.length))
      .sort()
      .reverse()
  }
}

const isMessageFile = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\.eml$/

/** The first 48 bits of a UUIDv7 are its milliseconds since 1970. */
function receivedAt(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16))
}
