// An SMTP server in a process of its own: it writes into a ledger what it accepts before it says so, and misbehaves as it is told.
import { appendFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'

/** Where in a conversation it misbehaves: the reply to what came there, in the middle of the message, or the reply to its final dot. */
export type Stage = 'greeting' | 'ehlo' | 'starttls' | 'mail' | 'rcpt' | 'data' | 'body' | 'dot'

export interface Fault {
  readonly stage: Stage
  /** `accept`: takes the message, and closes without a word. Else a reply to give, such as `421 4.7.0 too much`. */
  readonly does: 'drop' | 'stall' | 'nonsense' | 'accept' | (string & {})
  /** Every which time that this stage is reached. */
  readonly every: number
}

export interface Status {
  readonly applied: number
  /** Connections. */
  readonly open: number
  /** Of those: they will not be answered. */
  readonly stalled: number
}

export type Command = { readonly ask: 'standing' } | { readonly fault?: Fault | undefined }

const ledger = process.argv[2] as string
let fault: Fault | undefined
let reached = 0
let applied = 0
const sockets = new Set<Socket>()
const stalled = new Set<Socket>()

function isDue(stage: Stage): boolean {
  if (fault?.stage !== stage || ++reached % fault.every !== 0) return false
  applied++
  return true
}

const server = createServer((socket) => {
  let buffered = Buffer.alloc(0)
  let isBody = false
  let to = ''
  sockets.add(socket)
  socket.on('close', () => {
    sockets.delete(socket)
    stalled.delete(socket)
  })
  socket.on('error', () => {})

  /** False where the conversation goes its usual way. */
  function misbehave(stage: Stage): boolean {
    if (!fault || !isDue(stage)) return false
    if (fault.does === 'drop') socket.destroy()
    else if (fault.does === 'nonsense') socket.end(Buffer.from([0, 255, 254, 13, 10, 72, 84, 84, 80, 13, 10]))
    else if (fault.does === 'accept') {
      accept()
      socket.destroy()
    } else if (fault.does === 'stall') stalled.add(socket)
    else socket.write(`${fault.does}\r\n`)
    return true
  }

  function accept(): void {
    appendFileSync(ledger, `${to}\n`)
  }

  function say(stage: Stage, reply: string): void {
    if (!misbehave(stage)) socket.write(`${reply}\r\n`)
  }

  function command(line: string): void {
    const word = line.slice(0, 4).toUpperCase()
    if (word === 'EHLO') say('ehlo', fault?.stage === 'starttls' ? '250-receiver\r\n250 STARTTLS' : '250 receiver')
    else if (word === 'STAR') say('starttls', '220 go on')
    else if (word === 'MAIL') say('mail', '250 2.1.0 fine')
    else if (word === 'RCPT') {
      to = /<([^>]*)>/.exec(line)?.[1] ?? ''
      say('rcpt', '250 2.1.5 fine')
    } else if (word === 'DATA') {
      if (misbehave('data')) return
      isBody = true
      socket.write('354 go on\r\n')
    } else if (word === 'QUIT') socket.end('221 2.0.0 bye\r\n')
    else socket.write('250 2.0.0 fine\r\n')
  }

  socket.on('data', (chunk: Buffer) => {
    if (isBody && buffered.length === 0 && misbehave('body')) return
    buffered = Buffer.concat([buffered, chunk])
    for (;;) {
      const end = buffered.indexOf(isBody ? '\r\n.\r\n' : '\r\n')
      if (end < 0 || socket.destroyed) return
      const text = isBody ? '' : buffered.toString('latin1', 0, end)
      buffered = buffered.subarray(end + (isBody ? 5 : 2))
      if (!isBody) {
        command(text)
        continue
      }
      isBody = false
      if (misbehave('dot')) continue
      accept()
      socket.write('250 2.0.0 accepted\r\n')
    }
  })
  say('greeting', '220 receiver')
})

process.on('message', (next: Command) => {
  const status: Status = { applied, open: sockets.size, stalled: stalled.size }
  if ('ask' in next) {
    process.send?.(status)
    return
  }
  fault = next.fault
  reached = 0
  applied = 0
  // Whoever still waits for an answer gets none.
  if (!fault) for (const socket of sockets) socket.destroy()
  process.send?.(status)
})
process.on('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port }))
