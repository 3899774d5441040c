import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net'
import { join } from 'node:path'

/** A proxy between the program and PostgreSQL. */
export interface DatabaseProxy extends AsyncDisposable {
  /** The address of the same database behind the proxy. */
  readonly url: string
  /** Ends all connections now, as a failing network does. */
  cut(): number
  /** While true, connections are ended, and new ones too. */
  refuse(isRefusing: boolean): void
}

/** Passes connections on one to one. */
export async function startCuttingProxy(url: string): Promise<DatabaseProxy> {
  const open = new Set<Socket>()
  let isRefusing = false
  const server = createServer((client) => {
    client.on('error', () => {})
    if (isRefusing) return void client.destroy()
    const database = connect(placeOf(url))
    open.add(client)
    client.pipe(database)
    database.pipe(client)
    database.on('error', () => {})
    database.on('close', () => client.destroy())
    client.on('close', () => {
      open.delete(client)
      database.destroy()
    })
  })
  function cut(): number {
    const count = open.size
    for (const client of [...open]) client.destroy()
    return count
  }
  return {
    url: await listenFor(url, server),
    cut,
    refuse(next) {
      isRefusing = next
      if (next) cut()
    },
    [Symbol.asyncDispose]: () => close(server, open),
  }
}

/**
 * A pooler in transaction mode, as PgBouncer is with `pool_mode = transaction`: a client has a connection of the server only while a
 * transaction runs. The server must trust its clients, because they are let in without being asked for a password.
 */
export async function startPoolingProxy(url: string, connections: number): Promise<AsyncDisposable & { readonly url: string }> {
  const open = new Set<Socket>()
  const pool = new ServerPool(url, connections)
  const server = createServer((client) => {
    client.on('error', () => {})
    client.on('close', () => open.delete(client))
    open.add(client)
    new PooledClient(client, pool)
  })
  return {
    url: await listenFor(url, server),
    async [Symbol.asyncDispose]() {
      await close(server, open)
      pool.close()
    },
  }
}

/** One message of PostgreSQL's protocol, version 3.0: a letter, four bytes of length, and a body. */
interface Message {
  readonly type: string
  readonly bytes: Buffer
}

class MessageReader {
  #rest = Buffer.alloc(0)

  read(chunk: Buffer): Message[] {
    this.#rest = Buffer.concat([this.#rest, chunk])
    const messages: Message[] = []
    while (this.#rest.length >= 5) {
      const length = 1 + this.#rest.readInt32BE(1)
      if (this.#rest.length < length) break
      messages.push({ type: String.fromCharCode(this.#rest[0] ?? 0), bytes: this.#rest.subarray(0, length) })
      this.#rest = this.#rest.subarray(length)
    }
    return messages
  }
}

interface ServerConnection {
  readonly socket: Socket
  /** What the server says first: a client is told the same. */
  readonly greeting: Buffer
  onMessage: (message: Message) => void
}

class ServerPool {
  readonly #url: string
  readonly #max: number
  readonly #free: ServerConnection[] = []
  readonly #all: ServerConnection[] = []
  readonly #waiting: ((one: ServerConnection) => void)[] = []
  #opened = 0

  constructor(url: string, max: number) {
    this.#url = url
    this.#max = max
  }

  /** The connection that was used last comes first, as with PgBouncer. */
  async take(): Promise<ServerConnection> {
    const free = this.#free.pop()
    if (free) return free
    if (this.#opened < this.#max) {
      this.#opened++
      const one = await this.#open()
      this.#all.push(one)
      return one
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  giveBack(one: ServerConnection): void {
    one.onMessage = () => {}
    const next = this.#waiting.shift()
    if (next) next(one)
    else this.#free.push(one)
  }

  close(): void {
    for (const { socket } of this.#all) socket.destroy()
  }

  #open(): Promise<ServerConnection> {
    const socket = connect(placeOf(this.#url))
    const reader = new MessageReader()
    const said: Buffer[] = []
    socket.on('error', () => {})
    socket.write(startup({ user: 'broadsheet', database: parse(this.#url).pathname.slice(1) }))
    return new Promise((resolve) => {
      const connection = {
        socket,
        get greeting() {
          return Buffer.concat(said)
        },
        onMessage({ type, bytes }: Message) {
          said.push(bytes)
          if (type !== 'Z') return
          connection.onMessage = () => {}
          resolve(connection)
        },
      }
      socket.on('data', (chunk: Buffer) => {
        for (const message of reader.read(chunk)) connection.onMessage(message)
      })
    })
  }
}

class PooledClient {
  readonly #client: Socket
  readonly #pool: ServerPool
  readonly #reader = new MessageReader()
  #isStarted = false
  #held: ServerConnection | undefined
  /** Messages that the server will answer with "ready for query". */
  #unanswered = 0
  #last: Promise<void> = Promise.resolve()

  constructor(client: Socket, pool: ServerPool) {
    this.#client = client
    this.#pool = pool
    client.on('data', (chunk: Buffer) => {
      this.#last = this.#last.then(() => this.#receive(chunk))
    })
    client.on('close', () => {
      // A transaction that was left open must not be the next client's.
      if (this.#held) this.#held.socket.destroy()
    })
  }

  async #receive(chunk: Buffer): Promise<void> {
    if (!this.#isStarted) {
      this.#isStarted = true
      const one = await this.#pool.take()
      this.#client.write(one.greeting)
      this.#pool.giveBack(one)
      return
    }
    for (const { type, bytes } of this.#reader.read(chunk)) {
      if (type === 'X') return void this.#client.end()
      this.#held ??= await this.#hold()
      if (type === 'Q' || type === 'S') this.#unanswered++
      this.#held.socket.write(bytes)
    }
  }

  async #hold(): Promise<ServerConnection> {
    const one = await this.#pool.take()
    one.onMessage = ({ type, bytes }) => {
      this.#client.write(bytes)
      if (type !== 'Z') return
      this.#unanswered--
      // I: idle, outside a transaction.
      if (this.#unanswered > 0 || String.fromCharCode(bytes[5] ?? 0) !== 'I') return
      this.#held = undefined
      this.#pool.giveBack(one)
    }
    return one
  }
}

function startup(parameters: Readonly<Record<string, string>>): Buffer {
  const text = Object.entries(parameters)
    .map(([name, value]) => `${name}\0${value}\0`)
    .join('')
  const body = Buffer.from(`${text}\0`)
  const head = Buffer.alloc(8)
  head.writeInt32BE(8 + body.length, 0)
  // Protocol 3.0.
  head.writeInt32BE(196_608, 4)
  return Buffer.concat([head, body])
}

/** The URL of a Unix socket has no host, which the URL standard does not allow. */
function parse(url: string): URL {
  return new URL(url.replace('@/', '@localhost/'))
}

/** The host may be the folder of a Unix socket. */
function placeOf(url: string): NetConnectOpts {
  const { searchParams, hostname, port } = parse(url)
  const folder = searchParams.get('host')
  return folder === null ? { host: hostname, port: Number(port || 5432) } : { path: join(folder, `.s.PGSQL.${port || 5432}`) }
}

async function listenFor(url: string, server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const address = parse(url)
  return `postgres://${address.username || 'broadsheet'}@127.0.0.1:${port}${address.pathname}`
}

async function close(server: Server, open: ReadonlySet<Socket>): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  for (const socket of open) socket.destroy()
  await closed
}
