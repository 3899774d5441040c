import { describe, expect, test } from 'vitest'
import type { Queries } from '../../src/platform/database/database.ts'
import { type Sql, sql } from '../../src/platform/database/sql.ts'
import { listSegment } from '../../src/subscribers/list.ts'
import { readSegment, type Segment } from '../../src/subscribers/segment.ts'
import { countSegment } from '../../src/subscribers/segment-count.ts'
import { countStep, listStep, planWalk } from '../../src/subscribers/segment-store.ts'
import { type Listed, stateOf } from '../../src/subscribers/subscriber.ts'
import { publicationYaml } from '../support/content.ts'
import type { Engine } from '../support/databases.ts'
import { startWorld, type World } from '../support/world.ts'
import { imported } from './import/lists.ts'

const topics = ['', 'coast', 'craft', 'coast craft']
const states = ['confirmed', 'pending', 'unsubscribed'] as const

/** 240 subscribers with all combinations of digests, states, sources and topics, half of them added a day later. */
async function fill(world: World): Promise<Date> {
  let later = world.clock.now()
  for (const half of [0, 1]) {
    later = world.clock.now()
    const rows = Array.from({ length: 120 }, (_, n) => {
      const about = `r${half}-${n}@example.org,${topics[n % 4]},${['form', 'fair'][n % 2]}`
      return [`${about},weekly,${states[n % 3]}`, ...(n % 5 < 3 ? [`${about},coast-daily,${states[Math.floor(n / 3) % 3]}`] : [])].join(
        '\n',
      )
    })
    await imported(world, `email,topics,source,digests,status\n${rows.join('\n')}\n`)
    world.clock.advance(86_400_000)
  }
  return later
}

/** A simple reference implementation of segments. */
function isIn(one: Listed, { digest, state, source, topic, since }: Segment): boolean {
  const fitting = one.subscriptions.filter(
    (each) =>
      (digest === undefined || each.digest === digest) &&
      (state === undefined || each.state === state) &&
      (source === undefined || each.source === source),
  )
  return (
    fitting.length > 0 &&
    (digest !== undefined || state === undefined || stateOf(one.subscriptions) === state) &&
    (topic === undefined || one.topics.length === 0 || one.topics.includes(topic)) &&
    (since === undefined || one.createdAt >= since)
  )
}

function* allSegments(later: Date): Generator<Segment> {
  for (const digest of [undefined, 'weekly', 'coast-daily', 'gone'])
    for (const state of [undefined, ...states])
      for (const source of [undefined, 'fair'])
        for (const topic of [undefined, 'coast'])
          for (const since of [undefined, later])
            yield {
              ...(digest && { digest }),
              ...(state && { state }),
              ...(source && { source }),
              ...(topic && { topic }),
              ...(since && { since }),
            }
}

describe.each<Engine>(['sqlite', 'postgres'])('segments on %s', (engine) => {
  test('all combinations of digest, state, source, topic and time give the right count and pages', async () => {
    await using world = await startWorld({ engine, publication: publicationYaml.replace('topics: { craft:', 'topics: { law: Law, craft:') })
    const { subscribers } = world.app
    const later = await fill(world)
    const all = await listSegment(subscribers, {}, { after: undefined, limit: 1_000 })
    expect(all).toHaveLength(240)
    for (const segment of allSegments(later)) {
      const expected = all.filter((one) => isIn(one, segment)).map((one) => one.email)
      // Those of the topic, all but the others, and where both are many.
      const counts = await Promise.all([1_000, 100, 1].map((few) => countSegment(subscribers, segment, few)))
      // The plan for a topic with many subscribers.
      const walk = await planWalk(world.app.database, segment, { largeFrom: 1 })
      counts.push((await countStep(world.app.database, walk, walk.startId, 1_000)).count)
      const listed: string[] = []
      for (let after: string | undefined; ; ) {
        const page: readonly Listed[] = await listSegment(subscribers, segment, { after, limit: 70 })
        listed.push(...page.map((one) => one.email))
        if (page.length < 70) break
        after = page.at(-1)?.id
      }
      expect({ segment, counts, listed }).toEqual({ segment, counts: Array(4).fill(expected.length), listed: expected })
    }
  })
})

test('a topic is counted and listed among more sets of topics than one statement of SQLite unites', async () => {
  await using world = await startWorld({})
  const { subscribers } = world.app
  await imported(world, 'email,topics\na@example.org,craft\n')
  const rows = Array.from({ length: 1_001 }, (_, n) => {
    const id = `0193${String(n).padStart(4, '0')}-0000-7000-8000-000000000000`
    return [id, `r${n}@example.org`, `r${n}@example.org`, '', JSON.stringify(['coast', `topic-${n}`]), 1, 1]
  })
  await world.app.database.insertAll(sql`INSERT INTO subscribers (id, email, address_key, name, topics, created_at, updated_at)`, rows)
  expect(await countSegment(subscribers, { topic: 'coast' })).toBe(1_001)
  expect(await listSegment(subscribers, { topic: 'coast' }, { after: rows[899]?.[0] as string, limit: 200 })).toHaveLength(101)
  expect(await listSegment(subscribers, { topic: 'coast', state: 'confirmed' }, { after: undefined, limit: 10 })).toEqual([])
})

test('no segment scans a whole table', async () => {
  await using world = await startWorld({})
  await imported(world, 'email,topics,source\na@example.org,coast,form\n')
  const { database } = world.app
  const asked: Sql[] = []
  const listening: Queries = {
    ...database,
    all: (query) => database.all(asked[asked.push(query) - 1] as Sql),
    get: (query) => database.get(asked[asked.push(query) - 1] as Sql),
  }
  for (const segment of allSegments(world.clock.now())) {
    for (const largeFrom of [1, 1_000]) {
      const walk = await planWalk(listening, segment, { largeFrom })
      await countStep(listening, walk, walk.startId, 10)
      await listStep(listening, walk, walk.startId, 10)
    }
    for (const few of [1, 1_000]) await countSegment({ database: { ...database, ...listening } }, segment, few)
  }
  expect(asked.length).toBeGreaterThan(100)
  const plans = new Set<string>()
  for (const query of asked) {
    for (const { detail } of await database.all<{ detail: string }>(sql`EXPLAIN QUERY PLAN ${query}`)) plans.add(detail)
  }
  expect([...plans].filter((step) => /^SCAN (subscribers|subscriptions|one|other)\b/.test(step))).toEqual([])
  expect([...plans].filter((step) => step.startsWith('SEARCH')).length).toBeGreaterThan(3)
})

test('an invalid segment is rejected with its field', () => {
  const publication = { topics: new Map([['coast', 'Coast']]) }
  expect(readSegment(publication, { topic: 'coast', state: 'confirmed', since: '2026-11-20' })).toEqual({
    ok: true,
    segment: { topic: 'coast', state: 'confirmed', since: new Date('2026-11-20T00:00:00Z') },
  })
  for (const [field, words] of [
    ['state', { state: 'active' }],
    ['topic', { topic: 'law' }],
    ['since', { since: 'yesterday' }],
  ] as const)
    expect(readSegment(publication, words)).toMatchObject({ ok: false, field })
})
