import { describe, expect, test } from 'vitest'
import { freezeAudience, readersPerStep } from '../../../src/digests/audience/freeze-audience.ts'
import type { DigestsContext } from '../../../src/digests/context.ts'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { findIssue } from '../../../src/digests/issue/issues.ts'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import { suppress } from '../../../src/outbox/suppressions.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { unsubscribe } from '../../../src/subscribers/unsubscribe.ts'
import { articleText } from '../../support/content.ts'
import type { Engine } from '../../support/databases.ts'
import { insertReaders } from '../../support/readers.ts'
import { becomeReader, startWorld, type World } from '../../support/world.ts'

/** Several steps of freezing. */
const readers = 2_500

async function createWeekly(world: World): Promise<string> {
  const definition = world.app.publication.current().digests.get('weekly')
  if (!definition) throw new Error('there is no weekly')
  const created = await createIssue(world.app.digests, definition, {})
  if (created.status !== 'created') throw new Error(created.status)
  return created.issue.id
}

async function statesOf(world: World): Promise<Record<string, number>> {
  const rows = await world.app.database.all<{ state: string; n: number }>(sql`SELECT state, count(*) AS n FROM deliveries GROUP BY state`)
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]))
}

/** A context whose sender is not triggered, so that frozen deliveries can be counted. */
function quietContext(world: World, change: Partial<DigestsContext> = {}): DigestsContext {
  return { ...world.app.digests, triggerSender: () => {}, ...change }
}

describe.each<Engine>(['sqlite', 'postgres'])('freezing an audience on %s', (engine) => {
  const articles = { 'one.md': articleText() }

  test('every confirmed reader gets one delivery, even if two processes freeze concurrently', async () => {
    await using world = await startWorld({ engine, articles })
    await insertReaders(world.app.database, readers)
    const id = await createWeekly(world)
    await Promise.all([freezeAudience(quietContext(world), id), freezeAudience(quietContext(world), id)])
    expect(await statesOf(world)).toEqual({ queued: readers })
    expect((await findIssue(world.app.digests, id))?.issue.state).toBe('sending')
  })

  test('a reader who is paused, suppressed or was sent all articles by another digest is skipped with the reason', async () => {
    await using world = await startWorld({ engine, articles: { 'tides.md': articleText({ topics: ['coast'] }) } })
    const { app } = world
    for (const name of ['ada', 'bea', 'cyd', 'dot'])
      await becomeReader(world, `${name}@example.org`, name === 'ada' ? ['weekly', 'coast-daily'] : ['weekly'])
    const daily = app.publication.current().digests.get('coast-daily')
    if (!daily) throw new Error('there is no daily')
    await createIssue(app.digests, daily, {})
    await runDue(app.digests)
    await app.sender.drain()
    await app.database.run(sql`UPDATE subscribers SET paused_until = ${Date.parse('2027-01-01')} WHERE email = 'bea@example.org'`)
    await app.database.transaction((tx) => suppress(tx, app.subscribers.tokens, 'cyd@example.org', 'complaint', world.clock.now()))
    await createWeekly(world)
    await runDue(app.digests)
    await app.sender.drain()
    const rows = await app.database.all<{ address: string; state: string; reason: string }>(sql`
      SELECT address, state, reason FROM deliveries WHERE mailing_id IN (SELECT id FROM issues WHERE digest = 'weekly') ORDER BY address`)
    expect(rows.map((row) => [row.address, row.state, row.state === 'skipped' ? row.reason : ''])).toEqual([
      ['ada@example.org', 'skipped', 'the reader was sent every article of it by another digest'],
      ['bea@example.org', 'skipped', 'the reader paused until 2027-01-01T00:00:00.000Z'],
      ['cyd@example.org', 'skipped', 'the address is suppressed: complaint'],
      ['dot@example.org', 'sent', ''],
    ])
  })

  test('an interrupted freeze resumes at the same reader with the same editions', async () => {
    await using world = await startWorld({ engine, articles })
    await insertReaders(world.app.database, readers)
    const id = await createWeekly(world)
    let steps = 0
    const dying = quietContext(world, {
      triggerSender: () => {
        if (++steps === 2) throw new Error('the process ended here')
      },
    })
    await expect(freezeAudience(dying, id)).rejects.toThrow('ended here')
    expect((await statesOf(world)).queued).toBe(2 * readersPerStep[engine])
    const rendered: string[] = []
    const next = quietContext(world, {
      render: (request) => {
        rendered.push(request.template)
        return world.app.digests.render(request)
      },
    })
    await freezeAudience(next, id)
    expect(await statesOf(world)).toEqual({ queued: readers })
    expect(rendered).toEqual([])
  })

  test('a reader who unsubscribes during freezing gets nothing, whether already frozen or not', async () => {
    await using world = await startWorld({ engine, articles })
    const { database, subscribers } = world.app
    await insertReaders(database, readers)
    const rows = await database.all<{ id: string }>(sql`SELECT id FROM subscriptions ORDER BY subscriber_id`)
    const leavers = [0, 1, 400, 600, readers - 1].map((at) => subscribers.tokens.make('unsubscribe', rows[at]?.id ?? ''))
    const id = await createWeekly(world)
    const leaving: Promise<unknown>[] = []
    const context = quietContext(world, {
      triggerSender: () => {
        const token = leavers.shift()
        if (token) leaving.push(unsubscribe(subscribers, token))
      },
    })
    await freezeAudience(context, id)
    for (const token of leavers) leaving.push(unsubscribe(subscribers, token))
    await Promise.all(leaving)
    const { queued = 0, cancelled = 0 } = await statesOf(world)
    expect(queued).toBe(readers - 5)
    await world.app.sender.drain()
    const left = await database.all<{ address: string }>(sql`
      SELECT address FROM deliveries WHERE state = 'sent' AND address_key IN (
        SELECT address_key FROM subscribers WHERE id IN (SELECT subscriber_id FROM subscriptions WHERE state = 'unsubscribed'))`)
    expect(left).toEqual([])
    expect(cancelled).toBeLessThanOrEqual(5)
    expect(await statesOf(world)).toMatchObject({ sent: readers - 5 })
  })
})
