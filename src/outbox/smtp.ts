import type { Socket } from 'node:net'
import { Readable, Transform } from 'node:stream'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { isAboutUs, readReply } from './retry.ts'
import { ServerUnavailable } from './server-unavailable.ts'
import type { SmtpServer } from './smtp-server.ts'

/** How one try ended, as the server told it or did not. */
export type Answer =
  /** `isOut`: nothing of the message is still to be written, so that its memory can be used again. */
  | { readonly kind: 'accepted'; readonly reply: string; readonly isOut: boolean }
  /** A numeric reply about this recipient or this message: definite, whenever it came. */
  | { readonly kind: 'refused'; readonly reply: string }
  /** Refused before a recipient was named: the server takes no mail from us at present, or not as we are. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly isAboutUs: boolean }
  /** The body was never asked for, or not given because it is no longer owed. */
  | { readonly kind: 'withdrawn' }
  /** No whole message left: it cannot have been accepted. */
  | { readonly kind: 'unreached'; readonly reason: string }
  /** The whole message left and no reply came. */
  | { readonly kind: 'unknown'; readonly reason: string }

export interface SmtpConnection {
  /**
   * Hands over one message, which ends in CRLF and has no line that begins with a dot. `beforeBody` is asked once the server waits for the body (after 354) and before a byte of
   * it leaves; false withdraws. Never throws; a connection whose `isOpen` is false afterwards is to be replaced.
   */
  send(envelope: { from: string; to: string }, message: Buffer, beforeBody: () => Promise<boolean>): Promise<Answer>
  readonly isOpen: boolean
  /** Whether the server offers SMTPUTF8 (RFC 6531). */
  readonly takesSmtpUtf8: boolean
  close(): void
}

/** For a greeting or a connection; a server that is slower than this is as good as not there for now. */
const connectMs = 30_000
/** RFC 5321 §4.5.3.2.6: the reply to the final dot may take ten minutes. */
const replyMs = 600_000

/** Connects and logs in. Throws ServerUnavailable with one clear sentence where that fails. */
export async function connectSmtp(server: SmtpServer): Promise<SmtpConnection> {
  const connection = new SMTPConnection({
    host: server.host,
    port: server.port,
    secure: server.secure,
    // A password is not for everybody on the way: where there is one, TLS is not left to what the server offers.
    requireTLS: server.auth !== undefined && !isLoopback(server.host),
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: replyMs,
    // A connection that is closed in the middle of a message must not send the rest of it after all.
    socketCloseTimeout: 0,
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
    throw unusable(server, error)
  })

  return {
    get isOpen() {
      return isOpen
    },
    // What EHLO offered: nodemailer keeps it and does not tell.
    takesSmtpUtf8: (connection as unknown as { _supportedExtensions: string[] })._supportedExtensions.includes('SMTPUTF8'),
    close() {
      isOpen = false
      connection.quit()
      connection.close()
    },
    send: (envelope, message, beforeBody) =>
      new Promise<Answer>((resolve) => {
        let isGiven = false
        /** The last byte is with the operating system: from now on the server may have it. */
        let isOut = false
        let isSettled = false
        function settle(answer: Answer): void {
          if (isSettled) return
          isSettled = true
          onLost = () => {}
          resolve(answer)
        }
        function breakOff(answer: Answer): void {
          // Before the connection is closed, which would be heard as a loss.
          settle(answer)
          isOpen = false
          connection.close()
        }
        const body = new LazyBody(socketOf(connection), (give) => {
          beforeBody().then(
            (isGranted) => {
              if (isSettled) return
              if (!isGranted) return breakOff({ kind: 'withdrawn' })
              isGiven = true
              give(message, (error) => {
                isOut = !error
              })
            },
            (error: Error) => breakOff({ kind: 'unreached', reason: oneLine(error.message) }),
          )
        })
        onLost = (error) => settle(lost(isOut, error))
        connection.send({ ...envelope, size: message.length }, body, (error, info) => {
          if (!error && isGiven) return settle({ kind: 'accepted', reply: oneLine(info?.response ?? ''), isOut })
          if (!error) return breakOff({ kind: 'unreached', reason: 'the server accepted a message that it had not been given' })
          const code = replyCodeOf(error)
          if (code === undefined) {
            isOpen = false
            return settle(lost(isOut, error))
          }
          const reply = oneLine(error.message)
          const refused: Answer =
            isOfMailFrom(error) && code !== tooLarge
              ? { kind: 'unavailable', reason: reply, isAboutUs: code >= 500 }
              : { kind: 'refused', reply: oneLine(error.response ?? error.message) }
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

/** One sentence about the server, and whether it is the log-in or we ourselves who are refused. */
function unusable(
  { host, port }: SmtpServer,
  error: Error & { code?: string; originalCode?: string; command?: string },
): ServerUnavailable {
  const text = oneLine(error.message)
  const reply = readReply('response' in error ? String(error.response) : '')
  const isLogin = error.code === 'EAUTH'
  const isTls = error.code === 'ETLS' || /certificate|TLS|SSL/i.test(text)
  const what = isLogin
    ? `refuses the user or the password of SMTP_URL: ${text}`
    : isTls
      ? `cannot be spoken to over TLS: ${text}`
      : `cannot be used: ${text}`
  return new ServerUnavailable(`the SMTP server ${host}:${port} ${what}`, {
    isAboutUs: (isLogin && reply.code >= 500) || isAboutUs(reply),
    cause: error,
  })
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}

function lost(isOut: boolean, error: Error): Answer {
  return { kind: isOut ? 'unknown' : 'unreached', reason: oneLine(error.message) }
}

/** `onWritten` is called when all of the message, its final dot included, is with the operating system, or cannot be. */
type Give = (message: Buffer, onWritten: (error?: Error | null) => void) => void

/** nodemailer keeps it and does not tell. */
function socketOf(connection: SMTPConnection): Socket {
  return (connection as unknown as { _socket: Socket })._socket
}

const endOfMessage = '.\r\n'

/**
 * A message that is asked for only when the server waits for it: nodemailer pipes a stream after the 354, so that a refused
 * recipient never becomes an intent. It goes to the socket in one piece: nodemailer's stream would look at each byte for dots at the
 * start of a line, which a message has none of.
 */
class LazyBody extends Readable {
  readonly #socket: Socket
  readonly #ask: (give: Give) => void

  constructor(socket: Socket, ask: (give: Give) => void) {
    super({ read() {} })
    this.#socket = socket
    this.#ask = ask
  }

  override pipe<Into extends NodeJS.WritableStream>(into: Into): Into {
    const socket = this.#socket
    if (into instanceof Transform) into.unpipe(socket)
    this.#ask((message, onWritten) => {
      socket.cork()
      socket.write(message)
      socket.write(endOfMessage, onWritten)
      socket.uncork()
    })
    return into
  }
}

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
