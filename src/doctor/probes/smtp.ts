import { connect } from 'node:net'
import { TLSSocket } from 'node:tls'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { SmtpServer } from '../../outbox/smtp/smtp-url.ts'
import type { Dns } from '../dns/dns.ts'
import { printable } from '../printable.ts'
import { type Certificate, certificateOf } from './certificate.ts'
import { lookupFor } from './resolve-host.ts'

export type SmtpAnswer =
  | { readonly status: 'unreachable'; readonly reason: string }
  | {
      readonly status: 'reached'
      /** Such as `TLSv1.3`. Undefined: the connection is not encrypted. */
      readonly protocol: string | undefined
      readonly certificate: Certificate | undefined
      /** The clock of the server, where its greeting says it. */
      readonly date: Date | undefined
      /** `skipped`: there is no password, or it would have been sent where the sender does not send it. */
      readonly logIn: 'ok' | 'skipped' | { readonly refused: string }
    }

/** For each step of the dialogue. */
const stepMs = 8_000

/**
 * Connects as the sender does, and looks at the certificate instead of refusing it. The password is only sent where the sender would
 * send it too.
 */
export async function askSmtp(server: SmtpServer, dns: Dns, signal: AbortSignal): Promise<SmtpAnswer> {
  const lookup = await lookupFor(dns, server.host)
  if (!lookup) return { status: 'unreachable', reason: `${server.host} has no address` }
  const socket = connect({ host: server.host, port: server.port, lookup, signal, timeout: stepMs })
  let greeting = ''
  const connection = new SMTPConnection({
    connection: socket,
    host: server.host,
    port: server.port,
    secure: server.secure,
    ...(server.name === undefined ? {} : { name: server.name }),
    ignoreTLS: server.tls === 'off',
    tls: { rejectUnauthorized: false },
    connectionTimeout: stepMs,
    greetingTimeout: stepMs,
    socketTimeout: stepMs,
    socketCloseTimeout: 0,
    debug: true,
    // The greeting is the first thing that the server says; nodemailer shows it nowhere else.
    logger: loggerFor((text) => (greeting ||= text)),
  })
  try {
    await connected(socket)
    await step((done) => connection.connect(done), connection)
    const own = (connection as unknown as { readonly _socket: unknown })._socket
    const secured = own instanceof TLSSocket ? own : undefined
    const certificate = secured && certificateOf(secured, server.host)
    return {
      status: 'reached',
      protocol: secured?.getProtocol() ?? undefined,
      certificate,
      date: dateIn(greeting),
      logIn: await logIn(connection, server, secured !== undefined, certificate),
    }
  } catch (error) {
    return { status: 'unreachable', reason: reasonOf(error as NodeJS.ErrnoException) }
  } finally {
    connection.close()
    socket.destroy()
  }
}

async function logIn(
  connection: SMTPConnection,
  { auth, tls }: SmtpServer,
  isSecured: boolean,
  certificate: Certificate | undefined,
): Promise<'ok' | 'skipped' | { readonly refused: string }> {
  if (!auth) return 'skipped'
  // Like the sender: without TLS only where `tls` allows it, with a doubtful certificate only where `unverified` says so.
  const isAllowed = isSecured ? certificate?.fault === undefined || tls === 'unverified' : tls === 'off' || tls === 'offered'
  if (!isAllowed) return 'skipped'
  return step((done) => connection.login({ credentials: { user: auth.user, pass: auth.pass } }, done), connection).then(
    () => 'ok' as const,
    (error: NodeJS.ErrnoException) => ({ refused: reasonOf(error) }),
  )
}

function connected(socket: ReturnType<typeof connect>): Promise<void> {
  return new Promise((fulfil, reject) => {
    socket.once('connect', fulfil)
    socket.once('error', reject)
    socket.once('timeout', () => reject(new Error(`no answer within ${stepMs / 1_000} seconds`)))
  })
}

function step(run: (done: (error?: Error | null) => void) => void, connection: SMTPConnection): Promise<void> {
  return new Promise((fulfil, reject) => {
    connection.once('error', reject)
    connection.once('end', () => reject(new Error('the connection was closed')))
    run((error) => (error ? reject(error) : fulfil()))
  })
}

/** Some servers say the time in their greeting, such as Exim: `Mon, 30 Nov 2026 10:00:00 +0000`. */
function dateIn(greeting: string): Date | undefined {
  const [text] = /[A-Z][a-z]{2}, {1,2}\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} (?:[+-]\d{4}|GMT|UTC)/.exec(greeting) ?? []
  const date = new Date(text ?? '')
  return Number.isNaN(date.getTime()) ? undefined : date
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ECONNREFUSED') return 'nothing listens there (ECONNREFUSED)'
  return printable(message)
}

/** Keeps what the server says, and nothing of what we say. */
function loggerFor(onServer: (text: string) => void) {
  const ignore = () => {}
  const debug = (entry: { readonly tnx?: string }, text: unknown) => {
    if (entry?.tnx === 'server') onServer(String(text))
  }
  return { level: ignore, trace: ignore, debug, info: ignore, warn: ignore, error: ignore, fatal: ignore }
}
