import { describe, expect, test } from 'vitest'
import { approveIssue, pauseIssue, resumeIssue } from '../../../src/digests/issue/issue-actions.ts'
import { listIssues } from '../../../src/digests/issue/issue-store.ts'
import { standingNotices } from '../../../src/digests/notices/notices.ts'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import { enqueueDeliveries, storeEdition } from '../../../src/outbox/enqueue.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { articleText, publicationYaml } from '../../support/content.ts'
import type { Engine } from '../../support/databases.ts'
import { plainEdition } from '../../support/outbox.ts'
import { startWorld, type World } from '../../support/world.ts'
import { type ScheduleWorld, startSchedule } from '../schedule-world.ts'

const daily = (more = '') => `  daily: { title: The day, schedule: "0 8 * * *"${more} }`

async function openNotices({ context }: Pick<ScheduleWorld, 'context'>): Promise<string[]> {
  return (await standingNotices(context)).map(({ kind, subject }) => `${kind}: ${subject}`)
}

async function mailsQueued({ context }: Pick<ScheduleWorld, 'context'>, kind = 'notice'): Promise<number> {
  const row = await context.database.get<{ n: number }>(sql`
    SELECT count(*) AS n FROM deliveries d JOIN mailings m ON m.id = d.mailing_id WHERE m.kind = ${kind} AND d.address = 'editor@tide.example.org'`)
  return row?.n ?? 0
}

