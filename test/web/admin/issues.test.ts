import { describe, expect, test } from 'vitest'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { continueIssues } from '../../../src/digests/schedule/run-due.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { articleText } from '../../support/content.ts'
import type { Engine } from '../../support/databases.ts'
import { insertReaders } from '../../support/readers.ts'
import type { World } from '../../support/world.ts'
import { type DeskWorld, startDesk } from './operator.ts'

const readers = 40
const articles = { 'tides.md': articleText({ title: 'Tides' }) }

async function createWeekly(world: World): Promise<string> {
  const weekly = world.app.publication.current().digests.get('weekly')
  if (!weekly) throw new Error('there is no weekly')
  const created = await createIssue(world.app.digests, weekly, {})
  if (created.status !== 'created') throw new Error(created.status)
  return created.issue.id
}

type Session = { Cookie: string }

/** Presses a button of the page of an issue, with the hidden fields that the page has. */
async function press(desk: DeskWorld, id: string, deed: string, session: Session, fields: [string, string][] = []) {
  return desk.post(`/admin/issues/${id}/${deed}`, fields, session)
}

/** The counts that the page shows, after a check that they add up to its total. */
function countsOn(body: string): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(
    [...body.matchAll(/<dd data-count="(\w+)">([\d,]+)<\/dd>/g)].map(([, name, count]) => [name, Number(count?.replaceAll(',', ''))]),
  )
  const { audience, ...states } = counts
  expect(Object.values(states).reduce((sum, count) => sum + count, 0)).toBe(audience ?? -1)
  return counts
}

const seenAt = (body: string): [string, string] => ['seen_at', /name="seen_at" value="(\d+)"/.exec(body)?.[1] ?? '']

