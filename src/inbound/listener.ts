import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server'
import { readReturnPath, readUnsubscribeAddress } from '../outbox/message/return-path.ts'
import { logError, logWarning } from '../platform/log.ts'
import type { InboundContext } from './context.ts'
import { type Arrival, receiveMail } from './receive.ts'

export interface Listener {
  readonly port: number
  /** Accepts no new connections; resolves when the running ones are answered. */
  stop(): Promise<void>
}

/** A report may contain our whole message and the diagnostics of the server. */
const maxBytes = 5 * 1024 * 1024
const maxClients = 50
/** A report is about one delivery, so it needs only one recipient. */
const maxRecipients = 10

/**
 * Receives bounces, complaints and unsubscribe mail for `bounceAddress` and the marked addresses made from it. Answers 250 only
 * after the effect of a message is committed.
 */
export async function startListener(context: InboundContext, bounceAddress: string, host: string, port: number): Promise<Listener> {
  const { SMTPServer } = await import('smtp-server')
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    size: maxBytes,
    maxClients,
    disableReverseLookup: true,
    socketTimeout: 60_000,
    closeTimeout: 5_000,
    banner: 'Broadsheet',
    onRcptTo({ address }, session, done) {
      if (session.envelope.rcptTo.length >= maxRecipients) return done(refusal(452, '4.5.3 too many recipients'))
      done(isOurs(context, bounceAddress, address) ? null : refusal(550, '5.1.1 no such mailbox here'))
    },
    onData(stream, session, done) {
      collect(stream)
        .then((source) => {
          if (source === undefined) return done(refusal(552, '5.3.4 the message is too large'))
          return receiveMail(context, arrivalOf(source, session)).then(() => done())
        })
        .catch((error: Error) => {
          logError(context.log, error, 'an incoming message could not be processed; its sender will retry')
          done(refusal(451, '4.3.0 try again later'))
        })
    },
  })
  server.on('error', (error) => logWarning(context.log, error, 'a connection to the listener for bounces failed'))
  const bound = await new Promise<number>((resolve, reject) => {
    server.once('error', reject)
    const listening = server.listen(port, host, () => {
      const address = listening.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
  context.log.info({ port: bound }, 'listening for bounces')
  return { port: bound, stop: () => new Promise((resolve) => server.close(() => resolve())) }
}

function isOurs({ tokens }: InboundContext, bounceAddress: string, address: string): boolean {
  if (address.toLowerCase() === bounceAddress.toLowerCase()) return true
  return (readReturnPath(tokens, address) ?? readUnsubscribeAddress(tokens, address)) !== undefined
}

function arrivalOf(source: Buffer, { envelope }: SMTPServerSession): Arrival {
  const sender = envelope.mailFrom ? envelope.mailFrom.address : ''
  return { source, recipients: envelope.rcptTo.map(({ address }) => address), hasNullSender: sender === '' }
}

/** Undefined if the message is too large. Reads and discards the rest, so that the client gets the reply. */
async function collect(stream: SMTPServerDataStream): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length <= maxBytes) chunks.push(chunk)
  }
  return length > maxBytes ? undefined : Buffer.concat(chunks)
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode })
}
