import { expect, test } from 'vitest'
import { pruneOutbox } from '../../../src/outbox/prune.ts'
import type { SenderRank } from '../../../src/outbox/sender/domain-throttle.ts'
import { trackDomains } from '../../../src/outbox/sender/domains.ts'
import { SenderPlace } from '../../../src/outbox/sender/sender-place.ts'
import type { Database, Queries } from '../../../src/platform/database/database.ts'
import { type Sql, sql } from '../../../src/platform/database/sql.ts'
import type { Publication } from '../../../src/publication/publication.ts'
import { onEachDatabase, openTestDatabase } from '../../support/databases.ts'
import { type DrivenClock, drivenClock } from '../../support/driven-clock.ts'
import { countsOf, enqueueTo, outboxMigrations, senderTo } from '../../support/outbox.ts'
import { quietLog } from '../../support/quiet.ts'
import { startReceiver } from '../../support/receiver.ts'

const monday = '2026-11-23T08:00:00Z'
const slow = 'slow.example'

function readersOf(domain: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `reader${index}@${domain}`)
}

/** The domains as one of two processes sees them. */
function domainsOf(database: Database, clock: DrivenClock, rank: SenderRank, connections = 8) {
  return trackDomains({ database, clock, log: quietLog, connections, rank: async () => rank })
}

const [first, second] = [0, 1].map((rank) => ({ senders: 2, rank })) as [SenderRank, SenderRank]

/** How many deliveries to the domain may start. They end as `outcome` says. */
async function tryMany(domains: ReturnType<typeof domainsOf>, clock: DrivenClock, outcome: 'accepted' | 'throttled', most = 8) {
  let begun = 0
  while (begun < most && domains.enter(slow, clock.now())) begun++
  for (let ended = 0; ended < begun; ended++) await domains.leave(slow, outcome, clock.now())
  return begun
}

/** Ticks of the clock are driven too. */
function tickingClock() {
  const ticks = new Set<() => void>()
  const clock: DrivenClock = {
    ...drivenClock(monday),
    every(_intervalMs, tick) {
      ticks.add(tick)
      return () => ticks.delete(tick)
    },
  }
  return { clock, tick: () => ticks.forEach((one) => void one()) }
}

/** Counts the statements that fit. */
function counting(database: Database, fits: (text: string) => boolean) {
  let count = 0
  const noted = (query: Sql) => {
    if (fits(query.compile('numbered').text)) count++
    return query
  }
  const noting = <Db extends Queries>(db: Db): Db => ({
    ...db,
    engine: db.engine,
    all: (query: Sql) => db.all(noted(query)),
    get: (query: Sql) => db.get(noted(query)),
    run: (query: Sql) => db.run(noted(query)),
    insertAll: (into: Sql, rows: Parameters<Queries['insertAll']>[1], after?: Sql) => db.insertAll(noted(into), rows, after),
  })
  const counted: Database = {
    ...noting(database),
    transaction: (work) => database.transaction((tx) => work(noting(tx))),
    commit: (work) => database.commit((tx) => work(noting(tx))),
  }
  return { database: counted, count: () => count }
}

