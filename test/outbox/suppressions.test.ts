import { expect, test } from 'vitest'
import { liftSuppression, listSuppressions, readSuppression, suppress, whichAreSuppressed } from '../../src/outbox/suppressions.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { tokensKeyedBy } from '../../src/platform/tokens.ts'
import { onEachDatabase } from '../support/databases.ts'
import { drivenClock } from '../support/driven-clock.ts'
import { countsOf, enqueueTo, outboxMigrations, senderTo, testTokens } from '../support/outbox.ts'
import { startReceiver } from '../support/receiver.ts'

onEachDatabase('suppressions', outboxMigrations, (open) => {
  test('suppressing an address cancels what is queued for it, of every list, and for nobody else', async () => {
    await using opened = await open()
    const { database } = opened
    const clock = drivenClock('2026-11-20T09:00:00Z')
    const mailings = [
      await enqueueTo(database, clock, ['Ada@example.org', 'ben@example.org']),
      await enqueueTo(database, clock, ['ada@example.org'], undefined, 'daily'),
      await enqueueTo(database, clock, ['ada@example.org'], undefined, ''),
    ]
    await database.transaction((tx) => suppress(tx, testTokens, 'ada@example.org', 'complaint', clock.now()))
    for (const mailing of mailings) expect(await countsOf(database, mailing)).toMatchObject({ cancelled: 1 })
    expect(await countsOf(database, mailings[0] as string)).toMatchObject({ queued: 1 })
    const row = await database.get(sql`SELECT reason FROM deliveries WHERE address = 'Ada@example.org'`)
    expect(row).toEqual({ reason: 'the address is suppressed: complaint' })
  })

  test('what is queued for a suppressed address afterwards is refused right before it is handed over', async () => {
    await using opened = await open()
    const { database } = opened
    await using receiver = await startReceiver()
    const clock = drivenClock('2026-11-20T09:00:00Z')
    await database.transaction((tx) => suppress(tx, testTokens, 'ada@example.org', 'erasure', clock.now()))
    const mailing = await enqueueTo(database, clock, ['ada@example.org', 'ben@example.org'])
    const sender = senderTo(database, clock, receiver.url)
    await sender.drain()
    await sender.stop()
    expect(receiver.received.map((one) => one.to)).toEqual(['ben@example.org'])
    expect(await countsOf(database, mailing)).toMatchObject({ sent: 1, cancelled: 1, queued: 0, handing_over: 0 })
  })

  test('an erased address is kept as a keyed hash alone, and is known by it', async () => {
    await using opened = await open()
    const { database } = opened
    const now = new Date('2026-11-20T09:00:00Z')
    await database.transaction(async (tx) => {
      await suppress(tx, testTokens, 'ada@example.org', 'bounce', now)
      await suppress(tx, testTokens, 'ben@example.org', 'erasure', now)
      await suppress(tx, testTokens, 'cleo@example.org', 'operator', now)
    })
    expect((await readSuppression(database, testTokens, 'ada@example.org'))?.addressKey).toBe('ada@example.org')
    await database.transaction((tx) => suppress(tx, testTokens, 'ada@example.org', 'erasure', now))
    expect(JSON.stringify(await database.all(sql`SELECT * FROM suppressions`))).not.toMatch(/ada@|ben@/)
    const keys = ['ada@example.org', 'ben@example.org', 'cleo@example.org', 'dan@example.org']
    expect(Object.fromEntries(await whichAreSuppressed(database, testTokens, keys))).toEqual({
      'ada@example.org': 'bounce',
      'ben@example.org': 'erasure',
      'cleo@example.org': 'operator',
    })
    expect(await whichAreSuppressed(database, tokensKeyedBy('another secret of the tests'), keys)).toEqual(
      new Map([['cleo@example.org', 'operator']]),
    )
  })

  test('the first reason stays, and lifting lets mail through again', async () => {
    await using opened = await open()
    const { database } = opened
    const now = new Date('2026-11-20T09:00:00Z')
    const twice = await database.transaction(async (tx) => [
      await suppress(tx, testTokens, 'ada@example.org', 'bounce', now),
      await suppress(tx, testTokens, 'ada@example.org', 'complaint', now),
    ])
    expect(twice).toEqual([true, false])
    expect((await whichAreSuppressed(database, testTokens, ['ada@example.org'])).get('ada@example.org')).toBe('bounce')
    expect(await database.transaction((tx) => liftSuppression(tx, testTokens, 'ada@example.org'))).toBe(true)
    expect(await database.transaction((tx) => liftSuppression(tx, testTokens, 'ada@example.org'))).toBe(false)
    expect((await whichAreSuppressed(database, testTokens, ['ada@example.org'])).size).toBe(0)
  })

  test('pages of suppressions hold each once, newest first', async () => {
    await using opened = await open()
    const { database } = opened
    for (let index = 0; index < 7; index++) {
      const at = new Date(Date.UTC(2026, 10, 20, 9, Math.floor(index / 3)))
      await database.transaction((tx) => suppress(tx, testTokens, `reader${index}@example.org`, 'bounce', at))
    }
    const seen: string[] = []
    for (let page = await listSuppressions(database, { limit: 2 }); page.length > 0; ) {
      seen.push(...page.map((one) => one.addressKey ?? ''))
      const last = page.at(-1)
      page = last ? await listSuppressions(database, { limit: 2, before: last }) : []
    }
    expect(seen[0]).toBe('reader6@example.org')
    expect(new Set(seen).size).toBe(7)
    expect(seen).toHaveLength(7)
  })
})