describe.each<Engine>(['sqlite', 'postgres'])('the page of an issue on %s', (engine) => {
  test('an issue is paused in mid-send and resumed; the counts add up at every moment', async () => {
    const some = Promise.withResolvers<void>()
    let heard = 0
    const onMessage = () => {
      if (++heard === 5) some.resolve()
      return undefined
    }
    await using desk = await startDesk({ engine, articles, receiver: { onMessage } })
    const { app } = desk.world
    const session = await desk.logIn()
    await insertReaders(app.database, readers)
    const id = await createWeekly(desk.world)
    const page = () => desk.get(`/admin/issues/${id}`, session)
    const preparing = await page()
    expect(preparing.words).toContain('so far; the readers are being counted')
    expect(preparing.body).toContain(`<noscript><meta http-equiv="refresh" content="5; url=/admin/issues/${id}"></noscript>`)
    expect(preparing.body).toContain(`data-live="issue:${id}"`)
    await continueIssues(app.digests)
    await some.promise
    const paused = await press(desk, id, 'pause', session)
    expect([paused.status, paused.headers.get('Location')]).toEqual([303, `/admin/issues/${id}?done=pause`])
    await app.sender.drain()
    const told = await desk.get(`/admin/issues/${id}?done=pause`, session)
    expect(told.words).toContain('Paused. Nothing more is handed over until you resume it.')
    expect(told.body).not.toContain('http-equiv="refresh"')
    const { queued, sent } = countsOn(told.body)
    expect(queued).toBeGreaterThan(0)
    expect(told.words).toContain(`Sends to ${queued} readers who wait.`)
    // Another operator saw the page before: nothing happens twice, and the page says what the state is.
    const second = await press(desk, id, 'pause', session)
    expect(second.status).toBe(409)
    expect(second.words).toContain('It cannot be paused now. The week, No. 1 is paused.')

    expect((await press(desk, id, 'resume', session)).status).toBe(303)
    await app.sender.drain()
    const finished = await desk.get(`/admin/issues/${id}?done=pause`, session)
    expect(countsOn(finished.body)).toMatchObject({ sent: readers, queued: 0, audience: readers })
    expect(finished.words).toContain(`${readers} of ${readers}`)
    expect(finished.words).not.toContain('Nothing more is handed over')
    expect(desk.world.receiver.received).toHaveLength(readers)
    expect(sent).toBeLessThan(readers)
    const audit = await app.database.all<{ action: string; via: string }>(
      sql`SELECT action, via FROM audit_log WHERE subject = ${id} ORDER BY action`,
    )
    expect(audit).toEqual([
      { action: 'issue.pause', via: 'desk' },
      { action: 'issue.resume', via: 'desk' },
    ])
  })

  test('failures are grouped by reply, and of two operators who retry one group only the first does', async () => {
    let isFull = true
    const onRecipient = (to: string) =>
      /1@/.test(to) ? `550 5.1.1 <${to}> unknown` : isFull && /2@/.test(to) ? `552 5.2.2 <${to}> is full` : undefined
    await using desk = await startDesk({ engine, articles, receiver: { onRecipient } })
    const { app } = desk.world
    const [ann, ben] = [await desk.logIn(), await desk.logIn()]
    await insertReaders(app.database, readers)
    const id = await createWeekly(desk.world)
    await continueIssues(app.digests)
    await app.sender.drain()
    const seen = await desk.get(`/admin/issues/${id}`, ann)
    expect(countsOn(seen.body)).toMatchObject({ failed: 8, sent: readers - 8 })
    expect(seen.words).toContain('550 5.1.1 … unknown')
    expect(seen.words).toContain('The address does not exist and is suppressed.')
    expect(seen.words).toMatch(/reader\d*2@example\.org: 552 5\.2\.2/)
    expect(seen.words).toMatch(/example\.org 32 0 8 0 0/)
    const groups = [...seen.body.matchAll(/name="group" value="([\w-]+)"/g)].map(([, group = '']) => group)
    expect(groups).toHaveLength(1)
    isFull = false
    const fields: [string, string][] = [seenAt(seen.body), ['group', groups[0] ?? '']]
    const both = await Promise.all([press(desk, id, 'retry', ann, fields), press(desk, id, 'retry', ben, fields)])
    expect(both.map(({ status }) => status).sort()).toEqual([303, 409])
    expect(both.find(({ status }) => status === 409)?.words).toContain('None of the failed messages that you saw still waits for a retry.')
    await app.sender.drain()
    const after = await desk.get(`/admin/issues/${id}`, ann)
    expect(countsOn(after.body)).toMatchObject({ failed: 4, sent: readers - 4 })
    expect((await press(desk, id, 'retry', ann, [seenAt(after.body)])).status).toBe(303)
  })

  test('uncertain messages are resent or let be, after a page that says what that means', async () => {
    await using desk = await startDesk({ engine, articles })
    const { app } = desk.world
    const session = await desk.logIn()
    await insertReaders(app.database, readers)
    const id = await createWeekly(desk.world)
    await continueIssues(app.digests)
    await app.sender.drain()
    await app.database.run(sql`UPDATE deliveries SET state = 'uncertain' WHERE mailing_id = ${id} AND address LIKE 'reader1_@%'`)
    const { words, body } = await desk.get(`/admin/issues/${id}`, session)
    expect(countsOn(body)).toMatchObject({ uncertain: 10 })
    expect(words).toContain('Uncertain (10)')
    expect(words).toContain('Resend : a reader may get it twice.')
    const ask = await desk.get(`/admin/issues/${id}/resend`, session)
    expect(ask.words).toContain('10 messages are sent again. Their readers may get them twice.')
    expect((await desk.get(`/admin/issues/${id}/let-be`, session)).words).toContain('10 messages may never have arrived.')
    expect((await press(desk, id, 'let-be', session, [seenAt(ask.body)])).status).toBe(303)
    const late = await press(desk, id, 'resend', session, [seenAt(ask.body)])
    expect([late.status, late.words.includes('still waits for a decision')]).toEqual([409, true])
    expect((await desk.get(`/admin/issues/${id}/resend`, session)).status).toBe(409)
    const after = await desk.get(`/admin/issues/${id}?done=let-be`, session)
    expect(after.words).toContain('The uncertain messages are left as they are.')
    expect(after.words).not.toContain('Uncertain (10)')
    expect(desk.world.receiver.received).toHaveLength(readers)
  })

  test('a held issue is approved, another is cancelled after a question', async () => {
    await using desk = await startDesk({ engine, articles })
    const { app } = desk.world
    const session = await desk.logIn()
    await insertReaders(app.database, readers)
    const id = await createWeekly(desk.world)
    await app.database.run(sql`UPDATE issues SET state = 'held', held_for = 'it waits for you' WHERE id = ${id}`)
    const held = await desk.get(`/admin/issues/${id}`, session)
    expect(held.words).toContain('Held: it waits for you. It is not sent until you approve it.')
    expect(held.body).toContain(`src="/admin/issues/${id}/frame"`)
    expect((await press(desk, id, 'approve', session)).status).toBe(303)
    expect((await press(desk, id, 'approve', session)).status).toBe(409)
    const ask = await desk.get(`/admin/issues/${id}/cancel`, session)
    expect(ask.words).toContain('Nobody else will get No. 1.')
    expect((await press(desk, id, 'cancel', session, [seenAt(ask.body)])).headers.get('Location')).toBe(`/admin/issues/${id}?done=cancel`)
    await continueIssues(app.digests)
    await app.sender.drain()
    expect(desk.world.receiver.received).toHaveLength(0)
    const cancelled = await desk.get(`/admin/issues/${id}?done=cancel`, session)
    expect(cancelled.words).toContain('Cancelled. Nobody else gets this issue.')
    expect(cancelled.body).not.toContain('<button class="button')
    expect((await desk.get(`/admin/issues/${id}/cancel`, session)).status).toBe(409)
  })
})

