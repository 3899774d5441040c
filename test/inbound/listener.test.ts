import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import { migrations } from '../../src/app/core.ts'
import type { InboundContext } from '../../src/inbound/context.ts'
import { startListener } from '../../src/inbound/listener.ts'
import { returnPathFor, unsubscribeAddressFor } from '../../src/outbox/message/return-path.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { openDatabase } from '../../src/platform/database/open.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { tokensKeyedBy } from '../../src/platform/tokens.ts'
import { makeContent } from '../support/content.ts'
import { drivenClock } from '../support/driven-clock.ts'
import { enqueueTo } from '../support/outbox.ts'
import { quietLog } from '../support/quiet.ts'
import { dataFolder, startService } from '../support/spawned-service.ts'
import { startWorld } from '../support/world.ts'
import { bounceAddress, libraryMail } from './mail-library.ts'

/** Speaks SMTP line by line; each answer is its code and text. */
async function smtpTo(port: number) {
  const socket: Socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  let heard = ''
  let wake = () => {}
  const hear = (text = '') => {
    heard += text
    wake()
  }
  socket
    .setEncoding('utf8')
    .on('data', hear)
    .on('close', () => hear())
  const answer = async (): Promise<string> => {
    for (;;) {
      const line = /^\d{3} .*\r\n/m.exec(heard)
      if (line) {
        heard = heard.slice(line.index + line[0].length)
        return line[0].trim()
      }
      if (socket.closed) return 'closed'
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  const say = (text: string) => {
    socket.write(`${text}\r\n`)
    return answer()
  }
  await answer()
  return {
    say,
    /** Ends with the dot; the answer is only waited for where the caller wants it. */
    async bring(recipient: string, source: Buffer, from = '') {
      for (const line of ['EHLO mx.example.net', `MAIL FROM:<${from}>`, `RCPT TO:<${recipient}>`, 'DATA']) {
        const said = await say(line)
        if (!/^[23]/.test(said)) return said
      }
      socket.write(source)
      return say('\r\n.')
    },
    end: () => socket.destroy(),
  }
}

async function startListening(change: (context: InboundContext) => InboundContext = (context) => context) {
  await using parts = new AsyncDisposableStack()
  const world = parts.use(await startWorld({}))
  const { database, inbound } = world.app
  const mailing = await enqueueTo(database, world.clock, ['ada@example.net'])
  await database.run(sql`UPDATE deliveries SET state = 'sent', settled_at = 0`)
  const row = await database.get<{ id: number }>(sql`SELECT id FROM deliveries WHERE mailing_id = ${mailing}`)
  const listener = await startListener(change(inbound), bounceAddress, '127.0.0.1', 0)
  parts.defer(() => listener.stop())
  const owned = parts.move()
  const reports = () => database.all(sql`SELECT kind FROM reports`)
  return { world, id: row?.id ?? 0, inbound, port: listener.port, reports, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

test('only our own addresses are accepted, and messages that are too large are refused', async () => {
  await using listening = await startListening()
  const { inbound, id, port, reports } = listening
  const client = await smtpTo(port)
  const verp = returnPathFor(bounceAddress, inbound.tokens, id)
  await client.say('EHLO mx.example.net')
  await client.say('MAIL FROM:<>')
  const wrong = verp.replace(/.@/, (end) => (end === 'a@' ? 'b@' : 'a@'))
  for (const [address, code] of [
    ['somebody@example.org', '550'],
    [wrong, '550'],
    [bounceAddress.toUpperCase(), '250'],
    [verp.toUpperCase(), '250'],
    [unsubscribeAddressFor(bounceAddress, inbound.tokens, id), '250'],
  ] as const) {
    expect([address, (await client.say(`RCPT TO:<${address}>`)).slice(0, 3)]).toEqual([address, code])
  }
  await client.say('RSET')
  expect(await client.bring(verp, Buffer.alloc(5 * 1024 * 1024 + 1, 'x'.repeat(70).concat('\r\n')))).toMatch(/^552/)
  const { source } = await libraryMail('postfix-user-unknown', inbound.tokens, id)
  expect(await client.bring(verp, source)).toMatch(/^250/)
  expect(await reports()).toEqual([{ kind: 'hard' }])
  client.end()
})

test('one peer holds at most ten connections, and gets one again when another ends', async () => {
  await using listening = await startListening()
  const clients = []
  for (let n = 0; n < 10; n++) clients.push(await smtpTo(listening.port))
  const refused = connect(listening.port, '127.0.0.1')
  const [said] = await once(refused, 'data')
  expect(String(said)).toMatch(/^421 /)
  refused.destroy()
  clients.pop()?.end()
  await expect
    .poll(async () => {
      const client = connect(listening.port, '127.0.0.1')
      const [greeting] = await once(client, 'data')
      client.destroy()
      return String(greeting).slice(0, 3)
    })
    .toBe('220')
  for (const client of clients) client.end()
})

test('a hostile message of five megabytes makes nothing else wait, and is acknowledged', async () => {
  await using listening = await startListening()
  const { inbound, id, port, reports } = listening
  const nested = Buffer.from(
    Array.from({ length: 80_000 }, (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`).join(''),
  )
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  const client = await smtpTo(port)
  expect(await client.bring(returnPathFor(bounceAddress, inbound.tokens, id), nested.subarray(0, 4_900_000))).toMatch(/^250/)
  delay.disable()
  expect(delay.max / 1e6).toBeLessThan(1_000)
  expect(await reports()).toEqual([])
  client.end()
})

test('32 MB of messages wait at once: one more is put off, and taken when another is done', async () => {
  let parsing = 0
  const { promise: isFree, resolve: free } = Promise.withResolvers<void>()
  await using listening = await startListening((context) => ({
    ...context,
    mailParser: {
      async parse(source) {
        parsing++
        await isFree
        return context.mailParser.parse(source.slice(0, 1))
      },
    },
  }))
  const message = Buffer.alloc(4_900_000, 'a line of a long message that is no report\r\n')
  const held = []
  for (let n = 1; n <= 6; n++) {
    const client = await smtpTo(listening.port)
    held.push({ client, answered: client.bring(bounceAddress, message) })
    await expect.poll(() => parsing, { timeout: 20_000 }).toBe(n)
  }
  const late = await smtpTo(listening.port)
  expect(await late.bring(bounceAddress, message)).toMatch(/^452 4\.3\.1/)
  expect(parsing).toBe(6)
  free()
  for (const { client, answered } of held) {
    expect(await answered).toMatch(/^250/)
    client.end()
  }
  expect(await late.bring(bounceAddress, message)).toMatch(/^250/)
  late.end()
})

test('a message whose effect cannot be committed is not acknowledged, and counts once when it comes again', async () => {
  let isBroken = true
  await using listening = await startListening((context) => ({
    ...context,
    database: {
      ...context.database,
      transaction: (work) => (isBroken ? Promise.reject(new Error('the disk is full')) : context.database.transaction(work)),
    },
  }))
  const { inbound, id, port, reports } = listening
  const { source, recipient } = await libraryMail('postfix-mailbox-full', inbound.tokens, id)
  const client = await smtpTo(port)
  expect(await client.bring(recipient, source)).toMatch(/^451/)
  expect(await reports()).toEqual([])
  isBroken = false
  expect(await client.bring(recipient, source)).toMatch(/^250/)
  expect(await client.bring(recipient, source)).toMatch(/^250/)
  expect(await reports()).toEqual([{ kind: 'soft' }])
  client.end()
})

test('a listener that is killed after the message and before its answer loses nothing and counts nothing twice', async () => {
  await using content = await makeContent({})
  await using data = await dataFolder()
  const secret = 'the secret of the listener'
  const tokens = tokensKeyedBy(secret)
  await mkdir(join(data.folder, 'data'))
  const file = join(data.folder, 'data', 'broadsheet.sqlite')
  const addresses = ['ada@example.net', 'bea@example.net', 'cleo@example.net']
  {
    const database = await openDatabase(file, quietLog)
    await migrate(database, migrations)
    await enqueueTo(database, drivenClock('2026-11-20T09:00:00Z'), addresses)
    await database.run(sql`UPDATE deliveries SET state = 'sent', settled_at = 0`)
    await database.close()
  }
  const env = { SECRET: secret, BOUNCE_ADDRESS: bounceAddress, INBOUND_SMTP_PORT: '0' }
  const start = async () => {
    const service = await startService({ content: content.folder, data: data.folder, now: '2026-11-20T09:10:00Z', env })
    const port = Number(/"port":(\d+),"msg":"listening for bounces"/.exec(service.said())?.[1])
    return { service, client: await smtpTo(port) }
  }
  // Killed at once, and when the effect may be there already.
  for (const [index, patience] of [0, 8].entries()) {
    const { service, client } = await start()
    const { source, recipient } = await libraryMail('postfix-user-unknown', tokens, index + 1)
    const answered = client.bring(recipient, source)
    for (let turn = 0; turn < patience; turn++) await new Promise(setImmediate)
    await service.kill()
    await answered
    await service[Symbol.asyncDispose]()
  }
  const { service, client } = await start()
  for (const index of [1, 2, 3]) {
    const { source, recipient } = await libraryMail('postfix-user-unknown', tokens, index)
    expect(await client.bring(recipient, source)).toMatch(/^250/)
  }
  client.end()
  await service.stop()
  const database = await openDatabase(file, quietLog)
  expect(await database.all(sql`SELECT delivery_id, kind FROM reports ORDER BY delivery_id`)).toEqual([
    { delivery_id: 1, kind: 'hard' },
    { delivery_id: 2, kind: 'hard' },
    { delivery_id: 3, kind: 'hard' },
  ])
  expect(await database.all(sql`SELECT address_key FROM suppressions ORDER BY address_key`)).toEqual(
    addresses.map((address) => ({ address_key: address })),
  )
  await database.close()
})
