import type { Socket } from 'node:net'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { oneLine, openDialogue, replyMs } from './dialogue.ts'
import { isAboutUs, readReply } from './reply.ts'
import { ServerUnavailable } from './server-unavailable.ts'
import type { SmtpServer } from './smtp-url.ts'
import { type Answer, type Envelope, transact } from './transaction.ts'

export interface SmtpConnection {
  /** Hands over one message, as `transact` says. A connection whose `isOpen` is false afterwards is to be replaced. */
  send(envelope: Envelope, message: Buffer, beforeBody: () => Promise<boolean>): Promise<Answer>
  readonly isOpen: boolean
  /** Whether the server offers SMTPUTF8 (RFC 6531). */
  readonly takesSmtpUtf8: boolean
  close(): void
}

/** For a greeting or a connection; a server that is slower than this is as good as not there for now. */
const connectMs = 30_000
/** For all that comes before the first message, log-in included. */
const setUpMs = 60_000

/** Connects and logs in, until `signal` aborts. Throws ServerUnavailable with one clear sentence where that fails. */
export async function connectSmtp(server: SmtpServer, signal: AbortSignal): Promise<SmtpConnection> {
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
  await setUp(connection, server, signal).catch((error: Error) => {
    connection.close()
    throw unusable(server, error)
  })
  const { _socket: socket, _supportedExtensions: extensions } = connection as unknown as NodemailersOwn
  // Until now nodemailer listened. It still tells of a connection that is lost, or silent for too long.
  socket.removeAllListeners('data')
  const dialogue = openDialogue(socket, () => connection.close())
  const lost = () => dialogue.end(new Error('the connection was closed'))
  connection.on('error', dialogue.end)
  connection.on('end', lost)
  if (socket.destroyed) throw unusable(server, new Error('the connection was closed'))
  let isBusy = false
  let isFirst = true
  return {
    get isOpen() {
      return dialogue.isOpen
    },
    takesSmtpUtf8: extensions.includes('SMTPUTF8'),
    close() {
      // In the middle of a message it would be a part of that.
      if (dialogue.isOpen && !isBusy) dialogue.say('QUIT')
      lost()
    },
    async send(envelope, message, beforeBody) {
      isBusy = true
      const answer = await transact(dialogue, extensions, envelope, message, beforeBody, isFirst)
      isBusy = isFirst = false
      if (answer.kind !== 'unavailable') return answer
      return { ...answer, reason: `the SMTP server ${server.host}:${server.port} does not take our mail: ${answer.reason}` }
    },
  }
}

function setUp(connection: SMTPConnection, { auth }: SmtpServer, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const finish = (error?: Error | null) => (error ? reject(error) : resolve())
  const tooLate = setTimeout(reject, setUpMs, new Error(`not ready for mail within ${setUpMs / 1_000} seconds`))
  const stop = () => reject(new Error('sending ends'))
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  connection.on('error', reject)
  connection.once('end', () => reject(new Error('the connection was closed')))
  // A connection that is closed before its greeting is told here alone.
  connection.connect((error) => {
    if (error || !auth) finish(error)
    else connection.login({ credentials: { user: auth.user, pass: auth.pass } }, finish)
  })
  return promise.finally(() => {
    clearTimeout(tooLate)
    signal.removeEventListener('abort', stop)
  })
}

/** nodemailer keeps the socket and what EHLO offered, and does not tell. */
interface NodemailersOwn {
  readonly _socket: Socket
  readonly _supportedExtensions: readonly string[]
}

/** One sentence about the server, and whether it is the log-in or we ourselves who are refused. */
function unusable(
  { host, port }: SmtpServer,
  error: Error & { code?: string; originalCode?: string; command?: string },
): ServerUnavailable {
  const text = sentenceOfOpenssl(oneLine(error.message))
  const reply = readReply('response' in error ? String(error.response) : '')
  const isLogin = error.code === 'EAUTH'
  const isTls = error.code === 'ETLS' || /certificate|TLS|SSL/i.test(text)
  const what = isLogin
    ? `${reply.code < 500 ? 'does not check the log-in now' : 'refuses the user or the password of SMTP_URL'}: ${text}`
    : isTls
      ? `cannot be spoken to over TLS: ${text}`
      : `cannot be used: ${text}`
  return new ServerUnavailable(`the SMTP server ${host}:${port} ${what}`, {
    isAboutUs: (isLogin && reply.code >= 500) || isAboutUs(reply),
    cause: error,
  })
}

/** `…:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../deps/…` → what it says, and what that most often is. */
function sentenceOfOpenssl(text: string): string {
  const said = /:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/.exec(text)?.[1]
  if (said === undefined) return text
  return said === 'wrong version number' ? 'what it says is no TLS; smtps:// is for ports that begin with it, smtp:// for all others' : said
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
