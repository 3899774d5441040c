import { createSocket } from 'node:dgram'
import { createServer, type Socket } from 'node:net'
import { type Answer, decode, encode } from 'dns-packet'

/** The records of one name. A TXT record may have several strings. */
export interface Records {
  readonly A?: readonly string[]
  readonly AAAA?: readonly string[]
  readonly TXT?: readonly (string | readonly string[])[]
  readonly MX?: readonly (readonly [preference: number, exchange: string])[]
  readonly PTR?: readonly string[]
  readonly CNAME?: string
}

/** Records by name, in lower case. `servfail`: the name server fails. `silence`: it does not answer. Other names do not exist. */
export type Zone = Readonly<Record<string, Records | 'servfail' | 'silence'>>

export interface NameServer extends AsyncDisposable {
  /** For DNS_SERVERS. */
  readonly address: string
  /** Questions so far, such as `TXT example.org`, those by TCP with `(TCP)` after them. */
  readonly asked: readonly string[]
}

/** Longest answer by UDP (RFC 1035 §4.2.1). A longer one is cut, and the question comes again by TCP. */
const maxUdp = 512

/** A real name server on loopback, by UDP and TCP, that answers as a resolver does. */
export async function startNameServer(zone: Zone): Promise<NameServer> {
  const asked: string[] = []
  const udp = createSocket('udp4')
  udp.on('message', (message, { port, address }) => {
    const reply = answer(message, zone, (question) => asked.push(question))
    if (reply) udp.send(reply.length > maxUdp ? cut(message) : reply, port, address)
  })
  const sockets = new Set<Socket>()
  const tcp = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    let buffered = Buffer.alloc(0)
    socket.on('data', (part) => {
      buffered = Buffer.concat([buffered, part])
      while (buffered.length >= 2 && buffered.length >= buffered.readUInt16BE(0) + 2) {
        const length = buffered.readUInt16BE(0) + 2
        const message = buffered.subarray(2, length)
        const reply = answer(message, zone, (question) => asked.push(`${question} (TCP)`))
        if (reply) socket.write(Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 255]), reply]))
        buffered = buffered.subarray(length)
      }
    })
  })
  const port = await bindBoth(udp, tcp)
  return {
    address: `127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => udp.close(resolve))
      await new Promise((resolve) => tcp.close(resolve))
    },
  }
}

/** One free port for both. */
async function bindBoth(udp: ReturnType<typeof createSocket>, tcp: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve, reject) => tcp.once('error', reject).listen(0, '127.0.0.1', resolve))
  const { port } = tcp.address() as { port: number }
  await new Promise<void>((resolve, reject) => udp.once('error', reject).bind(port, '127.0.0.1', resolve))
  return port
}

function answer(message: Buffer, zone: Zone, note: (question: string) => void): Buffer | undefined {
  const { id, questions } = decode(message)
  const [question] = questions ?? []
  if (!question) return undefined
  const name = question.name.toLowerCase()
  note(`${question.type} ${name}`)
  const found = zone[name]
  if (found === 'silence') return undefined
  const code = found === 'servfail' ? 2 : found === undefined ? 3 : 0
  const answers = found === undefined || found === 'servfail' ? [] : answersFor(zone, name, question.type)
  // Recursion available (RFC 1035 §4.1.1), with the code in the last four bits.
  return encode({ type: 'response', id: id ?? 0, flags: 0x0180 | code, questions: [question], answers })
}

function answersFor(zone: Zone, name: string, type: string): Answer[] {
  const found = zone[name]
  if (found === undefined || typeof found === 'string') return []
  if (found.CNAME !== undefined) {
    const alias: Answer = { type: 'CNAME', name, data: found.CNAME }
    return type === 'CNAME' ? [alias] : [alias, ...answersFor(zone, found.CNAME, type)]
  }
  if (type === 'TXT') return (found.TXT ?? []).map((data) => ({ type, name, data: typeof data === 'string' ? stringsOf(data) : [...data] }))
  if (type === 'MX') return (found.MX ?? []).map(([preference, exchange]) => ({ type, name, data: { preference, exchange } }))
  if (type === 'A' || type === 'AAAA' || type === 'PTR') return (found[type] ?? []).map((data) => ({ type, name, data }))
  return []
}

/** A text in strings of at most 255 characters (RFC 1035 §3.3). */
function stringsOf(text: string): string[] {
  return text.match(/[\s\S]{1,255}/g) ?? ['']
}

/** The answer that says: ask again by TCP. */
function cut(message: Buffer): Buffer {
  const { id, questions } = decode(message)
  return encode({ type: 'response', id: id ?? 0, flags: 0x0380, questions: questions ?? [] })
}
