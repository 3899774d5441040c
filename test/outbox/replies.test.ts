import { once } from 'node:events'
import { SMTPServer } from 'smtp-server'
import { expect, test } from 'vitest'
import { listDeliveries } from '../../src/outbox/delivery-queries.ts'
import { moveMailing } from '../../src/outbox/mailing-state.ts'
import { makeRateLimiter } from '../../src/outbox/sender/rate-limiter.ts'
import type { SenderContext } from '../../src/outbox/sender/sender.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { onEachDatabase } from '../support/databases.ts'
import { drivenClock } from '../support/driven-clock.ts'
import { countsOf, enqueueTo, outboxMigrations, senderTo } from '../support/outbox.ts'
import { startReceiver } from '../support/receiver.ts'

const monday = '2026-11-23T08:00:00Z'

function readersOf(domain: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `reader${index}@${domain}`)
}

/** Keeps the reasons for which mailings were paused. */
function pauses() {
  const reasons: string[] = []
  const onPaused: SenderContext['onPaused'] = async (_tx, _id, reason) => void reasons.push(reason)
  return { reasons, onPaused }
}

onEachDatabase('what a reply means', outboxMigrations, (open) => {
  test('an address that does not exist is suppressed, and what else is queued for it is cancelled; a full mailbox is neither', async () => {
    await using world = await open()
    const { database } = world
    await using receiver = await startReceiver({
      onRecipient: (to) =>
        to.startsWith('gone') ? '550 5.1.1 no such user' : to.startsWith('full') ? '552 5.2.2 mailbox full' : undefined,
    })
    const clock = drivenClock(monday)
    const first = await enqueueTo(database, clock, ['gone@example.org', 'full@example.org', 'here@example.org'])
    const later = await enqueueTo(database, clock, ['gone@example.org', 'full@example.org'])
    await database.run(sql`UPDATE deliveries SET due_at = due_at + 60000 WHERE mailing_id = ${later}`)
    const sender = senderTo(database, clock, receiver.url)
    await sender.drain()
    await sender.stop()
    expect(await countsOf(database, first)).toMatchObject({ sent: 1, failed: 2 })
    expect(await countsOf(database, later)).toMatchObject({ cancelled: 1, queued: 1 })
    expect(await database.all(sql`SELECT address_key, reason FROM suppressions`)).toEqual([
      { address_key: 'gone@example.org', reason: 'bounce' },
    ])
  })

  test('a domain whose policy refuses us stops the issue and fails nobody; after it is resumed it counts as about that reader', async () => {
    await using world = await open()
    const { database } = world
    await using receiver = await startReceiver({
      onMessage: (to) => (to.endsWith('@strict.example') ? '550 5.7.26 this mail is not authenticated' : undefined),
    })
    const clock = drivenClock(monday)
    const mailing = await enqueueTo(database, clock, ['a@strict.example', ...readersOf('example.org', 20), 'b@strict.example'])
    const { reasons, onPaused } = pauses()
    const sender = senderTo(database, clock, receiver.url, 1, { onPaused })
    await sender.drain()
    expect(await countsOf(database, mailing)).toMatchObject({ queued: 22, sent: 0, failed: 0, uncertain: 0 })
    expect(reasons).toEqual(['strict.example does not take mail from us: 550 5.7.26 this mail is not authenticated'])
    await moveMailing(database, mailing, 'open')
    await sender.drain()
    await sender.stop()
    expect(await countsOf(database, mailing)).toMatchObject({ sent: 20, failed: 2 })
    expect(reasons).toHaveLength(1)
  })

  test('a server that rejects us pauses every issue with a reason, and a confirmation only waits', async () => {
    await using world = await open()
    const { database } = world
    const clock = drivenClock(monday)
    let isStrict = true
    await using receiver = await startReceiver({ onSender: () => (isStrict ? '530 5.7.0 Authentication required' : undefined) })
    const mailings = [await enqueueTo(database, clock, ['a@example.org']), await enqueueTo(database, clock, ['b@example.org'])]
    const { reasons, onPaused } = pauses()
    const sender = senderTo(database, clock, receiver.url, 4, { onPaused })
    expect(await sender.drain()).toMatchObject({ status: 'unavailable', reason: expect.stringContaining('Authentication required') })
    expect(reasons).toHaveLength(2)
    for (const mailing of mailings) {
      const [row] = await listDeliveries(database, mailing, { after: 0, limit: 1 })
      expect(row).toMatchObject({ state: 'queued', attempts: 0 })
    }
    isStrict = false
    for (const mailing of mailings) await moveMailing(database, mailing, 'open')
    await sender.drain()
    await sender.stop()
    expect(receiver.received).toHaveLength(2)
  })

  test('a wrong password gives a clear message, is tried once, and pauses every issue', async () => {
    await using world = await open()
    let asked = 0
    const server = new SMTPServer({
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      onAuth: (_auth, _session, done) => {
        asked++
        done(Object.assign(new Error('bad credentials'), { responseCode: 535 }))
      },
    })
    server.on('error', () => {})
    const listener = server.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const { port } = listener.address() as { port: number }
    const clock = drivenClock(monday)
    await enqueueTo(world.database, clock, readersOf('example.org', 10))
    const { reasons, onPaused } = pauses()
    const sender = senderTo(world.database, clock, `smtp://user:hush@127.0.0.1:${port}`, 4, { onPaused })
    await sender.drain()
    await sender.stop()
    await new Promise<void>((resolve) => server.close(() => resolve()))
    expect(asked).toBe(1)
    expect(reasons).toEqual([expect.stringContaining(`127.0.0.1:${port} refuses the user or the password of SMTP_URL`)])
    expect(reasons.join()).not.toContain('hush')
  })

  test('a domain that throttles gets less at a time, and nobody else waits for it', async () => {
    await using world = await open()
    const { database } = world
    const clock = drivenClock(monday)
    let underWay = 0
    let most = 0
    let isBusy = true
    await using receiver = await startReceiver({
      onMessage: async (to) => {
        if (!to.endsWith('@slow.example')) return undefined
        most = Math.max(most, ++underWay)
        await new Promise((resolve) => setImmediate(resolve))
        underWay--
        return isBusy ? '421 4.7.0 too much at once' : undefined
      },
    })
    const mailing = await enqueueTo(database, clock, [...readersOf('slow.example', 30), ...readersOf('example.org', 30)])
    const sender = senderTo(database, clock, receiver.url, 8)
    await sender.drain()
    const refused = await database.get<{ n: number }>(sql`SELECT count(*) AS n FROM deliveries WHERE state = 'queued' AND attempts > 0`)
    expect(refused?.n).toBeLessThanOrEqual(8)
    expect(await countsOf(database, mailing)).toMatchObject({ sent: 30, queued: 30, failed: 0, uncertain: 0 })
    isBusy = false
    most = 0
    for (let runs = 0; runs < 60 && (await countsOf(database, mailing))?.queued; runs++) {
      clock.advance(5_000)
      await sender.drain()
      if (runs === 1) expect(most).toBeLessThanOrEqual(4)
    }
    await sender.stop()
    expect(await countsOf(database, mailing)).toMatchObject({ sent: 60 })
  })

  test('so many messages a second, over two processes together', async () => {
    await using world = await open()
    const { database } = world
    const clock = drivenClock(monday)
    await using receiver = await startReceiver()
    await enqueueTo(database, clock, readersOf('example.org', 12))
    const senders = [1, 2].map(() => senderTo(database, clock, receiver.url, 4, { perSecond: 10 }))
    const drained = Promise.all(senders.map((sender) => sender.drain()))
    for (let arrived = 1; arrived <= 12; arrived++) {
      await expect.poll(() => receiver.received.length, { interval: 5, timeout: 5_000 }).toBe(arrived)
      clock.advance(100)
    }
    await drained
    for (const sender of senders) await sender.stop()
  })
})

onEachDatabase('the pace', outboxMigrations, (open) => {
  test('a clock that is set back stops nobody, and a slow pace is kept by many', async () => {
    await using world = await open()
    const clock = drivenClock(monday)
    const quick = makeRateLimiter(world.database, clock, 10_000)
    await quick.slot()
    clock.advance(-3_600_000)
    await quick.slot()
    clock.advance(1_000)
    const slow = makeRateLimiter(world.database, clock, 0.1)
    let begun = 0
    const turns = Array.from({ length: 20 }, () => slow.slot().then(() => begun++))
    for (let seconds = 0; seconds <= 100; seconds += 10) {
      await expect.poll(() => begun, { interval: 5 }).toBe(seconds / 10 + 1)
      clock.advance(10_000)
    }
    slow.stop()
    await Promise.all(turns)
  })
})