onEachDatabase('domains that throttle', outboxMigrations, (open) => {
  test('what one process learns, the other one knows at its next look, and the two share the limit', async () => {
    await using world = await open()
    const clock = drivenClock(monday)
    const [one, other] = [domainsOf(world.database, clock, first), domainsOf(world.database, clock, second)]
    await other.exchange()
    expect(await tryMany(one, clock, 'throttled')).toBe(8)
    await other.exchange()
    expect(other.enter(slow, clock.now())).toBe(false)
    expect(other.enter('example.org', clock.now())).toBe(true)
    expect(other.enter(slow, clock.now(), true)).toBe(true)
    await other.leave(slow, 'other', clock.now())
    expect(other.nextTryAt(slow, clock.now())).toEqual(new Date('2026-11-23T08:00:05Z'))
    clock.advance(5_000)
    let underWay = 0
    for (const domains of [one, other]) while (domains.enter(slow, clock.now())) underWay++
    expect(underWay).toBe(4)
  })

  test('refusals that two processes get at once halve the limit once', async () => {
    await using world = await open()
    const clock = drivenClock(monday)
    const both = [domainsOf(world.database, clock, first), domainsOf(world.database, clock, second)]
    for (const domains of both) for (let begun = 0; begun < 8; begun++) expect(domains.enter(slow, clock.now())).toBe(true)
    await Promise.all(both.flatMap((domains) => Array.from({ length: 8 }, () => domains.leave(slow, 'throttled', clock.now()))))
    expect(await world.database.all(sql`SELECT domain, at_once, pause_ms FROM throttled_domains`)).toEqual([
      { domain: slow, at_once: 4, pause_ms: 5_000 },
    ])
  })

  test('the limit grows with what all processes get accepted; once it is lifted its row is gone, and nobody keeps it', async () => {
    await using world = await open()
    const clock = drivenClock(monday)
    const both = [domainsOf(world.database, clock, first), domainsOf(world.database, clock, second)]
    for (const domains of both) await domains.exchange()
    await tryMany(both[0] as (typeof both)[0], clock, 'throttled')
    const limits: number[] = []
    for (let rounds = 0; rounds < 100; rounds++) {
      clock.advance(5_000)
      for (const domains of both) {
        await domains.exchange()
        await tryMany(domains, clock, 'accepted', 2)
        await domains.exchange()
      }
      const row = await world.database.get<{ at_once: number }>(sql`SELECT at_once FROM throttled_domains`)
      if (!row) break
      limits.push(row.at_once)
    }
    expect(limits.every((limit, index) => limit - (limits[index - 1] ?? 4) <= 1)).toBe(true)
    expect(limits.at(-1)).toBe(15)
    for (const domains of both) {
      await domains.exchange()
      expect(await tryMany(domains, clock, 'accepted')).toBe(8)
    }
  })

  test('a throttle outlives the process that learnt it, until the domain got nothing for a day', async () => {
    await using world = await open()
    const clock = drivenClock(monday)
    await tryMany(domainsOf(world.database, clock, { senders: 1, rank: 0 }), clock, 'throttled')
    const restarted = domainsOf(world.database, clock, { senders: 1, rank: 0 })
    await restarted.refresh()
    expect(restarted.enter(slow, clock.now())).toBe(false)
    const publication = () => ({ retention: { deliveriesMs: 86_400_000 } }) as Publication
    const prune = () => pruneOutbox({ database: world.database, publication }, clock.now(), new AbortController().signal)
    clock.advance(86_000_000)
    await prune()
    await restarted.refresh()
    expect(await tryMany(restarted, clock, 'accepted')).toBe(4)
    clock.advance(86_401_000)
    await prune()
    await restarted.refresh()
    expect(await tryMany(restarted, clock, 'accepted')).toBe(8)
  })

  test('while the database does not answer, a process keeps to what it has learnt itself, and tells it later', async () => {
    await using world = await open()
    const clock = drivenClock(monday)
    let isAway = true
    const { transaction } = world.database
    const failing: Database = { ...world.database, transaction: (work) => (isAway ? Promise.reject(new Error('away')) : transaction(work)) }
    const [one, other] = [domainsOf(failing, clock, first), domainsOf(world.database, clock, second)]
    await tryMany(one, clock, 'throttled')
    expect(one.enter(slow, clock.now())).toBe(false)
    isAway = false
    await one.exchange()
    await other.exchange()
    expect(other.enter(slow, clock.now())).toBe(false)
  })

  test('the database holds a thousand of them; each process keeps the others to itself', async () => {
    await using world = await open()
    const clock = drivenClock(monday)
    const now = clock.now().getTime()
    await world.database.insertAll(
      sql`INSERT INTO throttled_domains (domain, at_once, pause_until, pause_ms, accepted, updated_at)`,
      Array.from({ length: 1_000 }, (_, index) => [`domain${index}.example`, 1, now, 5_000, 0, now]),
    )
    const domains = domainsOf(world.database, clock, first)
    await tryMany(domains, clock, 'throttled')
    expect(await world.database.get(sql`SELECT count(*) AS n FROM throttled_domains`)).toEqual({ n: 1_000 })
    await domains.exchange()
    expect(domains.enter(slow, clock.now())).toBe(false)
    clock.advance(5_000)
    expect(await tryMany(domains, clock, 'accepted')).toBe(4)
  })

  test('where no domain throttles, a run looks once at its start and once a tick, whatever it sends', async () => {
    await using world = await open()
    await using receiver = await startReceiver()
    const { clock } = tickingClock()
    const { database, count } = counting(world.database, (text) => /throttled_domains|pg_locks/.test(text))
    await enqueueTo(database, clock, readersOf('example.org', 200))
    const sender = senderTo(database, clock, receiver.url, 4)
    await sender.drain()
    await sender.stop()
    expect(receiver.received).toHaveLength(200)
    expect(count()).toBe(1)
  })

  test('a process in the middle of a run learns at its next tick that a domain throttles', async () => {
    await using world = await open()
    const { clock, tick } = tickingClock()
    const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    await using receiver = await startReceiver({
      onMessage: async () => {
        reached.resolve()
        await released.promise
        return undefined
      },
    })
    const { database, count } = counting(world.database, (text) => text.includes('FROM throttled_domains'))
    const mailing = await enqueueTo(database, clock, ['ada@example.org', ...readersOf(slow, 10)])
    const sender = senderTo(database, clock, receiver.url, 4)
    const drained = sender.drain()
    await reached.promise
    await tryMany(domainsOf(world.database, clock, second), clock, 'throttled')
    tick()
    await expect.poll(count, { interval: 5 }).toBe(2)
    released.resolve()
    await drained
    await sender.stop()
    expect(receiver.received.map(({ to }) => to)).toEqual(['ada@example.org'])
    expect(await countsOf(world.database, mailing)).toMatchObject({ sent: 1, queued: 10 })
  })
})

