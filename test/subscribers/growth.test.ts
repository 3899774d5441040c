import { describe, expect, test } from 'vitest'
import { sql } from '../../src/platform/database/sql.ts'
import { eraseByAddress } from '../../src/subscribers/erase.ts'
import { growthOf } from '../../src/subscribers/growth/growth.ts'
import { countGrowth } from '../../src/subscribers/growth/growth-store.ts'
import type { Engine } from '../support/databases.ts'
import { becomeReader, startWorld } from '../support/world.ts'
import { imported } from './import/lists.ts'

const operator = { operator: null, via: 'cli' } as const

describe.each<Engine>(['sqlite', 'postgres'])('growth on %s', (engine) => {
  test('an erased reader counts as left on the day of the erasure, counted before or not, and once', async () => {
    await using world = await startWorld({ engine })
    const { app, clock } = world
    const count = async () => {
      for (let looks = 0; looks < 3; looks++) await countGrowth(app.database)
    }
    const ofWeek = async () => {
      const { joined, left, net, bySource, byDigest } = await growthOf(app.subscribers, { per: 'week', count: 2 })
      return { joined, left, net, bySource, digests: byDigest.map(({ name }) => name) }
    }
    await imported(world, 'email,digests,status\na@example.org,weekly,subscribed\nb@example.org,weekly,unsubscribed\n')
    await becomeReader(world, 'c@example.org', ['weekly'])
    await count()
    expect(await ofWeek()).toMatchObject({ joined: 2, left: 0, net: 2 })

    clock.advance(86_400_000)
    // Their consents are counted already: one reads, one left long ago.
    await eraseByAddress(app.subscribers, 'a@example.org', operator)
    await eraseByAddress(app.subscribers, 'b@example.org', operator)
    // Joined and erased between two looks.
    await becomeReader(world, 'd@example.org', ['weekly'])
    await eraseByAddress(app.subscribers, 'd@example.org', operator)
    await count()
    expect(await ofWeek()).toEqual({
      joined: 3,
      left: 2,
      net: 1,
      digests: ['weekly'],
      bySource: expect.arrayContaining([{ name: 'test', joined: 2, left: 1, net: 1 }]),
    })
    const { periods } = await growthOf(app.subscribers, { per: 'day', count: 2 })
    expect(periods.map(({ joined, left }) => [joined, left])).toEqual([
      [2, 0],
      [1, 2],
    ])
  })

  test('who joins after the newest readers were erased is counted', async () => {
    await using world = await startWorld({ engine })
    const { app } = world
    const joined = async () => {
      for (let looks = 0; looks < 3; looks++) await countGrowth(app.database)
      return (await growthOf(app.subscribers, { per: 'week', count: 2 })).joined
    }
    await becomeReader(world, 'a@example.org', ['weekly'])
    await becomeReader(world, 'b@example.org', ['weekly'])
    expect(await joined()).toBe(2)
    // The database may number the next consents as it numbered these.
    await eraseByAddress(app.subscribers, 'b@example.org', operator)
    if (engine === 'postgres')
      await app.database.run(sql`SELECT setval(pg_get_serial_sequence('consents', 'id'), (SELECT max(id) FROM consents))`)
    await becomeReader(world, 'c@example.org', ['weekly'])
    expect(await joined()).toBe(3)
  })
})
