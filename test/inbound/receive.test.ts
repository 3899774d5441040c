import { describe, expect, test } from 'vitest'
import { receiveMail } from '../../src/inbound/receive.ts'
import { unsubscribeAddressFor } from '../../src/outbox/message/return-path.ts'
import { pruneDeliveries } from '../../src/outbox/prune.ts'
import { readLaterCounts } from '../../src/outbox/reports.ts'
import { whichAreSuppressed } from '../../src/outbox/suppressions.ts'
import { sql } from '../../src/platform/database/sql.ts'
import type { Engine } from '../support/databases.ts'
import { enqueueTo } from '../support/outbox.ts'
import { becomeReader, startWorld, type World } from '../support/world.ts'
import { bounceAddress, libraryMail } from './mail-library.ts'

/** A delivery to `address`, recorded as sent; returns its id and its mailing. */
async function sentTo(world: World, address: string, list = 'weekly'): Promise<{ id: number; mailing: string }> {
  const { database } = world.app
  const mailing = await enqueueTo(database, world.clock, [address], undefined, list)
  await database.run(sql`UPDATE deliveries SET state = 'sent', settled_at = 0 WHERE mailing_id = ${mailing}`)
  const row = await database.get<{ id: number }>(sql`SELECT id FROM deliveries WHERE mailing_id = ${mailing}`)
  return { id: row?.id ?? 0, mailing }
}

async function receive({ app }: World, name: string, deliveryId: number) {
  const { source, recipient } = await libraryMail(name, app.inbound.tokens, deliveryId)
  return receiveMail(app.inbound, { source: [source], recipients: [recipient], hasNullSender: !name.startsWith('leave') })
}

async function suppressed({ app }: World, address: string) {
  return (await whichAreSuppressed(app.database, app.inbound.tokens, [address])).get(address)
}

async function counted({ app }: World, mailing: string) {
  return (await readLaterCounts(app.database, [mailing])).get(mailing)
}