test('a viewer sees counts without addresses and buttons, and may do nothing', async () => {
  await using desk = await startDesk({
    articles,
    receiver: { onRecipient: (to) => (/2@/.test(to) ? `552 5.2.2 <${to}> is full` : undefined) },
  })
  const { app } = desk.world
  const viewer = await desk.logIn({ email: 'viewer@desk.example.org', role: 'viewer' })
  await insertReaders(app.database, readers)
  const id = await createWeekly(desk.world)
  await continueIssues(app.digests)
  await app.sender.drain()
  const { words, body } = await desk.get(`/admin/issues/${id}`, viewer)
  expect(countsOn(body)).toMatchObject({ failed: 4 })
  expect(words).toContain('r***@***: 552 5.2.2')
  expect(body).not.toMatch(/reader\d+@/)
  expect(body.split('<main')[1]).not.toContain('<form')
  for (const deed of ['approve', 'pause', 'resume', 'cancel', 'retry', 'resend', 'let-be'])
    expect((await press(desk, id, deed, viewer)).status, deed).toBe(403)
  for (const question of ['cancel', 'resend', 'let-be'])
    expect((await desk.get(`/admin/issues/${id}/${question}`, viewer)).status, question).toBe(403)
  const editor = await desk.logIn({ email: 'editor@desk.example.org', role: 'editor' })
  expect((await desk.get(`/admin/issues/${id}`, editor)).words).toMatch(/reader\d*2@example\.org: 552/)
})

test('hostile fields and addresses are refused without an error', async () => {
  await using desk = await startDesk({ articles })
  const session = await desk.logIn()
  const id = await createWeekly(desk.world)
  for (const [path, status] of [
    ['/admin/issues/nothing', 404],
    ['/admin/issues/nothing/cancel', 404],
    [`/admin/issues/${id}?done=<script>`, 200],
    [`/admin/issues/${id}?done=constructor&done=pause`, 200],
    ['/admin/issues?digest=__proto__&state=toString&before=nothing', 200],
    ['/admin/issues?digest=x%00y&before=%00', 404],
  ] as const) {
    const visit = await desk.get(path, session)
    expect(visit.status, path).toBe(status)
    expect(visit.body).not.toContain('role="status"')
  }
  for (const fields of [
    [['seen_at', '9'.repeat(400)]],
    [
      ['seen_at', 'x'],
      ['group', 'y'],
    ],
    [
      ['group', 'a'],
      ['group', 'b'],
    ],
  ] as [string, string][][])
    expect((await press(desk, id, 'retry', session, fields)).status).toBe(409)
})

test('issues are listed newest first, by digest and state, in pages', async () => {
  await using desk = await startDesk({ articles })
  const { app } = desk.world
  const session = await desk.logIn()
  expect((await desk.get('/admin/issues', session)).words).toContain('No issue yet.')
  const id = await createWeekly(desk.world)
  await app.database.run(sql`
    WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
    INSERT INTO issues (id, digest, number, state, subject, content, frozen_through, frozen_at, created_at)
    SELECT 'f' || substr('000' || i, -3), 'weekly', i, CASE WHEN i % 10 = 0 THEN 'cancelled' ELSE 'finished' END, 'Subject ' || i, '{}', '', 0, 0 FROM n`)
  const numbers = (body: string) => [...body.matchAll(/The week, No\. (\d+)</g)].map(([, number]) => Number(number))
  let page = await desk.get('/admin/issues', session)
  const all = numbers(page.body)
  expect(all).toHaveLength(50)
  for (let older = olderOn(page.body); older; older = olderOn(page.body)) {
    page = await desk.get(older, session)
    all.push(...numbers(page.body))
  }
  expect(all).toEqual(Array.from({ length: 120 }, (_, index) => 120 - index))
  expect(page.body).toContain(`href="/admin/issues/${id}"`)
  const cancelled = await desk.get('/admin/issues?digest=weekly&state=cancelled', session)
  expect(numbers(cancelled.body)).toEqual([120, 110, 100, 90, 80, 70, 60, 50, 40, 30, 20, 10])
  expect(cancelled.body).toContain('<option value="cancelled" selected>')
  expect((await desk.get('/admin/issues?state=held', session)).words).toContain('No issue matches.')
})

function olderOn(body: string): string | undefined {
  return /<a href="([^"]+)">Older<\/a>/.exec(body)?.[1]?.replaceAll('&amp;', '&')
}
