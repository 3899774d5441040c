import { expect, test } from 'vitest'
import { feedMigrations } from '../../src/feeds/migrations.ts'
import { maxStored, openModificationDates } from '../../src/feeds/modification-dates.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { onEachDatabase } from '../support/databases.ts'
import { quietLog } from '../support/quiet.ts'

const newestEntryAt = new Date('2026-11-20T00:00:00Z')
const now = new Date('2026-11-24T09:00:00.500Z')

onEachDatabase('the dates of the feeds', feedMigrations, (open) => {
  test('a first body has the date of its newest entry, and one without entries is new', async () => {
    await using world = await open()
    const dates = await openModificationDates(world.database, quietLog)
    expect(dates.of('/feed.xml', 'one', newestEntryAt, now)).toEqual(newestEntryAt)
    expect(dates.of('/atom.xml', 'one', new Date(0), now)).toEqual(new Date('2026-11-24T09:00:00Z'))
  })

  test('a changed body is new, and no two bodies of an address share a date', async () => {
    await using world = await open()
    const dates = await openModificationDates(world.database, quietLog)
    const seen = ['one', 'two', 'three', 'two'].map((hash) => dates.of('/feed.xml', hash, newestEntryAt, now).getTime())
    expect(new Set(seen).size).toBe(4)
    expect(seen).toEqual([...seen].sort())
  })

  test('dates survive a restart', async () => {
    await using world = await open()
    const dates = await openModificationDates(world.database, quietLog)
    dates.of('/feed.xml', 'one', newestEntryAt, now)
    const changedAt = dates.of('/feed.xml', 'two', newestEntryAt, now)
    await dates.settled()
    const again = await openModificationDates(world.database, quietLog)
    expect(again.of('/feed.xml', 'two', newestEntryAt, new Date('2026-12-01'))).toEqual(changedAt)
  })

  test('combinations of topics are limited, and never keep out another feed', async () => {
    await using world = await open()
    await world.database.transaction(async (tx) => {
      const rows = Array.from({ length: maxStored - 1 }, (_, n) => [`/feed.xml?topics=a,b${n}`, 'hash', n])
      await tx.insertAll(sql`INSERT INTO feed_bodies (address, hash, changed_at)`, rows)
    })
    const dates = await openModificationDates(world.database, quietLog)
    for (let n = 0; n < 20; n++) dates.of(`/atom.xml?topics=a,b${n}`, 'one', newestEntryAt, now)
    dates.of('/feed.xml', 'one', newestEntryAt, now)
    const changedAt = dates.of('/feed.xml', 'two', newestEntryAt, now)
    await dates.settled()
    expect(await world.database.get(sql`SELECT count(*) AS n FROM feed_bodies`)).toEqual({ n: maxStored })
    const again = await openModificationDates(world.database, quietLog)
    expect(again.of('/feed.xml', 'two', newestEntryAt, new Date('2026-12-01'))).toEqual(changedAt)
  })
})
