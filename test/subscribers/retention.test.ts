import { describe, expect, test } from 'vitest'
import { createIssue } from '../../src/digests/issue/create-issue.ts'
import { findIssue } from '../../src/digests/issue/issues.ts'
import { runDue } from '../../src/digests/schedule/run-due.ts'
import { recordReport } from '../../src/outbox/reports.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { unsubscribe } from '../../src/subscribers/unsubscribe.ts'
import { articleText } from '../support/content.ts'
import type { Engine } from '../support/databases.ts'
import { signUp } from '../support/sign-up.ts'
import { becomeReader, prune, startWorld, type World } from '../support/world.ts'

const dayMs = 86_400_000

async function ask(world: World, email: string, digests = ['weekly']): Promise<string> {
  await signUp(world.app.subscribers, { email, digests, topics: [], name: '', source: 'form', wording: 'Yes' })
  await world.app.sender.drain()
  const mail = world.receiver.received.findLast((one) => one.to === email && one.source.includes('/confirm/'))
  return /\/confirm\/([\w-]{43})/.exec(mail?.mail.text ?? '')?.[1] ?? ''
}

async function countOf(world: World, table: 'subscribers' | 'subscriptions' | 'deliveries'): Promise<number> {
  const tables = { subscribers: sql`subscribers`, subscriptions: sql`subscriptions`, deliveries: sql`deliveries` }
  return Number((await world.app.database.get<{ n: number }>(sql`SELECT count(*) AS n FROM ${tables[table]}`))?.n)
}

describe.each<Engine>(['sqlite', 'postgres'])('retention on %s', (engine) => {
  test('an unconfirmed sign-up is deleted after its retention, and not before', async () => {
    await using world = await startWorld({ engine })
    await ask(world, 'ada@example.org')
    world.clock.advance(30 * dayMs - 1)
    await prune(world)
    expect(await countOf(world, 'subscribers')).toBe(1)
    world.clock.advance(2)
    await prune(world)
    expect([await countOf(world, 'subscribers'), await countOf(world, 'subscriptions')]).toEqual([0, 0])
    const [delivery] = await world.app.database.all<{ address: string }>(sql`SELECT address FROM deliveries`)
    expect(delivery?.address).toBe('')
  })

  test('a reader keeps confirmed digests, and an unconfirmed new request leaves the earlier unsubscribe', async () => {
    await using world = await startWorld({ engine })
    await becomeReader(world, 'mara@example.org', ['weekly', 'coast-daily'])
    await becomeReader(world, 'left@example.org', ['weekly'])
    const rows = await world.app.database.all<{ id: string }>(sql`
      SELECT s.id FROM subscriptions s JOIN subscribers r ON r.id = s.subscriber_id WHERE r.email = 'left@example.org'`)
    await unsubscribe(world.app.subscribers, world.app.subscribers.tokens.make('unsubscribe', rows[0]?.id ?? ''))
    await ask(world, 'left@example.org')
    world.clock.advance(31 * dayMs)
    await prune(world)
    const states = await world.app.database.all<{ email: string; digest: string; state: string }>(sql`
      SELECT r.email, s.digest, s.state FROM subscriptions s JOIN subscribers r ON r.id = s.subscriber_id ORDER BY r.email, s.digest`)
    expect(states.map((one) => `${one.email} ${one.digest} ${one.state}`)).toEqual([
      'left@example.org weekly unsubscribed',
      'mara@example.org coast-daily confirmed',
      'mara@example.org weekly confirmed',
    ])
  })

  test('a report of a full mailbox is anonymised after two weeks, when it no longer counts for suppression', async () => {
    await using world = await startWorld({ engine })
    await ask(world, 'ada@example.org')
    const { database } = world.app
    const [delivery] = await database.all<{ id: number }>(sql`SELECT id FROM deliveries`)
    const report = { deliveryId: Number(delivery?.id), kind: 'soft', status: '4.2.2' } as const
    await database.transaction((tx) => recordReport(tx, world.app.subscribers.tokens, report, world.clock.now()))
    const reports = () => database.all(sql`SELECT kind, address_hash IS NOT NULL AS is_identified FROM reports`)
    await prune(world)
    const [before] = (await reports()) as { is_identified: unknown }[]
    expect(Boolean(before?.is_identified)).toBe(true)
    world.clock.advance(14 * dayMs)
    await prune(world)
    const [after] = (await reports()) as { kind: string; is_identified: unknown }[]
    expect([after?.kind, Boolean(after?.is_identified)]).toEqual(['soft', false])
  })

  test('old deliveries are pruned, and the counts of each issue stay the same', async () => {
    await using world = await startWorld({ engine, articles: { 'tides.md': articleText({}) } })
    for (const name of ['a', 'b', 'c']) await becomeReader(world, `${name}@example.org`, ['weekly'])
    const weekly = world.app.publication.current().digests.get('weekly')
    if (!weekly) throw new Error('there is no weekly')
    const created = await createIssue(world.app.digests, weekly, {})
    if (created.status !== 'created') throw new Error(created.status)
    await runDue(world.app.digests)
    await world.app.sender.drain()
    const before = await findIssue(world.app.digests, created.issue.id)
    expect(before?.counts.sent).toBe(3)
    world.clock.advance(179 * dayMs)
    await prune(world)
    expect(await countOf(world, 'deliveries')).toBeGreaterThan(0)
    world.clock.advance(2 * dayMs)
    await prune(world)
    expect(await countOf(world, 'deliveries')).toBe(0)
    expect((await findIssue(world.app.digests, created.issue.id))?.counts).toEqual(before?.counts)
    expect(await countOf(world, 'subscribers')).toBe(3)
  })

  test('the retention job prunes subscribers and outbox', async () => {
    await using world = await startWorld({ engine })
    await ask(world, 'ada@example.org')
    world.clock.advance(181 * dayMs)
    world.app.retention.trigger()
    await expect.poll(() => countOf(world, 'subscribers')).toBe(0)
    await expect.poll(() => countOf(world, 'deliveries')).toBe(0)
  })
})
