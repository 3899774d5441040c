import type { Socket } from 'node:net'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { oneLine, openDialogue, replyMs } from './dialogue.ts'
import { isAboutUs, readReply } from './reply.ts'
import { ServerUnavailable } from './server-unavailable.ts'
import type { SmtpServer } from './smtp-url.ts'
import { type Answer, type Envelope, transact } from './transaction.ts'

export interface SmtpConnection {
  /** Hands over one message, in pieces; see `transact`. Replace the connection if `isOpen` is false afterwards. */
  send(envelope: Envelope, message: readonly Buffer[], beforeBody: () => Promise<boolean>): Promise<Answer>
  readonly isOpen: boolean
  /** Whether the server offers SMTPUTF8 (RFC 6531). */
  readonly supportsSmtpUtf8: boolean
  close(): void
}

/** Limit for the connection and for the greeting. */
const connectMs = 30_000
/** Limit for everything before the first message, including the log-in. */
const setUpMs = 60_000

/** Connects and logs in, until `signal` aborts. Throws ServerUnavailable. */
export async function connectSmtp(server: SmtpServer, signal: AbortSignal): Promise<SmtpConnection> {
  const connection = new SMTPConnection({
    host: server.host,
    port: server.port,
    secure: server.secure,
    ...(server.name === undefined ? {} : { name: server.name }),
    requireTLS: server.tls === 'required' || (server.tls === 'unverified' && server.auth !== undefined),
    ignoreTLS: server.tls === 'off',
    tls: { rejectUnauthorized: server.tls !== 'unverified' },
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: replyMs,
    // Do not flush the rest of a message after the connection is closed.
    socketCloseTimeout: 0,
  })
  await setUp(connection, server, signal).catch((error: Error) => {
    connection.close()
    throw unusable(server, error)
  })
  const { _socket: socket, _supportedExtensions: extensions } = connection as unknown as NodemailersOwn
  // Stop nodemailer from reading replies. It still reports lost connections and socket timeouts.
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
    supportsSmtpUtf8: extensions.includes('SMTPUTF8'),
    close() {
      // In the middle of a message, QUIT would become part of it.
      if (dialogue.isOpen && !isBusy) dialogue.say('QUIT')
      lost()
    },
    async send(envelope, message, beforeBody) {
      isBusy = true
      const answer = await transact(dialogue, extensions, envelope, message, beforeBody, isFirst)
      isBusy = isFirst = false
      if (answer.kind !== 'unavailable') return answer
      return { ...answer, reason: `the SMTP server ${server.host}:${server.port} does not accept our mail: ${answer.reason}` }
    },
  }
}

function setUp(connection: SMTPConnection, { auth }: SmtpServer, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const finish = (error?: Error | null) => (error ? reject(error) : resolve())
  const tooLate = setTimeout(reject, setUpMs, new Error(`not ready for mail within ${setUpMs / 1_000} seconds`))
  const stop = () => reject(new Error('sending is stopping'))
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  connection.on('error', reject)
  connection.once('end', () => reject(new Error('the connection was closed')))
  // Only this callback reports a connection that is closed before the greeting.
  connection.connect((error) => {
    if (error || !auth) finish(error)
    else connection.login({ credentials: { user: auth.user, pass: auth.pass } }, finish)
  })
  return promise.finally(() => {
    clearTimeout(tooLate)
    signal.removeEventListener('abort', stop)
  })
}

/** Private fields of nodemailer: the socket and the EHLO keywords. */
interface NodemailersOwn {
  readonly _socket: Socket
  readonly _supportedExtensions: readonly string[]
}

/** Describes the failure, and tells whether the server rejects our log-in or our address. */
function unusable(
  { host, port }: SmtpServer,
  error: Error & { code?: string; originalCode?: string; command?: string },
): ServerUnavailable {
  const text = sentenceOfOpenssl(oneLine(error.message))
  const reply = readReply('response' in error ? String(error.response) : '')
  const isLogin = error.code === 'EAUTH'
  const isTls = error.code === 'ETLS' || /certificate|TLS|SSL/i.test(text)
  const what = isLogin
    ? `${reply.code < 500 ? 'cannot check the log-in now' : 'refuses the user or the password of SMTP_URL'}: ${text}`
    : isTls
      ? `cannot be reached over TLS: ${text}${/certificate/i.test(text) ? unverifiedHint : ''}`
      : `cannot be used: ${text}`
  return new ServerUnavailable(`the SMTP server ${host}:${port} ${what}`, {
    isAboutUs: (isLogin && reply.code >= 500) || isAboutUs(reply),
    cause: error,
  })
}

const unverifiedHint = '. If you trust this server, add ?tls=unverified to SMTP_URL'

/** Extracts the message from `…:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../deps/…`. */
function sentenceOfOpenssl(text: string): string {
  const said = /:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/.exec(text)?.[1]
  if (said === undefined) return text
  return said === 'wrong version number' ? 'the server does not speak TLS on this port; use smtp:// instead of smtps://' : said
}