describe.each<Engine>(['sqlite', 'postgres'])('notices to the operator on %s', (engine) => {
  const start = '2026-11-08T09:00:00Z'

  test('slots missed together make one notice, sent once and ended after a week', async () => {
    await using world = await startSchedule({ engine, zone: 'UTC', digests: daily(), start })
    for (const now of ['2026-11-12T15:00:00Z', '2026-11-12T15:00:02Z', '2026-11-12T15:01:00Z']) await world.at(now)
    expect(await openNotices(world)).toEqual(['missed: The day missed 4 slots'])
    expect(await mailsQueued(world)).toBe(1)
    await world.at('2026-11-13T15:00:00Z')
    expect(await mailsQueued(world)).toBe(2)
    await world.at('2026-11-20T15:00:01Z')
    expect((await openNotices(world)).filter((one) => one.includes('4 slots'))).toEqual([])
  })

  test('a held issue makes one notice for each reason, with the issue, until it is approved', async () => {
    await using world = await startSchedule({ engine, zone: 'UTC', digests: daily(', hold: 2h'), start })
    const article = world.write('2026-11-08T12:00:00Z')
    for (const now of ['2026-11-09T06:00:00Z', '2026-11-09T06:00:02Z', '2026-11-09T07:00:00Z']) await world.at(now)
    expect(await openNotices(world)).toEqual(['held: The day No. 1 is held'])
    expect([await mailsQueued(world), await mailsQueued(world, 'test')]).toEqual([1, 1])
    world.withdraw(article)
    for (const now of ['2026-11-09T08:00:00Z', '2026-11-09T08:00:02Z']) await world.at(now)
    expect([await mailsQueued(world), await mailsQueued(world, 'test')]).toEqual([2, 2])
    const [issue] = await listIssues(world.context.database, { limit: 1 })
    await approveIssue(world.context, issue?.id ?? '')
    for (const now of ['2026-11-09T08:01:00Z', '2026-11-09T08:01:02Z']) await world.at(now)
    expect(await openNotices(world)).toEqual([])
  })

  test('each pause of an issue makes a notice with its reason, until it is resumed', async () => {
    await using world = await startSchedule({ engine, zone: 'UTC', digests: daily(', hold: until_approved'), start })
    world.write('2026-11-08T12:00:00Z')
    await world.at('2026-11-09T08:00:20Z')
    const [issue] = await listIssues(world.context.database, { limit: 1 })
    const id = issue?.id ?? ''
    // The state during sending.
    await world.context.database.run(sql`UPDATE issues SET state = 'sending' WHERE id = ${id}`)
    const mailing = { id, kind: 'issue', list: 'daily' } as const
    await world.context.database.transaction(async (tx) => {
      const content = { editionId: await storeEdition(tx, plainEdition) }
      await enqueueDeliveries(
        tx,
        mailing,
        [{ address: 'a@example.org', addressKey: 'a@example.org', placeholders: {}, content }],
        world.clock.now(),
      )
    })
    for (const [minute, reason] of [
      [1, 'the server refused the sender'],
      [3, 'the disk is full'],
    ] as const) {
      await pauseIssue(world.context, id, { reason })
      for (const second of ['00', '02']) await world.at(`2026-11-09T08:0${minute}:${second}Z`)
      const [notice, ...others] = await standingNotices(world.context)
      expect([notice?.kind, notice?.subject, others.length]).toEqual(['paused', 'The day No. 1 is paused', 0])
      expect(notice?.paragraphs[0]).toContain(`is paused: ${reason}.`)
      await resumeIssue(world.context, id)
      await world.at(`2026-11-09T08:0${minute + 1}:00Z`)
      expect(await openNotices(world)).toEqual([])
    }
    expect(await mailsQueued(world)).toBe(3)
  })

  test('many issues with one cause make one email, and each has its notice on the desk', async () => {
    await using world = await startSchedule({
      engine,
      zone: 'UTC',
      digests: '  instant: { title: As it happens, schedule: on_publish, delay: 1m }',
      start,
    })
    for (let count = 0; count < 85; count++) world.write('2026-11-09T06:00:00Z')
    for (const now of ['2026-11-09T06:02:00Z', '2026-11-09T06:02:02Z']) await world.at(now)
    expect(await openNotices(world)).toHaveLength(85)
    expect([await mailsQueued(world), await mailsQueued(world, 'test')]).toEqual([1, 0])
    // The rest of a slow copy is the same cause.
    for (let count = 0; count < 20; count++) world.write('2026-11-09T06:03:00Z')
    await world.at('2026-11-09T06:05:00Z')
    expect(await openNotices(world)).toHaveLength(105)
    expect(await mailsQueued(world)).toBe(1)
    // Paused by one refusal.
    await world.context.database.run(sql`UPDATE issues SET state = 'sending'`)
    await world.at('2026-11-09T06:06:00Z')
    await world.context.database.run(sql`UPDATE issues SET state = 'paused', pause_reason = 'the server refused the sender'`)
    for (const second of ['00', '02']) await world.at(`2026-11-09T06:07:${second}Z`)
    expect(await mailsQueued(world)).toBe(2)
  })

  test('digests that missed slots together make one email', async () => {
    const digests = `${daily()}\n  noon: { title: The noon, schedule: "0 12 * * *" }`
    await using world = await startSchedule({ engine, zone: 'UTC', digests, start })
    await world.at('2026-11-12T22:00:00Z')
    expect(await openNotices(world)).toHaveLength(2)
    expect(await mailsQueued(world)).toBe(1)
  })

  test('two processes that find the same cause send one notice', async () => {
    await using world = await startSchedule({ engine, zone: 'UTC', digests: daily(), start })
    world.clock.set('2026-11-12T15:00:00Z')
    await Promise.all([runDue(world.context), runDue(world.context), runDue(world.context)])
    expect(await mailsQueued(world)).toBe(1)
  })

  test('an issue that cannot be prepared for a minute makes a notice, until it can', async () => {
    await using world = await startSchedule({ engine, zone: 'UTC', digests: daily(), start })
    world.write('2026-11-08T12:00:00Z')
    let isBroken = true
    const broken = { ...world.context, articles: () => (isBroken ? fail('the disk is gone') : world.context.articles()) }
    const at = async (now: string) => {
      world.clock.set(now)
      await runDue(broken)
    }
    await at('2026-11-09T08:00:20Z')
    expect(await openNotices(world)).toEqual([])
    for (const now of ['2026-11-09T08:01:20Z', '2026-11-09T08:01:22Z']) await at(now)
    expect(await openNotices(world)).toEqual(['failed: The day is stuck'])
    expect(await mailsQueued(world)).toBe(1)
    isBroken = false
    for (const now of ['2026-11-09T08:01:24Z', '2026-11-09T08:01:26Z']) await at(now)
    expect(await openNotices(world)).toEqual([])
  })
})

