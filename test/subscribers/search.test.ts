import { describe, expect, test } from 'vitest'
import { byCommandLine } from '../../src/platform/actor.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { erase } from '../../src/subscribers/erase.ts'
import { listSegment } from '../../src/subscribers/list.ts'
import { amendSubscriber } from '../../src/subscribers/operator.ts'
import { fillSearch, fillSearchStep } from '../../src/subscribers/search/fill.ts'
import { searchReach, searchSubscribers } from '../../src/subscribers/search/search.ts'
import type { Segment } from '../../src/subscribers/segment.ts'
import type { Engine } from '../support/databases.ts'
import { startWorld, type World } from '../support/world.ts'
import { imported } from './import/lists.ts'

const list = `email,name,digests
anna.berg@example.org,Ána Bérg,weekly
bert@berg.example,Bert,weekly
carla%_x@example.net,"Carla ""C"" O'Dea",weekly
dora@example.org,山田花子,coast-daily
`

async function find(world: World, text: string, segment: Segment = {}, limit = 50): Promise<string[]> {
  const found: string[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await searchSubscribers(world.app.subscribers, text, segment, { cursor, limit })
    if (!page) throw new Error('the cursor was refused')
    found.push(...page.items.map(({ email }) => email))
    if (page.next === undefined) return found
    cursor = page.next
  }
}

for (const engine of ['sqlite', 'postgres'] satisfies Engine[])
  describe(`the search on ${engine}`, () => {
    test('finds parts of addresses and names, whatever case and accents', async () => {
      await using world = await startWorld({ engine })
      await imported(world, list)
      await fillSearch(world.app.database)
      expect(await searchReach(world.app.subscribers)).toEqual({ finds: 'parts' })
      expect(await find(world, 'BERG')).toEqual(['bert@berg.example', 'anna.berg@example.org'])
      expect(await find(world, 'ana berg')).toEqual(['anna.berg@example.org'])
      expect(await find(world, '%_x@')).toEqual(['carla%_x@example.net'])
      expect(await find(world, '"c" o\'d')).toEqual(['carla%_x@example.net'])
      expect(await find(world, '山田花')).toEqual(['dora@example.org'])
      expect(await find(world, 'example.organa')).toEqual([])
      expect(await find(world, 'AND OR NOT *')).toEqual([])
      expect(await find(world, '   ')).toEqual([])
    })

    test('finds beginnings of addresses under three characters', async () => {
      await using world = await startWorld({ engine })
      await imported(world, list)
      await fillSearch(world.app.database)
      expect(await find(world, 'be')).toEqual(['bert@berg.example'])
      expect(await find(world, 'er')).toEqual([])
    })

    test('finds beginnings until the index is filled, and says so', async () => {
      await using world = await startWorld({ engine })
      await imported(world, list)
      // As after an upgrade: these subscribers were there before the index.
      await world.app.database.run(sql`DELETE FROM search_waiting`)
      expect(await searchReach(world.app.subscribers)).toEqual({ finds: 'beginnings', because: 'index is being filled' })
      expect(await find(world, 'anna.be')).toEqual(['anna.berg@example.org'])
      expect(await find(world, 'berg')).toEqual([])
      await fillSearch(world.app.database)
      expect(await find(world, 'berg')).toHaveLength(2)
    })

    test('pages through many, and honours the filters', async () => {
      await using world = await startWorld({ engine })
      const rows = Array.from({ length: 250 }, (_, n) => `reader${n}@example.org,,${n % 2 ? 'weekly' : 'coast-daily'}`)
      await imported(world, `email,name,digests\n${rows.join('\n')}\n`)
      await fillSearch(world.app.database)
      const everyone = await find(world, 'reader', {}, 40)
      expect(everyone).toHaveLength(250)
      expect(new Set(everyone).size).toBe(250)
      expect(await find(world, 'example.org', { digest: 'weekly' }, 7)).toHaveLength(125)
      expect(await find(world, 're', { digest: 'weekly', state: 'confirmed' }, 7)).toHaveLength(125)
      expect(await find(world, 'reader', { state: 'unsubscribed' })).toEqual([])
      expect(await searchSubscribers(world.app.subscribers, 'reader', {}, { cursor: 'x', limit: 5 })).toBeUndefined()
    })

    test('follows a new name, and forgets an erased reader', async () => {
      await using world = await startWorld({ engine })
      const { app } = world
      await imported(world, list)
      await fillSearch(app.database)
      const [anna] = await listSegment(app.subscribers, {}, { after: undefined, limit: 1 })
      await amendSubscriber(app.subscribers, anna?.id ?? '', { name: 'Quince Marmalade' }, byCommandLine)
      await fillSearchStep(app.database)
      expect(await find(world, 'marmalade')).toEqual(['anna.berg@example.org'])
      expect(await find(world, 'ana berg')).toEqual([])
      await erase(app.subscribers, anna?.id ?? '', byCommandLine)
      expect(await find(world, 'marmalade')).toEqual([])
      const left = await app.database.all(sql`SELECT words FROM search_entries WHERE words LIKE ${'%anna%'}`)
      expect(left).toEqual([])
      if (engine === 'sqlite') await app.database.run(sql`INSERT INTO search_words (search_words, rank) VALUES ('integrity-check', 1)`)
    })
  })
