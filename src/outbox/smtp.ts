import { Readable } from 'node:stream'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { SmtpServer } from './smtp-server.ts'

/** How one try ended, as the server told it or did not. */
export type Answer =
  | { readonly kind: 'accepted'; readonly reply: string }
  /** A numeric reply about this recipient or this message: definite, whenever it came. */
  | { readonly kind: 'refused'; readonly code: number; readonly reply: string }
  /** The server takes no mail from us at present: refused before a recipient was named, or closing (421). */
  | { readonly kind: 'unavailable'; readonly reason: string }
  /** The body was never asked for, or not given because it is no longer owed. */
  | { readonly kind: 'withdrawn' }
  /** No whole message was given: it cannot have been accepted. */
  | { readonly kind: 'unreached'; readonly reason: string }
  /** The whole message was given and no reply came. */
  | { readonly kind: 'unknown'; readonly reason: string }

export interface SmtpConnection {
  /**
   * Hands over one message. `beforeBody` is asked once the server waits for the body (after 354) and before a byte of
   * it leaves; false withdraws. Never throws; a connection whose `isOpen` is false afterwards is to be replaced.
   */
  send(envelope: { from: string; to: string }, message: Buffer, beforeBody: () => Promise<boolean>): Promise<Answer>
  readonly isOpen: boolean
  close(): void
}

/** For a greeting or a connection; a server that is slower than this is as good as not there for now. */
const connectMs = 30_000
/** RFC 5321 §4.5.3.2.6: the reply to the final dot may take ten minutes. */
const replyMs = 600_000

/** Connects and logs in. Throws an Error with one clear sentence where that fails. */
export async function connectSmtp(server: SmtpServer): Promise<SmtpConnection> {
  const connection = new SMTPConnection({
    host: server.host,
    port: server.port,
    secure: server.secure,
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: replyMs,
  })
  let isOpen = true
  /** Set while a message is under way: nodemailer tells of a lost connection by an event, not always by the callback. */
  let onLost: (error: Error) => void = () => {}
  connection.on('end', () => {
    isOpen = false
    onLost(new Error('the connection was closed'))
  })
  await new Promise<void>((resolve, reject) => {
    connection.on('error', (error: Error) => {
      isOpen = false
      reject(error)
      onLost(error)
    })
    connection.once('end', () => reject(new Error('the connection was closed')))
    connection.connect(() => {
      if (!server.auth) return resolve()
      connection.login({ credentials: { user: server.auth.user, pass: server.auth.pass } }, (error) => (error ? reject(error) : resolve()))
    })
  }).catch((error: Error) => {
    connection.close()
    throw new Error(`the SMTP server ${server.host}:${server.port} cannot be used: ${oneLine(error.message)}`, { cause: error })
  })

  return {
    get isOpen() {
      return isOpen
    },
    close() {
      isOpen = false
      connection.quit()
      connection.close()
    },
    send: (envelope, message, beforeBody) =>
      new Promise<Answer>((resolve) => {
        let given: 'nothing' | 'part' | 'all' = 'nothing'
        let isSettled = false
        function settle(answer: Answer): void {
          if (isSettled) return
          isSettled = true
          onLost = () => {}
          resolve(answer)
        }
        function withdraw(): void {
          isOpen = false
          connection.close()
          settle({ kind: 'withdrawn' })
        }
        const body = new Readable({
          // nodemailer reads this only after the server's 354, so that a refused recipient never becomes an intent.
          read() {
            if (given !== 'nothing') return
            given = 'part'
            beforeBody().then(
              (isGranted) => {
                if (isSettled) return
                if (!isGranted) return withdraw()
                this.push(message)
                given = 'all'
                this.push(null)
              },
              (error: Error) => {
                isOpen = false
                connection.close()
                settle({ kind: 'unreached', reason: oneLine(error.message) })
              },
            )
          },
        })
        onLost = (error) => settle(lost(given, error))
        connection.send({ ...envelope, size: message.length }, body, (error, info) => {
          if (!error) return settle({ kind: 'accepted', reply: oneLine(info?.response ?? '') })
          const code = replyCodeOf(error)
          if (code === undefined) {
            isOpen = false
            return settle(lost(given, error))
          }
          const reply = oneLine(error.message)
          const isAboutUs = code === shuttingDown || (isOfMailFrom(error) && code !== tooLarge)
          const refused: Answer = isAboutUs ? { kind: 'unavailable', reason: reply } : { kind: 'refused', code, reply }
          // The server is still in the middle of a transaction: RSET ends it (RFC 5321 §4.1.1.5).
          onLost = () => settle(refused)
          connection.reset((resetError) => {
            if (resetError) isOpen = false
            settle(refused)
          })
        })
      }),
  }
}

function lost(given: 'nothing' | 'part' | 'all', error: Error): Answer {
  return { kind: given === 'all' ? 'unknown' : 'unreached', reason: oneLine(error.message) }
}

/** RFC 5321 §4.2.2. */
const shuttingDown = 421
/** The SIZE that MAIL FROM announced (RFC 1870 §6.2): about the message after all. */
const tooLarge = 552

function isOfMailFrom(error: Error): boolean {
  return 'command' in error && error.command === 'MAIL FROM'
}

function replyCodeOf(error: Error): number | undefined {
  const code = 'responseCode' in error ? Number(error.responseCode) : Number.NaN
  return code >= 400 && code <= 599 ? code : undefined
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 300)
}
