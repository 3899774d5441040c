import { expect, test } from 'vitest'
import { cancelQueuedFor, enqueueEmail } from '../../src/outbox/enqueue.ts'
import { anonymiseAddress } from '../../src/outbox/erase.ts'
import { letUncertainBe, moveMailing, requeueFailed, requeueUncertain, sweepCancelled } from '../../src/outbox/mailing-state.ts'
import { pruneDeliveries } from '../../src/outbox/prune.ts'
import { suppress } from '../../src/outbox/suppressions.ts'
import { onEachDatabase } from '../support/databases.ts'
import { drivenClock } from '../support/driven-clock.ts'
import { countedTwice, countsOf, enqueueTo, outboxMigrations, plainEdition, senderTo, testTokens } from '../support/outbox.ts'
import { startReceiver } from '../support/receiver.ts'

const audience = 150

onEachDatabase('an audience', outboxMigrations, (open) => {
  test('adds up at every moment, whatever happens to its readers and its issue', async () => {
    await using world = await open()
    const { database } = world
    const clock = drivenClock('2026-11-23T08:00:00Z')
    let seen = 0
    const checks: Promise<unknown>[] = []
    const addresses = Array.from({ length: audience }, (_, index) => `reader${index}@example.org`)
    await using receiver = await startReceiver({
      onMessage: () => {
        checks.push(disturb(seen++))
        return seen % 11 === 0 ? '451 4.3.0 later' : seen % 13 === 0 ? '554 5.6.0 not liked' : undefined
      },
    })
    const mailing = await enqueueTo(database, clock, addresses)

    async function addUp(): Promise<void> {
      const counts = await countsOf(database, mailing)
      expect(Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0)).toBe(audience)
      const { counters, rows } = await countedTwice(database)
      expect(counters).toEqual(rows)
    }
    async function disturb(step: number): Promise<void> {
      const [early = '', late = ''] = [addresses[step], addresses[audience - 1 - step]]
      await database.transaction(async (tx) => {
        if (step % 5 === 1) await cancelQueuedFor(tx, late, 'weekly', 'the reader left', clock.now())
        if (step % 7 === 2) await suppress(tx, testTokens, early, 'complaint', clock.now())
        if (step % 9 === 4) {
          await suppress(tx, testTokens, late, 'erasure', clock.now())
          await anonymiseAddress(tx, testTokens, late)
        }
        if (step === 40) await moveMailing(tx, mailing, 'paused')
      })
      await addUp()
    }

    const sender = senderTo(database, clock, receiver.url)
    await sender.drain()
    expect((await countsOf(database, mailing))?.queued).toBeGreaterThan(0)
    await moveMailing(database, mailing, 'open')
    await sender.drain()
    await database.transaction((tx) => requeueFailed(tx, mailing, clock.now(), clock.now()))
    await addUp()
    await database.transaction((tx) => requeueUncertain(tx, mailing, clock.now(), clock.now()))
    await letUncertainBe(database, mailing, clock.now(), clock.now())
    clock.advance(75_000)
    await sender.drain()
    await sender.stop()
    await Promise.all(checks)
    await addUp()
    const counts = await countsOf(database, mailing)
    expect(counts).toMatchObject({ handing_over: 0, skipped: 0 })
    expect(receiver.received).toHaveLength(counts?.sent ?? 0)
    expect(counts?.cancelled).toBeGreaterThan(0)

    const email = { id: 'an email', kind: 'welcome', list: '' } as const
    await database.transaction((tx) =>
      enqueueEmail(tx, email, plainEdition, { address: 'ada@example.org', addressKey: 'ada@example.org', placeholders: {} }, clock.now()),
    )
    const other = await enqueueTo(database, clock, addresses)
    await moveMailing(database, other, 'cancelled')
    await moveMailing(database, mailing, 'finished')
    await addUp()
    expect((await countedTwice(database)).counters).toMatchObject({ 'welcome queued': 1, [`${other} queued`]: audience })
    while (await database.transaction((tx) => sweepCancelled(tx, clock.now()))) await addUp()
    await database.transaction((tx) => suppress(tx, testTokens, 'ada@example.org', 'operator', clock.now()))
    clock.advance(1_000)
    while (await pruneDeliveries(database, clock.now())) await addUp()
    const left = counts?.queued ? { [`${mailing} queued`]: counts.queued } : {}
    expect(await countedTwice(database)).toEqual({ counters: left, rows: left })
    expect(await countsOf(database, mailing)).toEqual(counts)
  })
})
