import { describe, expect, test } from 'vitest'
import { auditWith, pruneOperators } from '../../src/operators/audit.ts'
import { maskAddresses } from '../../src/operators/mask.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { systemRandom } from '../../src/platform/random.ts'
import type { Engine } from '../support/databases.ts'
import { startWorld } from '../support/world.ts'

describe.each<Engine>(['sqlite', 'postgres'])('the audit log on %s', (engine) => {
  test('an action is recorded in the transaction that carries it out, and deleted after retention.audit', async () => {
    await using world = await startWorld({ engine })
    const { app, clock } = world
    const record = auditWith({ clock, random: systemRandom() })
    const by = { operator: null, via: 'cli' } as const
    await app.database.transaction((tx) => record(tx, { action: 'issue.pause', subject: 'one', by, details: { count: 2 } }))
    const undone = app.database.transaction(async (tx) => {
      await record(tx, { action: 'issue.cancel', subject: 'one', by })
      throw new Error('rolled back')
    })
    await expect(undone).rejects.toThrow('rolled back')
    const stored = () => app.database.all(sql`SELECT at, operator, via, action, subject, details FROM audit_log`)
    expect(await stored()).toEqual([
      { at: clock.now().getTime(), operator: null, via: 'cli', action: 'issue.pause', subject: 'one', details: '{"count":2}' },
    ])
    clock.advance(365 * 86_400_000)
    await pruneOperators(app.subscribers, clock.now(), new AbortController().signal)
    expect(await stored()).toHaveLength(1)
    clock.advance(1)
    await pruneOperators(app.subscribers, clock.now(), new AbortController().signal)
    expect(await stored()).toEqual([])
  })
})

test('a mask stands in place of every address, and takes linear time', () => {
  expect(maskAddresses('550 <mara@example.org>: a@b is unknown, see x@y@z and "ö@bücher.example"')).toBe(
    '550 <m***@***>: a***@*** is unknown, see x***@***@z and "ö***@***"',
  )
  expect(maskAddresses('no address: 4 of 5')).toBe('no address: 4 of 5')
  expect(maskAddresses('a'.repeat(1_000_000))).toHaveLength(1_000_000)
})
