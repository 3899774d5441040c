import { expect, test, vi } from 'vitest'
import { byCommandLine } from '../../../src/platform/actor.ts'
import type { Database } from '../../../src/platform/database/database.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { continueUpload, readUpload, startUpload, storeUpload } from '../../../src/subscribers/import/uploads.ts'
import { startWorld, type World } from '../../support/world.ts'
import { everybody, inPieces } from './lists.ts'

const start = { decisions: { map: [], ignore: [] }, isDryRun: false, by: byCommandLine }

async function stored(world: World) {
  const { subscribers } = world.app
  const file = { name: 'list.csv', basis: 'consent', digests: ['weekly'] }
  const outcome = await storeUpload(subscribers, file, inPieces('email\na@example.org\nb@example.org\n'))
  if (outcome.status !== 'stored') throw new Error(outcome.reason)
  const read = async () => {
    const upload = await readUpload(subscribers.database, outcome.id)
    if (!upload) throw new Error('the upload is gone')
    return upload
  }
  return { read, isImported: async () => (await read()).state === 'imported' }
}

test('a lost import that another process has continued is not begun a second time', async () => {
  await using world = await startWorld({})
  const { subscribers } = world.app
  const { read, isImported } = await stored(world)
  await startUpload(subscribers, await read(), { ...start, isLeftToOthers: true })
  // As if a process had begun with it and ended.
  await subscribers.database.run(sql`UPDATE import_uploads SET seen_at = ${world.clock.now().getTime()}`)
  world.clock.advance(61_000)
  const lost = await read()
  expect(await continueUpload(subscribers, lost)).toBe(true)
  expect(await startUpload(subscribers, lost, start)).toBe(false)
  await vi.waitUntil(isImported, { timeout: 30_000 })
  expect(await everybody(world)).toHaveLength(2)
})

test('an import goes on where its progress cannot be noted for a moment', async () => {
  await using world = await startWorld({})
  const { subscribers } = world.app
  const { read, isImported } = await stored(world)
  await startUpload(subscribers, await read(), { ...start, isLeftToOthers: true })
  let failures = 0
  const database: Database = {
    ...subscribers.database,
    run(query) {
      const isNote = /UPDATE import_uploads SET .* state = state,.* progress = \$/s.test(query.compile('numbered').text)
      return isNote && failures === 0 ? Promise.reject(new Error(`failure ${++failures}`)) : subscribers.database.run(query)
    },
  }
  // Each look at the clock is a second later, so that each batch is noted.
  let at = world.clock.now().getTime()
  const clock = {
    ...world.clock,
    now() {
      at += 1_000
      return new Date(at)
    },
  }
  expect(await continueUpload({ ...subscribers, clock, database }, await read())).toBe(true)
  await vi.waitUntil(isImported, { timeout: 30_000 })
  expect(failures).toBe(1)
})
