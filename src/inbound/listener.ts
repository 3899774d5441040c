import type { Socket } from 'node:net'
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server'
import { readReturnPath, readUnsubscribeAddress } from '../outbox/message/return-path.ts'
import { logError, logWarning } from '../platform/log.ts'
import { networkOf } from '../platform/network.ts'
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
/** Connections of one peer. A relay that finds them taken waits and tries again. */
const maxPerPeer = 10
/** From the first byte of a message to its last, and of a connection in all: one client must not hold a place for long. */
const messageMs = 60_000
const connectionMs = 10 * 60_000
/** Bytes of messages in memory, over all connections. */
const maxHeldBytes = 32 * 1024 * 1024
/** A report is about one delivery, so it needs only one recipient. */
const maxRecipients = 10

/**
 * Receives bounces, complaints and unsubscribe mail for `bounceAddress` and the marked addresses made from it. Answers 250 only
 * after the effect of a message is committed.
 */
export async function startListener(context: InboundContext, bounceAddress: string, host: string, port: number): Promise<Listener> {
  const { SMTPServer } = await import('smtp-server')
  const peers = new Peers()
  const held = { bytes: 0 }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    size: maxBytes,
    maxClients,
    disableReverseLookup: true,
    socketTimeout: 60_000,
    closeTimeout: 5_000,
    banner: 'Broadsheet',
    onConnect(session, done) {
      done(peers.enter(session) ? null : refusal(421, '4.7.0 too many connections from your network'))
    },
    onClose: (session) => peers.leave(session),
    onRcptTo({ address }, session, done) {
      if (session.envelope.rcptTo.length >= maxRecipients) return done(refusal(452, '4.5.3 too many recipients'))
      done(isOurs(context, bounceAddress, address) ? null : refusal(550, '5.1.1 no such mailbox here'))
    },
    onData(stream, session, done) {
      const tooSlow = setTimeout(() => peers.cut(session), messageMs)
      const collected = { bytes: 0 }
      collect(stream, held, collected)
        .finally(() => clearTimeout(tooSlow))
        .then((source) => {
          if (source === 'too-large') return done(refusal(552, '5.3.4 the message is too large'))
          if (source === 'busy') return done(refusal(452, '4.3.1 too many messages at once'))
          return receiveMail(context, arrivalOf(source, session)).then(() => done())
        })
        .catch((error: Error) => {
          logError(context.log, error, 'an incoming message could not be processed; its sender will retry')
          done(refusal(451, '4.3.0 try again later'))
        })
        .finally(() => {
          held.bytes -= collected.bytes
        })
    },
  })
  server.server.on('connection', (socket: Socket) => {
    peers.keep(socket)
    const tooLong = setTimeout(() => socket.destroy(), connectionMs)
    socket.once('close', () => clearTimeout(tooLong))
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

function arrivalOf(source: readonly Buffer[], { envelope }: SMTPServerSession): Arrival {
  const sender = envelope.mailFrom ? envelope.mailFrom.address : ''
  return { source, recipients: envelope.rcptTo.map(({ address }) => address), hasNullSender: sender === '' }
}

/** Counts bytes in `held` and `collected`. Reads and discards what does not fit, so that the client gets the reply. */
async function collect(
  stream: SMTPServerDataStream,
  held: { bytes: number },
  collected: { bytes: number },
): Promise<readonly Buffer[] | 'too-large' | 'busy'> {
  let chunks: Buffer[] = []
  let refused: 'too-large' | 'busy' | undefined
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (refused) continue
    if (collected.bytes + chunk.length > maxBytes) refused = 'too-large'
    else if (held.bytes + chunk.length > maxHeldBytes) refused = 'busy'
    if (refused) {
      chunks = []
      held.bytes -= collected.bytes
      collected.bytes = 0
      continue
    }
    chunks.push(chunk)
    held.bytes += chunk.length
    collected.bytes += chunk.length
  }
  return refused ?? chunks
}

/** The open connections, by the network of their peer. */
class Peers {
  readonly #counts = new Map<string, number>()
  readonly #sockets = new Map<string, Socket>()
  readonly #entered = new WeakSet<object>()

  keep(socket: Socket): void {
    const key = `${socket.remoteAddress} ${socket.remotePort}`
    this.#sockets.set(key, socket)
    socket.once('close', () => this.#sockets.delete(key))
  }

  /** False if the peer has enough connections. */
  enter(session: SMTPServerSession): boolean {
    const peer = peerOf(session)
    const count = this.#counts.get(peer) ?? 0
    if (count >= maxPerPeer) return false
    this.#entered.add(session)
    this.#counts.set(peer, count + 1)
    return true
  }

  leave(session: SMTPServerSession): void {
    if (!this.#entered.delete(session)) return
    const peer = peerOf(session)
    const count = (this.#counts.get(peer) ?? 1) - 1
    if (count > 0) this.#counts.set(peer, count)
    else this.#counts.delete(peer)
  }

  /** Closes the connection. */
  cut({ remoteAddress, remotePort }: SMTPServerSession & { readonly remotePort?: number }): void {
    for (const socket of this.#sockets.values()) {
      if (socket.remotePort === remotePort && withoutPrefix(socket.remoteAddress) === withoutPrefix(remoteAddress)) socket.destroy()
    }
  }
}

function peerOf({ remoteAddress }: SMTPServerSession): string {
  return networkOf(remoteAddress) ?? remoteAddress
}

/** IPv4 as it is in IPv6 (RFC 4291 §2.5.5.2) is the same address. */
function withoutPrefix(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:/i, '')
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode })
}
