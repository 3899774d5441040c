import { expect, onTestFinished, test, vi } from 'vitest'
import { claim, reap } from '../../../src/outbox/sender/claim-store.ts'
import { openDeliveryJournal } from '../../../src/outbox/sender/delivery-journal.ts'
import type { Database } from '../../../src/platform/database/database.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { onEachDatabase } from '../../support/databases.ts'
import { drivenClock } from '../../support/driven-clock.ts'
import { countsOf, enqueueTo, outboxMigrations, testTokens } from '../../support/outbox.ts'
import { quietLog } from '../../support/quiet.ts'

const monday = '2026-11-23T08:00:00Z'
const lease = '1 the-lease'
const sent = { settlement: { state: 'sent', reason: '250 kept' } } as const

/** Two deliveries under one lease, and records whose commits are made by `commit`, numbered from 1. */
async function leaseTwo(database: Database, commit: (number: number, commit: Database['commit']) => Database['commit']) {
  const clock = drivenClock(monday)
  const mailing = await enqueueTo(database, clock, ['ada@example.org', 'bea@example.org'])
  const until = new Date(clock.now().getTime() + 30_000)
  const claimed = await database.transaction((tx) => claim(tx, lease, 2, clock.now(), until))
  const [ada, bea] = claimed.map((delivery) => ({ delivery, lease }))
  if (!ada || !bea) throw new Error('two deliveries were expected')
  let number = 0
  const failing: Database = { ...database, commit: (work) => commit(++number, database.commit)(work) }
  let failures = 0
  const log = Object.assign(Object.create(quietLog) as typeof quietLog, { error: () => void failures++ })
  const journal = openDeliveryJournal({
    database: failing,
    tokens: testTokens,
    clock,
    log,
    onPaused: async () => {},
    onBounced: async () => {},
  })
  return { journal, ada, bea, failures: () => failures, counts: () => countsOf(database, mailing), clock }
}

onEachDatabase('what is committed about deliveries', outboxMigrations, (open) => {
  test('no intent is committed before the result that failed to be: a kill leaves one uncertain for a connection', async () => {
    await using world = await open()
    const { journal, ada, bea, failures, counts } = await leaseTwo(world.database, (number, commit) =>
      number === 2 ? () => Promise.reject(new Error('the disk is full')) : commit,
    )
    expect(await journal.intend(ada)).toBe(true)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const recorded = journal.record({ ...ada, decision: sent })
    // In a batch of its own, which must not be let past the other.
    await new Promise((resolve) => setImmediate(resolve))
    const intended = journal.intend(bea)
    await expect.poll(failures, { interval: 2 }).toBe(1)
    expect(await counts()).toMatchObject({ handing_over: 1, queued: 1 })
    await vi.advanceTimersByTimeAsync(1_000)
    await recorded
    expect(await intended).toBe(true)
    expect(await counts()).toMatchObject({ sent: 1, handing_over: 1 })
  })

  test('no intent is answered before the results that did not reach the disk are written again', async () => {
    await using world = await open()
    const { journal, ada, bea, failures } = await leaseTwo(world.database, (number, commit) =>
      number === 2 ? async (work) => ({ ...(await commit(work)), onDisk: Promise.reject(new Error('the disk is gone')) }) : commit,
    )
    expect(await journal.intend(ada)).toBe(true)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const recorded = journal.record({ ...ada, decision: sent })
    await new Promise((resolve) => setImmediate(resolve))
    let isAnswered = false
    const answered = journal.intend(bea).then((isGranted) => {
      isAnswered = true
      return isGranted
    })
    await expect.poll(failures, { interval: 2 }).toBe(1)
    // Committed and on the disk, long before a second has passed.
    await expect
      .poll(() => world.database.get(sql`SELECT state FROM deliveries WHERE id = ${bea.delivery.id}`), { interval: 2 })
      .toBeDefined()
    expect(isAnswered).toBe(false)
    await vi.advanceTimersByTimeAsync(1_000)
    await recorded
    expect(await answered).toBe(true)
  })

  test.each([
    ['as it was committed', (commit: Database['commit']) => ((work) => commit(work).then(lost)) as Database['commit']],
    [
      'on its way to the disk',
      (commit: Database['commit']) =>
        (async (work) => ({ ...(await commit(work)), onDisk: Promise.resolve().then(lost) })) as Database['commit'],
    ],
  ])('an intent that failed %s rejects instead of answering false, and may be undone', async (_, losing) => {
    await using world = await open()
    const { journal, ada, bea, failures, counts, clock } = await leaseTwo(world.database, (number, commit) =>
      number === 2 ? losing(commit) : commit,
    )
    expect(await journal.intend(ada)).toBe(true)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const recorded = journal.record({ ...ada, decision: sent })
    const answered = expect(journal.intend(bea)).rejects.toThrow('the database was lost')
    await expect.poll(failures, { interval: 2 }).toBe(1)
    await vi.advanceTimersByTimeAsync(1_000)
    await Promise.all([recorded, answered])
    await journal.record({ ...bea, decision: { settlement: { state: 'queued', reason: 'not handed over', dueAt: clock.now() } } })
    expect(await world.database.transaction((tx) => reap(tx, clock.now(), '1 '))).toEqual({ released: 0, uncertain: 0 })
    expect(await counts()).toMatchObject({ sent: 1, queued: 1, uncertain: 0 })
  })

  test('a lease is renewed between the commits of its results, so that the two never wait for each other', async () => {
    await using world = await open()
    let underWay = 0
    let most = 0
    const { journal, ada, bea, counts, clock } = await leaseTwo(world.database, (_, commit) => async (work) => {
      most = Math.max(most, ++underWay)
      return commit(work).finally(() => underWay--)
    })
    const until = new Date(clock.now().getTime() + 60_000)
    await Promise.all([journal.intend(ada), journal.intend(bea), journal.renew(lease, until)])
    await Promise.all([journal.record({ ...ada, decision: sent }), journal.renew(lease, until), journal.record({ ...bea, decision: sent })])
    expect(most).toBe(1)
    expect(await counts()).toMatchObject({ sent: 2, handing_over: 0 })
  })

  test('a renewed lease outlives its first end, and what is settled under it is not renewed', async () => {
    await using world = await open()
    const { journal, ada, bea, counts, clock } = await leaseTwo(world.database, (_, commit) => commit)
    expect(await journal.intend(ada)).toBe(true)
    await journal.record({ ...ada, decision: sent })
    await journal.renew(lease, new Date(clock.now().getTime() + 60_000))
    const afterFirstEnd = new Date(clock.now().getTime() + 31_000)
    expect(await world.database.transaction((tx) => reap(tx, afterFirstEnd))).toEqual({ released: 0, uncertain: 0 })
    expect(await journal.intend(bea)).toBe(true)
    expect(await counts()).toMatchObject({ sent: 1, handing_over: 1 })
  })
})

function lost(): never {
  throw new Error('the database was lost')
}