test('a finished issue makes a notice if many addresses refused it, and none if few did', async () => {
  await using world = await startWorld({ articles: { 'one.md': articleText() } })
  const { insertReaders } = await import('../../support/readers.ts')
  await insertReaders(world.app.database, 30)
  // Keep the real sender from running first.
  const context = { ...world.app.digests, triggerSender: () => {} }
  const refused = async (count: number, slot: string) => {
    world.clock.set(slot)
    await runDue(context)
    // Record answers of the receiving server, like the sender.
    await context.database.run(sql`UPDATE deliveries SET state = 'sent', reason = '250', settled_at = 0 WHERE state = 'queued'`)
    await context.database.run(sql`
      UPDATE deliveries SET state = 'failed' WHERE id IN (SELECT id FROM deliveries WHERE state = 'sent' AND mailing_id IN (SELECT id FROM issues) ORDER BY id DESC LIMIT ${count})`)
    await runDue(context)
    await runDue(context)
    return (await openNotices({ context })).filter((one) => !one.startsWith('missed'))
  }
  expect(await refused(1, '2026-11-23T08:00:20Z')).toEqual([])
  await again(world)
  expect(await refused(2, '2026-11-30T08:00:20Z')).toEqual(['failed: The week No. 2 did not reach 2 of 30 readers'])
})

test('the copy of a held issue leads to the issue on the desk', async () => {
  const publication = publicationYaml.replace('allowed_lateness: 6h', 'allowed_lateness: 6h, hold: until_approved')
  await using world = await startWorld({ publication, articles: { 'one.md': articleText({ title: 'Low water' }) } })
  world.clock.set('2026-11-23T08:00:20Z')
  await runDue(world.app.digests)
  await world.app.sender.drain()
  const copy = world.receiver.received.find(({ to, mail }) => to === 'editor@tide.example.org' && mail.subject === 'The week: Low water')
  const [issue] = await listIssues(world.app.database, { limit: 1 })
  expect(copy?.mail.text).toContain(`Read in a browser: https://tide.example.org/admin/issues/${issue?.id}\n`)
})

test('a notice to admin_email says what happened and what to do', async () => {
  const publication = publicationYaml.replace('allowed_lateness: 6h', 'allowed_lateness: 6h, hold: until_approved')
  await using world = await startWorld({ publication, articles: { 'one.md': articleText({ title: 'Low water' }) } })
  world.clock.set('2026-11-23T08:00:20Z')
  await runDue(world.app.digests)
  await world.app.sender.drain()
  const mails = world.receiver.received.filter(({ to }) => to === 'editor@tide.example.org').map(({ mail }) => mail)
  expect(mails.map(({ subject }) => subject)).toEqual(expect.arrayContaining(['The week No. 1 is held', 'The week: Low water']))
  const notice = mails.find(({ subject }) => subject?.endsWith('is held'))
  expect(notice?.text?.replace(/\s+/g, ' ')).toContain('It is not sent until you approve it.')
})

async function again(world: World): Promise<void> {
  await world.app.articles.watch()
  const seen = Promise.withResolvers<void>()
  world.app.articles.onChange(() => seen.resolve())
  await world.content.write('articles/two.md', articleText({ title: 'More' }))
  await seen.promise
}

function fail(reason: string): never {
  throw new Error(reason)
}
