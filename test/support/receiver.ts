import { connect, createServer } from 'node:net'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'

export interface Received {
  readonly to: string
  readonly from: string
  readonly source: string
  readonly mail: ParsedMail
}

export interface Receiver extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** All accepted messages, in order. */
  readonly received: readonly Received[]
  /** Number of MAIL FROM commands. */
  readonly senders: number
  /** Maximum number of simultaneous connections. */
  readonly mostOpen: number
  /** The first accepted message that matches. Waits for it if necessary. */
  next(fits: (received: Received) => boolean): Promise<Received>
  stop(): Promise<void>
}

export interface ReceiverBehaviour {
  readonly port?: number
  /** If true, the server does not offer SMTPUTF8. */
  readonly isAsciiOnly?: boolean
  /** Returns the reply that refuses a recipient, such as `550 5.1.1 no such user`. */
  readonly onRecipient?: (address: string) => string | undefined
  /** Returns the reply that refuses MAIL FROM. */
  readonly onSender?: () => string | undefined
  /** After so many messages per connection, refuses further ones with 421, at MAIL or at RCPT. */
  readonly perConnection?: number
  readonly fullAt?: 'MAIL' | 'RCPT'
  /** Refuses further connections with 421 while so many are open. */
  readonly mostOpen?: () => number
  /** Called after the whole message. May throw or return a refusal. If it never resolves, the server never answers. */
  readonly onMessage?: (to: string) => Promise<string | undefined> | string | undefined
}

/** A real SMTP server on loopback that records accepted messages. */
export async function startReceiver(behaviour: ReceiverBehaviour = {}): Promise<Receiver> {
  const received: Received[] = []
  let senders = 0
  let open = 0
  let mostOpen = 0
  const limitReply = (session: SMTPServerSession) =>
    session.transaction > (behaviour.perConnection ?? Number.POSITIVE_INFINITY) && '421 4.7.0 too many messages in this connection'
  let waiting: { fits: (received: Received) => boolean; resolve: (received: Received) => void }[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    hideSMTPUTF8: behaviour.isAsciiOnly ?? false,
    closeTimeout: 100,
    onMailFrom(_address, session, done) {
      senders++
      done(refusal((behaviour.fullAt !== 'RCPT' && limitReply(session)) || behaviour.onSender?.()))
    },
    onRcptTo(address, session, done) {
      done(refusal((behaviour.fullAt === 'RCPT' && limitReply(session)) || behaviour.onRecipient?.(address.address)))
    },
    onConnect(_session, done) {
      if (++open > (behaviour.mostOpen?.() ?? Number.POSITIVE_INFINITY)) return done(refusal('421 4.3.2 too many connections'))
      mostOpen = Math.max(mostOpen, open)
      done()
    },
    onClose() {
      open--
    },
    onData(stream, session, done) {
      accept(stream, session).then((refused) => done(refusal(refused)), done)
    },
  })
  async function accept(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string | undefined> {
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    const to = session.envelope.rcptTo[0]?.address ?? ''
    const refused = await behaviour.onMessage?.(to)
    if (refused) return refused
    const source = Buffer.concat(chunks)
    const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : ''
    const one = { to, from, source: source.toString('latin1'), mail: await simpleParser(source, { skipImageLinks: true }) }
    received.push(one)
    const met = waiting.filter(({ fits }) => fits(one))
    waiting = waiting.filter((entry) => !met.includes(entry))
    for (const { resolve } of met) resolve(one)
    return undefined
  }
  server.on('error', () => {})
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject)
    const listener = server.listen(behaviour.port ?? 0, '127.0.0.1', () => resolve((listener.address() as { port: number }).port))
  })
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()))
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    received,
    get senders() {
      return senders
    },
    get mostOpen() {
      return mostOpen
    },
    next(fits) {
      const found = received.find(fits)
      return found ? Promise.resolve(found) : new Promise((resolve) => waiting.push({ fits, resolve }))
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function refusal(reply: string | false | undefined): Error | null {
  if (!reply) return null
  return Object.assign(new Error(reply.slice(4)), { responseCode: Number(reply.slice(0, 3)) })
}

/** A proxy to the server at `port` that drops the connection just before or after a reply, as `cuts` decides. */
export async function startProxy(
  port: number,
  cuts: (reply: string) => 'before' | 'after' | false,
): Promise<AsyncDisposable & { readonly url: string }> {
  const proxy = createServer((client) => {
    const server = connect(port, '127.0.0.1')
    client.pipe(server)
    server.on('data', (reply: Buffer) => {
      const cut = cuts(reply.toString('latin1'))
      if (cut !== 'before') client.write(reply)
      if (cut === 'after') client.end()
      else if (cut === 'before') client.destroy()
      if (cut) server.destroy()
    })
    server.on('close', () => client.end())
    client.on('close', () => server.destroy())
    for (const socket of [client, server]) socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port: own } = proxy.address() as { port: number }
  return {
    url: `smtp://127.0.0.1:${own}`,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => proxy.close(resolve))
    },
  }
}