test('the rank of a sender counts the places that are held now', async () => {
  await using world = await openTestDatabase('postgres', outboxMigrations)
  const clock = drivenClock(monday)
  const places = [1, 2, 3].map(() => new SenderPlace({ database: world.database, clock, log: quietLog }))
  for (const place of places) await place.take()
  expect(await Promise.all(places.map((place) => place.rank()))).toEqual([0, 1, 2].map((rank) => ({ senders: 3, rank })))
  await places[0]?.release()
  await expect.poll(() => places[2]?.rank(), { interval: 5 }).toEqual({ senders: 2, rank: 1 })
  for (const place of places) await place.release()
})

test('two senders together keep to the limit of a domain, lose nobody, and send to other domains at full speed', async () => {
  await using world = await openTestDatabase('postgres', outboxMigrations)
  const { database } = world
  const clock = drivenClock(monday)
  const takes = 4
  const [full, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let gate = full.promise
  let [underWay, most] = [0, 0]
  const passed = [true, true]
  /** Of one sender. A run begins with a single message, which passes, because the others wait for it. */
  const onMessageOf = (sender: number) => async (to: string) => {
    if (!to.endsWith(`@${slow}`)) return undefined
    most = Math.max(most, ++underWay)
    const isTooMuch = underWay > takes
    if (underWay === 16) full.resolve()
    if (passed[sender]) await gate
    passed[sender] = true
    for (let turns = 0; turns < 30; turns++) await new Promise((resolve) => setImmediate(resolve))
    underWay--
    return isTooMuch ? '421 4.7.0 too much at once' : undefined
  }
  await using firstReceiver = await startReceiver({ onMessage: onMessageOf(0) })
  await using secondReceiver = await startReceiver({ onMessage: onMessageOf(1) })
  const receivers = [firstReceiver, secondReceiver]
  const received = () => receivers.flatMap((receiver) => receiver.received.map(({ to }) => to))
  const readers = [...readersOf('example.org', 60), ...readersOf(slow, 150)]
  const mailing = await enqueueTo(database, clock, readers)
  const senders = receivers.map(({ url }) => senderTo(database, clock, url, 8))
  const drainAll = () => Promise.all(senders.map((sender) => sender.drain()))
  await drainAll()
  expect(most).toBe(16)
  expect(received().filter((to) => to.endsWith('@example.org'))).toHaveLength(60)

  const due = () => database.get(sql`SELECT count(*) AS n FROM deliveries WHERE state = 'queued' AND due_at <= ${clock.now().getTime()}`)
  gate = released.promise
  passed.fill(false)
  clock.advance(8_000)
  const drained = drainAll()
  await expect.poll(due, { interval: 20, timeout: 20_000 }).toEqual({ n: 0 })
  const limit = await database.get<{ at_once: number }>(sql`SELECT at_once FROM throttled_domains`)
  expect(limit?.at_once).toBeLessThanOrEqual(takes + 1)
  const begun = await database.get<{ n: number }>(sql`SELECT count(*) AS n FROM deliveries WHERE state = 'handing_over'`)
  expect(begun?.n).toBeGreaterThan(0)
  expect(begun?.n).toBeLessThanOrEqual(limit?.at_once ?? 0)
  released.resolve()
  await drained

  for (let runs = 0; runs < 200 && (await countsOf(database, mailing))?.queued; runs++) {
    clock.advance(5_000)
    await drainAll()
  }
  for (const sender of senders) await sender.stop()
  expect(await countsOf(database, mailing)).toMatchObject({ sent: 210, queued: 0, failed: 0, uncertain: 0 })
  expect(received().sort()).toEqual(readers.sort())
}, 60_000)
