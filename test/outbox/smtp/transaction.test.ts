import { createServer, Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { expect, onTestFinished, test, vi } from 'vitest'
import { connectSmtp } from '../../../src/outbox/smtp/connection.ts'
import { openDialogue } from '../../../src/outbox/smtp/dialogue.ts'
import { parseSmtpUrl } from '../../../src/outbox/smtp/smtp-url.ts'
import { startMuteServer } from '../../support/mute-server.ts'

interface Script {
  readonly extensions?: readonly string[]
  /** What the server says to a command or to a whole message (`.`), as it stands on the wire; undefined: what fits. */
  readonly says?: (said: string, times: number) => string | undefined
  /** Says nothing to MAIL and RCPT until DATA is there, from the second message on. */
  readonly isPatient?: boolean
}

const pipelining = ['PIPELINING', 'SIZE', 'SMTPUTF8']
/** In two pieces, as a signed message is. */
const message = [Buffer.from('Subject: Tides\r\n'), Buffer.from('\r\nHigh water at noon.\r\n')]
const whole = Buffer.concat(message).toString()
const envelope = { from: 'news@example.org', to: 'ada@example.org' }
const granted = async () => true

/** An SMTP server that says what it is told to, and keeps what it was told. */
async function startScripted({ extensions = pipelining, says = () => undefined, isPatient = false }: Script = {}) {
  const commands: string[] = []
  const messages: string[] = []
  const sockets: Socket[] = []
  let saidAhead = 0
  const server = createServer((socket) => {
    sockets.push(socket)
    let text = ''
    let isInMessage = false
    let kept: string[] = []
    const timesOf = new Map<string, number>()
    socket.on('error', () => {})
    socket.write('220 tide.example ESMTP\r\n')
    function answer(said: string, usual: string): void {
      const times = (timesOf.get(said) ?? 0) + 1
      timesOf.set(said, times)
      const reply = says(said, times) ?? usual
      isInMessage = said === 'DATA' && reply.startsWith('354')
      if (isPatient && messages.length > 0 && /^(MAIL|RCPT)/.test(said)) kept.push(reply)
      else {
        socket.write([...kept, reply].join(''))
        kept = []
      }
      if (reply === '' || reply.startsWith('421')) socket.end()
    }
    socket.on('data', (chunk) => {
      text += chunk.toString()
      for (;;) {
        const end = text.indexOf('\r\n')
        if (isInMessage) {
          const dot = text.startsWith('.\r\n') ? 0 : text.indexOf('\r\n.\r\n') + 2
          if (dot === 1) return
          messages.push(text.slice(0, dot))
          text = text.slice(dot + 3)
          answer('.', '250 2.0.0 kept\r\n')
        } else if (end < 0) return
        else {
          const command = text.slice(0, end)
          text = text.slice(end + 2)
          commands.push(command)
          if (text !== '') saidAhead++
          const verb = command.slice(0, 4)
          const usual = {
            EHLO: `250-tide.example\r\n${extensions.map((one) => `250-${one}\r\n`).join('')}250 HELP\r\n`,
            DATA: '354 go on\r\n',
          }
          answer(verb, (usual as Record<string, string>)[verb] ?? '250 2.0.0 fine\r\n')
        }
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const smtp = await connectSmtp(parseSmtpUrl(`smtp://127.0.0.1:${port}`), new AbortController().signal)
  return {
    smtp,
    /** After EHLO. */
    commands: () => commands.slice(1),
    messages,
    /** Commands behind which more came before they were answered. */
    saidAhead: () => saidAhead,
    say: (text: string) => sockets[0]?.write(text),
    hangUp: () => sockets[0]?.end(),
    async [Symbol.asyncDispose]() {
      smtp.close()
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

test('the envelope is said in one go to a server that takes that, and the message waits for its 354', async () => {
  await using server = await startScripted({ isPatient: true })
  expect(await server.smtp.send(envelope, message, granted)).toMatchObject({ kind: 'accepted' })
  expect(server.saidAhead()).toBe(0)
  let asked: string[] = []
  const answer = await server.smtp.send(envelope, message, async () => {
    asked = [...server.commands(), ...server.messages]
    return true
  })
  expect(answer).toEqual({ kind: 'accepted', reply: '250 2.0.0 kept', isOut: true })
  const said = [`MAIL FROM:<news@example.org> SIZE=${whole.length}`, 'RCPT TO:<ada@example.org>', 'DATA']
  expect(asked).toEqual([...said, ...said, whole])
  expect(server.messages).toEqual([whole, whole])
})

test('each command waits for the reply to the one before where the server takes no more', async () => {
  await using server = await startScripted({ extensions: [] })
  expect(await server.smtp.send(envelope, message, granted)).toMatchObject({ kind: 'accepted' })
  expect(server.commands()).toEqual(['MAIL FROM:<news@example.org>', 'RCPT TO:<ada@example.org>', 'DATA'])
  expect(server.saidAhead()).toBe(0)
})

type Says = NonNullable<Script['says']>

const refusals: readonly (readonly [string, Says, object])[] = [
  ['a recipient', (said) => (said === 'RCPT' ? '550 5.1.1 nobody\r\n' : undefined), { kind: 'refused', reply: '550 5.1.1 nobody' }],
  [
    'a recipient, over several lines',
    (said) => (said === 'RCPT' ? '550-5.1.1 nobody\r\n550 5.1.1 of that name\r\n' : undefined),
    { kind: 'refused', reply: '550-5.1.1 nobody 550 5.1.1 of that name' },
  ],
  [
    'a recipient and the DATA with it',
    (said) => (said === 'RCPT' ? '450 4.2.0 later\r\n' : said === 'DATA' ? '554 5.5.1 no recipient\r\n' : undefined),
    { kind: 'refused', reply: '450 4.2.0 later' },
  ],
  [
    'the sender',
    (said) => (said === 'MAIL' ? '451 4.3.0 not now\r\n' : said === 'RSET' ? undefined : '503 5.5.1 no sender\r\n'),
    {
      kind: 'unavailable',
      reason: expect.stringMatching(/^the SMTP server 127\.0\.0\.1:\d+ does not accept our mail: 451 4\.3\.0 not now$/),
      isAboutUs: false,
    },
  ],
  ['the size', (said) => (said === 'MAIL' ? '552 5.3.4 too large\r\n' : undefined), { kind: 'refused', reply: '552 5.3.4 too large' }],
  ['DATA', (said) => (said === 'DATA' ? '451 4.3.0 not now\r\n' : undefined), { kind: 'refused', reply: '451 4.3.0 not now' }],
]

for (const extensions of [pipelining, []]) {
  const how = extensions.length > 0 ? 'in one go' : 'one after the other'
  test.each(refusals)(
    `who refuses %s, said ${how}, is given no message, and the next one over the same connection`,
    async (_, says, expected) => {
      // All but the first message of a connection is said in one go.
      let isOver = true
      await using server = await startScripted({
        extensions,
        says(said, times) {
          isOver ||= said === 'RSET'
          return isOver || said === 'EHLO' ? undefined : says(said, times)
        },
      })
      expect(await server.smtp.send(envelope, message, granted)).toMatchObject({ kind: 'accepted' })
      isOver = false
      let asked = 0
      const beforeBody = async () => {
        asked++
        return true
      }
      expect(await server.smtp.send(envelope, message, beforeBody)).toEqual(expected)
      expect(asked).toBe(0)
      expect(server.commands().at(-1)).toBe('RSET')
      expect(await server.smtp.send(envelope, message, beforeBody)).toMatchObject({ kind: 'accepted' })
      expect(server.messages.filter((one) => one !== '')).toEqual([whole, whole])
    },
  )
}

test('a refused message is refused, whatever came before, and the connection goes on', async () => {
  await using server = await startScripted({ says: (said, times) => (said === '.' && times === 1 ? '554 5.6.0 not liked\r\n' : undefined) })
  expect(await server.smtp.send(envelope, message, granted)).toEqual({ kind: 'refused', reply: '554 5.6.0 not liked' })
  expect(await server.smtp.send(envelope, message, granted)).toMatchObject({ kind: 'accepted' })
})

test.each([
  ['a bare CR', '250 2.0.0 kept\rqueued as 1\r\n'],
  ['a line separator', '250 2.0.0 kept \u2028 queued as 1\r\n'],
  ['a tab behind its code', '250\tkept\r\n'],
  ['nothing behind its code', '250\r\n'],
  ['a line that lost its code', '250-2.0.0 kept\r\nqueued as 1\r\n250 bye\r\n'],
])('a message is accepted by a reply with %s, and the connection goes on', async (_, reply) => {
  await using server = await startScripted({ says: (said) => (said === '.' ? reply : undefined) })
  expect(await server.smtp.send(envelope, message, granted)).toMatchObject({ kind: 'accepted' })
  expect(await server.smtp.send(envelope, message, granted)).toMatchObject({ kind: 'accepted' })
})

test('a server that says a little now and then, and never all of its reply, is given ten minutes', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  await using server = await startScripted({ says: (said) => (said === 'RCPT' ? '250-2.1.5 patience\r\n' : undefined) })
  await vi.advanceTimersByTimeAsync(300_000)
  const sent = server.smtp.send(envelope, message, granted)
  await expect.poll(() => server.commands().length, { interval: 2 }).toBeGreaterThan(1)
  await vi.advanceTimersByTimeAsync(599_000)
  expect(server.smtp.isOpen).toBe(true)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await sent).toEqual({ kind: 'unreached', reason: 'the server has not answered for 10 minutes' })
})

test('a connection that we close right after the message was given to it leaves it unknown', async () => {
  await using server = await startScripted()
  const sent = server.smtp.send(envelope, message, async () => {
    // As soon as the message was written, and before anything was heard of that.
    void Promise.resolve()
      .then(() => {})
      .then(() => {})
      .then(() => {})
      .then(() => {})
      .then(() => server.smtp.close())
    return true
  })
  expect((await sent).kind).toBe('unknown')
  await expect.poll(() => server.messages, { interval: 2 }).toEqual([whole])
})

test('an error as the message leaves proves that it stayed here, save over TLS', async () => {
  const plain = new Socket()
  const encrypted = new TLSSocket(new Socket())
  for (const socket of [plain, encrypted]) {
    socket.on('error', () => {})
    socket.destroy()
  }
  expect(await openDialogue(plain, () => {}).sayMessage(message)).toBe(false)
  expect(await openDialogue(encrypted, () => {}).sayMessage(message)).toBe(true)
})

test('a server that greets and is silent then is given a minute', async () => {
  await using server = await startMuteServer()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const connected = connectSmtp(parseSmtpUrl(server.url), new AbortController().signal)
  const told = expect(connected).rejects.toThrow(/not ready for mail within 60 seconds/)
  await expect.poll(server.connections, { interval: 2 }).toBe(1)
  await vi.advanceTimersByTimeAsync(60_000)
  await told
})

const ends: readonly (readonly [string, Says, string])[] = [
  ['leaves with a 421 at RCPT', (said) => (said === 'RCPT' ? '421 4.3.2 closing\r\n' : undefined), 'refused'],
  ['leaves with a 421 after the message', (said) => (said === '.' ? '421 4.3.2 closing\r\n' : undefined), 'refused'],
  ['answers the message with what is no answer to it', (said) => (said === '.' ? '354 go on\r\n' : undefined), 'unknown'],
  ['answers the message with nonsense', (said) => (said === '.' ? 'HTTP/1.1 200 OK\r\n' : undefined), 'unknown'],
  ['drops after the message', (said) => (said === '.' ? '' : undefined), 'unknown'],
  ['drops after half a reply', (said) => (said === '.' ? '250-2.0.0 ke' : undefined), 'unknown'],
  ['answers the message with a number of four digits', (said) => (said === '.' ? '2500 kept\r\n' : undefined), 'unknown'],
  ['answers RCPT with nonsense', (said) => (said === 'RCPT' ? '25 fine\r\n' : undefined), 'unreached'],
  ['answers DATA with a 250', (said) => (said === 'DATA' ? '250 2.0.0 fine\r\n' : undefined), 'unreached'],
  ['says more than it was asked for', (said) => (said === 'DATA' ? '354 go on\r\n250 2.0.0 kept\r\n' : undefined), 'unreached'],
  ['never ends a line', (said) => (said === 'RCPT' ? `250 ${'x'.repeat(70_000)}` : undefined), 'unreached'],
  ['never ends a reply', (said) => (said === 'RCPT' ? '250-x\r\n'.repeat(2_000) : undefined), 'unreached'],
]

test.each(ends)('a server that %s gets no other message over that connection', async (_, says, kind) => {
  await using server = await startScripted({ says })
  const sent = server.smtp.send(envelope, message, granted)
  if (kind === 'unknown') await expect.poll(() => server.messages.length, { interval: 2 }).toBe(1)
  if (says('.', 1) === '250-2.0.0 ke') server.hangUp()
  expect((await sent).kind).toBe(kind)
  expect(server.smtp.isOpen).toBe(false)
})

test('what is withdrawn after the 354 leaves nothing behind, not even a QUIT', async () => {
  await using server = await startScripted()
  expect(await server.smtp.send(envelope, message, async () => false)).toEqual({ kind: 'withdrawn' })
  expect(server.smtp.isOpen).toBe(false)
  expect(server.messages).toEqual([])
  expect(server.commands().at(-1)).toBe('DATA')
})

test('a server that says goodbye between two messages is not asked again', async () => {
  await using server = await startScripted()
  expect(await server.smtp.send(envelope, message, granted)).toMatchObject({ kind: 'accepted' })
  server.say('421 4.4.2 idle for too long\r\n')
  await expect.poll(() => server.smtp.isOpen, { interval: 2 }).toBe(false)
})

test('an address that could say a command of its own is never said', async () => {
  await using server = await startScripted()
  for (const to of ['ada@example.org>\r\nRCPT TO:<eve@example.org', 'a>b@example.org', 'a\nb@example.org'])
    expect((await server.smtp.send({ ...envelope, to }, message, granted)).kind).toBe('unreached')
  expect(server.commands()).toEqual([])
})
