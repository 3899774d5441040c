import { simpleParser } from 'mailparser'
import { expect, test } from 'vitest'
import { listDeliveries } from '../../src/outbox/delivery-queries.ts'
import { onEachDatabase } from '../support/databases.ts'
import { drivenClock } from '../support/driven-clock.ts'
import { countsOf, enqueueTo, outboxMigrations, senderTo } from '../support/outbox.ts'
import { startReceiver } from '../support/receiver.ts'

onEachDatabase('mail to internationalised addresses', outboxMigrations, (open) => {
  test('goes as it is written to a server that offers SMTPUTF8, its domain in ASCII', async () => {
    await using world = await open()
    await using receiver = await startReceiver()
    const clock = drivenClock('2026-11-23T08:00:00Z')
    const mailing = await enqueueTo(world.database, clock, ['jørgen@bücher.example', 'ada@bücher.example'])
    const sender = senderTo(world.database, clock, receiver.url)
    await sender.drain()
    await sender.stop()
    expect(await countsOf(world.database, mailing)).toMatchObject({ sent: 2 })
    // The receiver tells domains as they are read.
    expect(receiver.received.map(({ to }) => to).sort()).toEqual(['ada@bücher.example', 'jørgen@bücher.example'])
    const one = receiver.received.find(({ to }) => to.startsWith('j'))
    const header = Buffer.from(one?.source ?? '', 'latin1')
      .toString()
      .split('\r\n\r\n', 1)[0]
    expect(header).toMatch(/^To: =\?UTF-8\?B\?asO4cmdlbg==\?= <jørgen@xn--bcher-kva.example>\r\n/m)
    expect((await simpleParser(Buffer.from(one?.source ?? '', 'latin1'))).text).toContain('Hello jørgen,')
  })

  test('fails with the reason where the server does not offer it, and holds nobody else up', async () => {
    await using world = await open()
    await using receiver = await startReceiver({ isAsciiOnly: true })
    const clock = drivenClock('2026-11-23T08:00:00Z')
    const mailing = await enqueueTo(world.database, clock, ['jørgen@example.org', 'ada@bücher.example'])
    const sender = senderTo(world.database, clock, receiver.url, 1)
    await sender.drain()
    await sender.stop()
    expect(receiver.received.map(({ to }) => to)).toEqual(['ada@bücher.example'])
    expect(receiver.received[0]?.source).toMatch(/^To: "ada" <ada@xn--bcher-kva.example>\r\n/m)
    const [failed] = await listDeliveries(world.database, mailing, { state: 'failed', after: 0, limit: 10 })
    expect(failed).toMatchObject({ address: 'jørgen@example.org', reason: expect.stringContaining('SMTPUTF8') })
  })
})
