import { createServer } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { listDeliveries } from '../../../src/outbox/delivery-queries.ts'
import { cancelQueuedFor, enqueueDeliveries, enqueueEmail } from '../../../src/outbox/enqueue.ts'
import { claim, markHandingOver, reap } from '../../../src/outbox/sender/claim-store.ts'
import { holdSending, releaseSending } from '../../../src/outbox/sending-hold.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { onEachDatabase } from '../../support/databases.ts'
import { drivenClock } from '../../support/driven-clock.ts'
import { startMuteServer } from '../../support/mute-server.ts'
import { countsOf, enqueueTo, outboxMigrations, plainEdition, senderTo } from '../../support/outbox.ts'
import { startProxy, startReceiver } from '../../support/receiver.ts'

const monday = '2026-11-23T08:00:00Z'
/** The first pause before another try, at its longest. */
const firstPauseMs = 75_000

onEachDatabase('the outbox', outboxMigrations, (open, engine) => {
  test('every reader gets a message of their own, once', async () => {
    await using world = await open()
    await using receiver = await startReceiver()
    const clock = drivenClock(monday)
    const addresses = Array.from({ length: 45 }, (_, index) => `reader${index}@example.org`)
    const mailing = await enqueueTo(world.database, clock, addresses)
    const sender = senderTo(world.database, clock, receiver.url)
    expect(await sender.drain()).toEqual({ status: 'settled' })
    await sender.drain()
    await sender.stop()
    expect(receiver.received.map(({ to }) => to).sort()).toEqual([...addresses].sort())
    expect(await countsOf(world.database, mailing)).toMatchObject({ sent: 45, queued: 0, handing_over: 0 })
    const one = receiver.received.find(({ to }) => to === 'reader7@example.org')
    expect(one?.mail.text).toContain('Hello reader7,')
    expect(one?.mail.html).toContain('<b>reader7</b>')
    expect(one?.source).toContain('List-Unsubscribe: <https://example.org/unsubscribe/token-of-reader7>')
    expect(new Set(receiver.received.map(({ mail }) => mail.messageId)).size).toBe(45)
  })

  test('drain also waits for deliveries that are enqueued while a run ends', async () => {
    await using world = await open()
    await using receiver = await startReceiver()
    const clock = drivenClock(monday)
    const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const slow: typeof world.database = {
      ...world.database,
      async get(query) {
        if (query.compile('numbered').text.includes('min(due_at)')) {
          reached.resolve()
          await released.promise
        }
        return world.database.get(query)
      },
    }
    const sender = senderTo(slow, clock, receiver.url)
    const first = sender.drain()
    await reached.promise
    const mailing = await enqueueTo(world.database, clock, ['ada@example.org', 'bea@example.org'])
    const second = sender.drain()
    released.resolve()
    await Promise.all([first, second])
    expect(await countsOf(world.database, mailing)).toMatchObject({ sent: 2, queued: 0 })
    await sender.stop()
  })

  test('a mailing has one delivery per address, whatever its spelling and however often it is enqueued', async () => {
    await using world = await open()
    const clock = drivenClock(monday)
    const mailing = await enqueueTo(world.database, clock, ['Ada@example.org', 'ada@example.org'])
    const again = { id: mailing, kind: 'issue', list: 'weekly' } as const
    const added = await world.database.transaction(async (tx) => {
      const rows = await tx.all<{ id: string }>(sql`SELECT id FROM editions`)
      const content = { editionId: rows[0]?.id ?? '' }
      return enqueueDeliveries(
        tx,
        again,
        [{ address: 'ADA@example.org', addressKey: 'ada@example.org', placeholders: {}, content }],
        clock.now(),
      )
    })
    expect(added).toBe(0)
    expect(await countsOf(world.database, mailing)).toMatchObject({ queued: 1 })
  })

  test('a confirmation overtakes an issue', async () => {
    await using world = await open()
    await using receiver = await startReceiver()
    const clock = drivenClock(monday)
    await enqueueTo(world.database, clock, ['a@example.org', 'b@example.org'])
    const placeholders = { name: 'C', unsubscribe_token: 't' }
    await world.database.transaction((tx) =>
      enqueueEmail(
        tx,
        { id: 'confirmation', kind: 'confirmation', list: '' },
        plainEdition,
        { address: 'c@example.org', addressKey: 'c@example.org', placeholders },
        clock.now(),
      ),
    )
    const sender = senderTo(world.database, clock, receiver.url, 1)
    await sender.drain()
    await sender.stop()
    expect(receiver.received.map(({ to }) => to)).toEqual(['c@example.org', 'a@example.org', 'b@example.org'])
  })

  test('a refused recipient has failed, is never uncertain, and holds nobody else up', async () => {
    await using world = await open()
    await using receiver = await startReceiver({ onRecipient: (to) => (to.startsWith('gone') ? '550 5.1.1 no such user' : undefined) })
    const clock = drivenClock(monday)
    const mailing = await enqueueTo(world.database, clock, [
      'gone@example.org',
      'here@example.org',
      'gone2@example.org',
      'there@example.org',
    ])
    const sender = senderTo(world.database, clock, receiver.url, 1)
    await sender.drain()
    await sender.stop()
    expect(await countsOf(world.database, mailing)).toMatchObject({ sent: 2, failed: 2, uncertain: 0 })
    const [first] = await listDeliveries(world.database, mailing, { state: 'failed', after: 0, limit: 10 })
    expect(first?.reason).toContain('no such user')
  })

  test('a temporary refusal is tried again when its time has come, and not before', async () => {
    await using world = await open()
    let isBusy = true
    await using receiver = await startReceiver({ onMessage: () => (isBusy ? '451 4.3.0 try again later' : undefined) })
    const clock = drivenClock(monday)
    const mailing = await enqueueTo(world.database, clock, ['a@example.org'])
    const sender = senderTo(world.database, clock, receiver.url)
    await sender.drain()
    expect(await countsOf(world.database, mailing)).toMatchObject({ queued: 1 })
    isBusy = false
    await sender.drain()
    expect(receiver.received).toHaveLength(0)
    clock.advance(firstPauseMs)
    await sender.drain()
    await sender.stop()
    expect(await countsOf(world.database, mailing)).toMatchObject({ sent: 1 })
  })

  test('the tries of one delivery bear one Message-ID', async () => {
    await using world = await open()
    const clock = drivenClock(monday)
    const ids: (string | undefined)[] = []
    await using receiver = await startReceiver()
    await enqueueTo(world.database, clock, ['a@example.org'])
    const sender = senderTo(world.database, clock, receiver.url)
    await sender.drain()
    ids.push(receiver.received[0]?.mail.messageId)
    await world.database.run(sql`UPDATE deliveries SET state = 'queued'`)
    await sender.drain()
    await sender.stop()
    ids.push(receiver.received[1]?.mail.messageId)
    expect(ids[0]).toMatch(/^<[\w.-]+@example\.org>$/)
    expect(ids[1]).toBe(ids[0])
  })

  test('while the SMTP server is away everything stays queued and no try is counted', async () => {
    await using world = await open()
    const receiver = await startReceiver()
    await receiver.stop()
    const clock = drivenClock(monday)
    const mailing = await enqueueTo(world.database, clock, ['a@example.org', 'b@example.org'])
    const sender = senderTo(world.database, clock, receiver.url)
    const drained = await sender.drain()
    expect(drained).toMatchObject({ status: 'unavailable', reason: expect.stringContaining(`127.0.0.1:${receiver.port}`) })
    const rows = await listDeliveries(world.database, mailing, { after: 0, limit: 10 })
    expect(rows.map(({ state, attempts }) => ({ state, attempts }))).toEqual([
      { state: 'queued', attempts: 0 },
      { state: 'queued', attempts: 0 },
    ])
    await using back = await startReceiver({ port: receiver.port })
    expect(await sender.drain()).toEqual({ status: 'settled' })
    await sender.stop()
    expect(back.received).toHaveLength(2)
  })

  test('a server that hangs up before its greeting is away: nobody fails, whatever their address needs', async () => {
    await using world = await open()
    const clock = drivenClock(monday)
    const server = createServer((socket) => socket.end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const mailing = await enqueueTo(world.database, clock, ['ada@example.org', 'jørgen@example.org'])
    const sender = senderTo(world.database, clock, `smtp://127.0.0.1:${port}`)
    expect(await sender.drain()).toMatchObject({ status: 'unavailable', reason: expect.stringContaining('closed') })
    await sender.stop()
    server.close()
    const rows = await listDeliveries(world.database, mailing, { after: 0, limit: 10 })
    expect(rows.map(({ state, attempts }) => `${state} ${attempts}`)).toEqual(['queued 0', 'queued 0'])
  })

  test('a server that takes few connections gets few, and everybody is sent to; where it takes more later it gets more', async () => {
    await using world = await open()
    const clock = drivenClock(monday)
    let most = 2
    const counted = { accepted: 0 }
    await using receiver = await startReceiver({
      mostOpen: () => most,
      onMessage() {
        if (++counted.accepted === 50) most = 3
        return undefined
      },
    })
    const addresses = Array.from({ length: 400 }, (_, index) => `reader${index}@example.org`)
    const mailing = await enqueueTo(world.database, clock, addresses)
    const sender = senderTo(world.database, clock, receiver.url, 20)
    expect(await sender.drain()).toEqual({ status: 'settled' })
    await sender.stop()
    expect(receiver.received.map(({ to }) => to).sort()).toEqual([...addresses].sort())
    expect(await countsOf(world.database, mailing)).toMatchObject({ sent: 400 })
    expect(receiver.mostOpen).toBe(3)
  })

  test('the pauses begin anew once the server has taken a message', async () => {
    await using world = await open()
    const clock = drivenClock(monday)
    let allowed = 1
    await using receiver = await startReceiver({
      onSender: () => (receiver.received.length < allowed ? undefined : '451 4.3.2 closed for a moment'),
    })
    await enqueueTo(world.database, clock, ['a@example.org', 'b@example.org', 'c@example.org', 'd@example.org'])
    const sender = senderTo(world.database, clock, receiver.url, 1)
    expect(await sender.drain()).toMatchObject({ status: 'unavailable' })
    expect(receiver.received).toHaveLength(1)
    for (const next of [2, 3, 4]) {
      allowed = next
      clock.advance(5_000)
      await expect.poll(() => receiver.received.length, { interval: 5 }).toBe(next)
      // Until this run has ended too.
      await sender.drain()
    }
    await sender.stop()
  })

  test('a server that goes away at the MAIL of a new connection is away: no try is counted', async () => {
    await using world = await open()
    const clock = drivenClock(monday)
    await using receiver = await startReceiver()
    await using proxy = await startProxy(receiver.port, (reply) => reply.includes('250 Accepted') && 'before')
    const mailing = await enqueueTo(world.database, clock, ['a@example.org', 'b@example.org'])
    const sender = senderTo(world.database, clock, proxy.url)
    expect(await sender.drain()).toMatchObject({ status: 'unavailable', reason: expect.stringContaining('does not accept our mail') })
    await sender.stop()
    const rows = await listDeliveries(world.database, mailing, { after: 0, limit: 10 })
    expect(rows.map(({ state, attempts }) => `${state} ${attempts}`)).toEqual(['queued 0', 'queued 0'])
  })

  test.each(['MAIL', 'RCPT'] as const)(
    'a server that takes a few messages from each connection, and says so at %s, gets the others over new ones',
    async (fullAt) => {
      await using world = await open()
      const clock = drivenClock(monday)
      await using receiver = await startReceiver({ perConnection: 3, fullAt })
      const mailing = await enqueueTo(
        world.database,
        clock,
        Array.from({ length: 20 }, (_, index) => `reader${index}@example.org`),
      )
      const sender = senderTo(world.database, clock, receiver.url, 2)
      expect(await sender.drain()).toEqual({ status: 'settled' })
      await sender.stop()
      expect(receiver.received).toHaveLength(20)
      expect(await countsOf(world.database, mailing)).toMatchObject({ sent: 20 })
    },
  )

  test('a port without TLS gives a clear message instead of the OpenSSL error', async () => {
    await using world = await open()
    const clock = drivenClock(monday)
    await using receiver = await startReceiver()
    await enqueueTo(world.database, clock, ['ada@example.org'])
    const sender = senderTo(world.database, clock, receiver.url.replace('smtp:', 'smtps:'))
    expect(await sender.drain()).toEqual({
      status: 'unavailable',
      reason: `the SMTP server 127.0.0.1:${receiver.port} cannot be reached over TLS: the server does not speak TLS on this port; use smtp:// instead of smtps://`,
    })
    await sender.stop()
  })

  test('an address that could inject a command fails alone', async () => {
    await using world = await open()
    const clock = drivenClock(monday)
    await using receiver = await startReceiver()
    const mailing = await enqueueTo(world.database, clock, ['eve@example.org>\r\nRCPT TO:<bea@example.org', 'ada@example.org'])
    const sender = senderTo(world.database, clock, receiver.url)
    expect(await sender.drain()).toEqual({ status: 'settled' })
    await sender.stop()
    expect(receiver.received.map(({ to }) => to)).toEqual(['ada@example.org'])
    const [failed] = await listDeliveries(world.database, mailing, { state: 'failed', after: 0, limit: 10 })
    expect(failed?.reason).toContain('is not an address that mail can be sent to')
  })

  test('stop does not wait for a server that never answers EHLO', async () => {
    await using world = await open()
    const clock = drivenClock(monday)
    await using server = await startMuteServer()
    const mailing = await enqueueTo(world.database, clock, ['ada@example.org'])
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const sender = senderTo(world.database, clock, server.url)
    const drained = sender.drain()
    await expect.poll(server.connections).toBe(1)
    await sender.stop()
    expect(await drained).toMatchObject({ status: 'unavailable' })
    expect(await countsOf(world.database, mailing)).toMatchObject({ queued: 1 })
  })

  test('a reader who unsubscribes after the claim and before the hand-over gets nothing', async () => {
    await using world = await open()
    const clock = drivenClock(monday)
    const { database } = world
    // The reader leaves at the very moment the server has accepted the recipient and waits for the message.
    await using receiver = await startReceiver({
      onRecipient: (to) => {
        if (to.startsWith('leaver')) left = database.transaction((tx) => cancelQueuedFor(tx, to, 'weekly', 'the reader left', clock.now()))
        return undefined
      },
    })
    let left: Promise<number> | undefined
    const mailing = await enqueueTo(database, clock, ['leaver@example.org', 'stayer@example.org'])
    const sender = senderTo(database, clock, receiver.url, 1)
    await sender.drain()
    await sender.stop()
    expect(await left).toBe(1)
    expect(receiver.received.map(({ to }) => to)).toEqual(['stayer@example.org'])
    expect(await countsOf(database, mailing)).toMatchObject({ sent: 1, cancelled: 1, uncertain: 0 })
  })

  test('a hold that is set in mid-send also stops what is claimed already, until it is released', async () => {
    await using world = await open()
    const { database } = world
    const clock = drivenClock(monday)
    let isHeld = false
    await using receiver = await startReceiver({
      onMessage: async () => {
        if (isHeld) return undefined
        isHeld = true
        await database.transaction((tx) => holdSending(tx, 'held by the operator', clock.now()))
        const claimed = await database.all(sql`SELECT id FROM deliveries WHERE state = 'queued' AND lease IS NOT NULL`)
        expect.soft(claimed.length).toBeGreaterThan(0)
        return undefined
      },
    })
    const addresses = Array.from({ length: 12 }, (_, index) => `reader${index}@example.org`)
    const mailing = await enqueueTo(database, clock, addresses)
    const sender = senderTo(database, clock, receiver.url, 1)
    await sender.drain()
    expect(receiver.received).toHaveLength(1)
    expect(await countsOf(database, mailing)).toMatchObject({ sent: 1, queued: 11, handing_over: 0, uncertain: 0 })
    await database.transaction(releaseSending)
    await sender.drain()
    await sender.stop()
    expect(receiver.received.map(({ to }) => to).sort()).toEqual([...addresses].sort())
    const rows = await listDeliveries(database, mailing, { after: 0, limit: 20 })
    expect(rows.filter(({ attempts }) => attempts !== 1)).toEqual([])
  })

  test('a connection lost as the server waits for the message is tried again', async () => {
    await using world = await open()
    const clock = drivenClock(monday)
    await using receiver = await startReceiver()
    let isBroken = true
    await using proxy = await startProxy(receiver.port, (reply) => isBroken && reply.includes('354 ') && 'after')
    const mailing = await enqueueTo(world.database, clock, ['a@example.org', 'b@example.org', 'c@example.org'])
    const sender = senderTo(world.database, clock, proxy.url)
    await sender.drain()
    expect(await countsOf(world.database, mailing)).toEqual(expect.objectContaining({ queued: 3, handing_over: 0, uncertain: 0 }))
    isBroken = false
    clock.advance(firstPauseMs)
    await sender.drain()
    await sender.stop()
    expect(await countsOf(world.database, mailing)).toMatchObject({ sent: 3 })
    expect(receiver.received).toHaveLength(3)
  })

  test('a connection lost after the final dot, before the answer, makes the delivery uncertain', async () => {
    await using world = await open()
    const clock = drivenClock(monday)
    await using receiver = await startReceiver()
    // What the server says after the message is never heard.
    await using proxy = await startProxy(receiver.port, (reply) => reply.includes('OK: message queued') && 'before')
    const mailing = await enqueueTo(world.database, clock, ['a@example.org'])
    const sender = senderTo(world.database, clock, proxy.url)
    await sender.drain()
    await sender.stop()
    expect(receiver.received).toHaveLength(1)
    expect(await countsOf(world.database, mailing)).toMatchObject({ uncertain: 1, queued: 0 })
  })

  test('a server that refuses us before it hears of a recipient is away: nobody fails, one connection asks, and it gets a pause', async () => {
    await using world = await open()
    const clock = drivenClock(monday)
    let isStrict = true
    await using receiver = await startReceiver({ onSender: () => (isStrict ? '451 4.3.2 closed for the night' : undefined) })
    const mailing = await enqueueTo(world.database, clock, ['a@example.org', 'b@example.org', 'c@example.org'])
    const sender = senderTo(world.database, clock, receiver.url)
    expect(await sender.drain()).toMatchObject({ status: 'unavailable', reason: expect.stringContaining('closed for the night') })
    expect(receiver.senders).toBe(1)
    sender.trigger()
    expect(await countsOf(world.database, mailing)).toMatchObject({ queued: 3, failed: 0 })
    expect(receiver.senders).toBe(1)
    isStrict = false
    clock.advance(5_000)
    await expect.poll(() => receiver.received.length).toBe(3)
    await sender.stop()
    const rows = await listDeliveries(world.database, mailing, { after: 0, limit: 10 })
    expect(rows.map(({ state, attempts }) => `${state} ${attempts}`)).toEqual(['sent 1', 'sent 1', 'sent 1'])
  })

  test('a confirmation overtakes an issue that is under way', async () => {
    await using world = await open()
    const { database } = world
    const clock = drivenClock(monday)
    const addresses = Array.from({ length: 200 }, (_, index) => `reader${index}@example.org`)
    let asked: Promise<void> | undefined
    const confirmation = { address: 'c@example.org', addressKey: 'c@example.org', placeholders: { name: 'C', unsubscribe_token: 't' } }
    await using receiver = await startReceiver({
      onMessage: async () => {
        asked ??= database.transaction((tx) =>
          enqueueEmail(tx, { id: 'confirmation', kind: 'confirmation', list: '' }, plainEdition, confirmation, clock.now()),
        )
        await asked
        return undefined
      },
    })
    await enqueueTo(database, clock, addresses)
    const sender = senderTo(database, clock, receiver.url, 2)
    await sender.drain()
    await sender.stop()
    expect(receiver.received).toHaveLength(201)
    expect(receiver.received.findIndex(({ to }) => to === 'c@example.org')).toBeLessThan(30)
  })

  test('after a crash, the next sender sends claimed deliveries and leaves handed-over ones alone', async () => {
    await using world = await open()
    const { database } = world
    const clock = drivenClock(monday)
    const mailing = await enqueueTo(database, clock, ['a@example.org', 'b@example.org', 'c@example.org'])
    const leaseEnd = new Date(clock.now().getTime() + 30_000)
    const [first] = await claim(database, '1 of the dead process', 2, clock.now(), leaseEnd)
    await markHandingOver(database, '1 of the dead process', [first?.id ?? 0])
    await using receiver = await startReceiver()
    const sender = senderTo(database, clock, receiver.url)
    await sender.drain()
    await sender.stop()
    expect(receiver.received.map(({ to }) => to).sort()).toEqual(['b@example.org', 'c@example.org'])
    expect(await countsOf(database, mailing)).toMatchObject({ sent: 2, uncertain: 1, queued: 0, handing_over: 0 })
    expect(await database.transaction((tx) => reap(tx, clock.now(), '1 '))).toEqual({ released: 0, uncertain: 0 })
  })

  test('a file has one sender, and another process says so; PostgreSQL has several, and they share the work', async () => {
    await using world = await open()
    const clock = drivenClock(monday)
    await using receiver = await startReceiver()
    const first = senderTo(world.database, clock, receiver.url)
    const second = senderTo(world.database, clock, receiver.url)
    expect(await first.takeOver()).toBe(true)
    expect(await second.takeOver()).toBe(false)
    const addresses = Array.from({ length: 60 }, (_, index) => `reader${index}@example.org`)
    await enqueueTo(world.database, clock, addresses)
    const drained = await Promise.all([first.drain(), second.drain()])
    expect(drained.map(({ status }) => status)).toEqual(['settled', engine === 'postgres' ? 'settled' : 'elsewhere'])
    await first.stop()
    expect(await second.takeOver()).toBe(true)
    await second.stop()
    expect(receiver.received.map(({ to }) => to).sort()).toEqual(addresses.sort())
  })

  test('a clock that jumps past the end of a lease makes nobody get it twice', async () => {
    await using world = await open()
    const clock = drivenClock(monday)
    await using receiver = await startReceiver({
      onRecipient: () => {
        clock.advance(40_000)
        return undefined
      },
    })
    const addresses = Array.from({ length: 60 }, (_, index) => `reader${index}@example.org`)
    await enqueueTo(world.database, clock, addresses)
    const sender = senderTo(world.database, clock, receiver.url)
    await sender.drain()
    await sender.stop()
    expect(receiver.received.map(({ to }) => to).sort()).toEqual(addresses.sort())
  })

  test('an email whose placeholder has no value fails alone and names the placeholder', async () => {
    await using world = await open()
    const clock = drivenClock(monday)
    await using receiver = await startReceiver()
    const edition = { ...plainEdition, email: { ...plainEdition.email, text: 'Dear \uFDD0nickname\uFDD1\n' } }
    const broken = await enqueueTo(world.database, clock, ['a@example.org'], edition)
    await enqueueTo(world.database, clock, ['b@example.org'])
    const sender = senderTo(world.database, clock, receiver.url)
    await sender.drain()
    await sender.stop()
    expect(receiver.received.map(({ to }) => to)).toEqual(['b@example.org'])
    const [row] = await listDeliveries(world.database, broken, { after: 0, limit: 1 })
    expect(row).toMatchObject({ state: 'failed', reason: expect.stringContaining('nickname') })
  })
})