describe.each<Engine>(['sqlite', 'postgres'])('incoming reports on %s', (engine) => {
  test('hard, soft, complaint and policy are handled apart, and a second copy counts nothing', async () => {
    await using world = await startWorld({ engine })
    const cases = [
      { name: 'postfix-user-unknown', first: 'suppressed', again: 'known', reason: 'bounce', counts: { bounced: 1, complained: 0 } },
      { name: 'arf-yahoo', first: 'suppressed', again: 'known', reason: 'complaint', counts: { bounced: 0, complained: 1 } },
      { name: 'postfix-mailbox-full', first: 'counted', again: 'known', reason: undefined, counts: { bounced: 1, complained: 0 } },
      { name: 'postfix-policy', first: 'counted', again: 'known', reason: undefined, counts: { bounced: 1, complained: 0 } },
      { name: 'auto-reply', first: 'ignored', again: 'ignored', reason: undefined, counts: { bounced: 0, complained: 0 } },
      { name: 'forged-without-token', first: 'ignored', again: 'ignored', reason: undefined, counts: { bounced: 0, complained: 0 } },
      { name: 'forged-with-wrong-token', first: 'ignored', again: 'ignored', reason: undefined, counts: { bounced: 0, complained: 0 } },
    ] as const
    for (const { name, first, again, reason, counts } of cases) {
      const address = `${name}@example.net`
      const { id, mailing } = await sentTo(world, address)
      expect([name, await receive(world, name, id), await receive(world, name, id)]).toEqual([name, first, again])
      expect([name, await suppressed(world, address), await counted(world, mailing)]).toEqual([name, reason, counts])
    }
    // Whom the forged ones name.
    expect(await suppressed(world, 'bea@example.net')).toBeUndefined()
  })

  test('three soft bounces in fourteen days suppress, three in a longer time do not', async () => {
    await using world = await startWorld({ engine })
    const days = async (address: string, on: readonly number[]) => {
      for (const day of on) {
        world.clock.set(new Date(Date.UTC(2026, 10, 20 + day)).toISOString())
        const { id } = await sentTo(world, address)
        await receive(world, 'postfix-mailbox-full', id)
        await receive(world, 'gmail-over-quota', id)
      }
      return suppressed(world, address)
    }
    expect(await days('slow@example.net', [0, 7, 15])).toBeUndefined()
    expect(await days('full@example.net', [20, 27, 33])).toBe('bounce')
    // Of the six only those that still count say, by a keyed hash, whose they were.
    const row = await world.app.database.get(sql`SELECT count(*) AS n, count(address_hash) AS named FROM reports`)
    expect(row).toEqual({ n: 6, named: 3 })
  })

  test('a bounce cancels what is queued for the address, and one about mail that never left is of nobody', async () => {
    await using world = await startWorld({ engine })
    const { id } = await sentTo(world, 'ada@example.net')
    const queued = await enqueueTo(world.app.database, world.clock, ['ada@example.net', 'bea@example.net'])
    const rows = await world.app.database.all<{ id: number; address: string }>(
      sql`SELECT id, address FROM deliveries WHERE mailing_id = ${queued} ORDER BY id`,
    )
    expect(await receive(world, 'postfix-user-unknown', rows[1]?.id ?? 0)).toBe('ignored')
    expect(await receive(world, 'postfix-user-unknown', 987_654)).toBe('ignored')
    await receive(world, 'postfix-user-unknown', id)
    const states = await world.app.database.all(sql`SELECT address, state FROM deliveries WHERE mailing_id = ${queued} ORDER BY id`)
    expect(states).toEqual([
      { address: 'ada@example.net', state: 'cancelled' },
      { address: 'bea@example.net', state: 'queued' },
    ])
  })

  test('the mark of a delivery whose record is gone by its age never comes to mean another one', async () => {
    await using world = await startWorld({ engine })
    const { id } = await sentTo(world, 'ada@example.net')
    world.clock.advance(400 * 86_400_000)
    await world.app.database.run(sql`UPDATE mailings SET state = 'finished'`)
    while (await pruneDeliveries(world.app.database, world.clock.now()));
    expect((await sentTo(world, 'bea@example.net')).id).toBeGreaterThan(id)
    expect(await receive(world, 'postfix-user-unknown', id)).toBe('ignored')
    expect(await suppressed(world, 'bea@example.net')).toBeUndefined()
  })

  test('mail to the List-Unsubscribe address unsubscribes from that digest once, and an automatic reply does not', async () => {
    const env = { BOUNCE_ADDRESS: bounceAddress, INBOUND_SMTP_PORT: '0' }
    await using world = await startWorld({ engine, env })
    await becomeReader(world, 'ada@example.net', ['weekly', 'coast-daily'])
    const { id } = await sentTo(world, 'ada@example.net')
    expect(await receive(world, 'leave-from-a-machine', id)).toBe('ignored')
    expect(await receive(world, 'leave', id)).toBe('unsubscribed')
    expect(await receive(world, 'leave', id)).toBe('known')
    await world.app.sender.drain()
    const rows = await world.app.database.all(sql`SELECT digest, state FROM subscriptions ORDER BY digest`)
    expect(rows).toEqual([
      { digest: 'coast-daily', state: 'confirmed' },
      { digest: 'weekly', state: 'unsubscribed' },
    ])
    // The issue's mail itself names that address, since somebody reads it.
    const issue = await enqueueTo(world.app.database, world.clock, ['cleo@example.net'])
    await world.app.sender.drain()
    const row = await world.app.database.get<{ id: number }>(sql`SELECT id FROM deliveries WHERE mailing_id = ${issue}`)
    const mail = world.receiver.received.find(({ to }) => to === 'cleo@example.net')
    expect(mail?.source.replace(/\r\n[ \t]+/g, ' ')).toContain(
      `<mailto:${unsubscribeAddressFor(bounceAddress, world.app.inbound.tokens, row?.id ?? 0)}`,
    )
  })
})
