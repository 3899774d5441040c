import { expect, test } from 'vitest'
import { freezeAudience } from '../../../src/digests/audience/freeze-audience.ts'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import { byCommandLine } from '../../../src/platform/actor.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { eraseByAddress } from '../../../src/subscribers/erase.ts'
import { testSubscriberId } from '../../../src/subscribers/unsubscribe.ts'
import { articleText } from '../../support/content.ts'
import { becomeReader, prune, type World } from '../../support/world.ts'
import { startSite } from './visitor.ts'

const oneClick = 'List-Unsubscribe=One-Click'

test('one click unsubscribes from one digest, in any encoding and any number of times', async () => {
  await using site = await startSite({})
  const { world } = site
  await becomeReader(world, 'mara@example.org', ['weekly', 'coast-daily'])
  const link = `/unsubscribe/${await tokenOf(world, 'weekly')}`
  const form = new FormData()
  form.append('List-Unsubscribe', 'One-Click')
  const ways: RequestInit[] = [
    { body: oneClick, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
    { body: form },
    { body: oneClick, headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' } },
  ]
  for (const way of ways) {
    const answer = await site.send(link, { method: 'POST', ...way })
    expect(answer.status).toBe(200)
    expect(answer.body).toBe('Unsubscribed.\n')
    expect(answer.headers.get('Content-Type')).toBe('text/plain; charset=utf-8')
    expect(answer.headers.get('Set-Cookie')).toBeNull()
    expect(await held(world)).toEqual({ weekly: 'unsubscribed', 'coast-daily': 'confirmed' })
  }
})

test('a GET changes nothing; the button does, and says what happened', async () => {
  await using site = await startSite({})
  const { world } = site
  await becomeReader(world, 'mara@example.org', ['weekly'])
  const link = `/unsubscribe/${await tokenOf(world, 'weekly')}`
  expect((await site.get(link)).words).toContain('Leave The week?')
  expect((await site.send(link, { method: 'HEAD' })).status).toBe(200)
  expect(await held(world)).toEqual({ weekly: 'confirmed' })
  const left = await site.post(link, [])
  expect([left.status, left.words]).toEqual([200, expect.stringContaining('You have left The week')])
  expect(await held(world)).toEqual({ weekly: 'unsubscribed' })
  // The mail may have been forwarded, so the link opens nothing else.
  expect(left.body).not.toContain('/preferences/')
  expect((await site.get(link)).words).toContain('You do not get The week')
})

test('the second button unsubscribes from everything, the first from one digest', async () => {
  await using site = await startSite({})
  const { world } = site
  await becomeReader(world, 'mara@example.org', ['weekly', 'coast-daily'])
  const link = `/unsubscribe/${await tokenOf(world, 'weekly')}`
  const [, name = '', value = ''] =
    /<button class="button second" name="(\w+)" value="(\w+)">Leave everything</.exec((await site.get(link)).body) ?? []
  await site.post(link, [])
  expect(await held(world)).toEqual({ weekly: 'unsubscribed', 'coast-daily': 'confirmed' })
  const left = await site.post(link, [[name, value]])
  expect([left.status, left.words]).toEqual([200, expect.stringContaining('You have left everything')])
  expect(await held(world)).toEqual({ weekly: 'unsubscribed', 'coast-daily': 'unsubscribed' })
})

test('an unreadable body does not prevent unsubscribing', async () => {
  await using site = await startSite({})
  const { world } = site
  for (const [email, init] of [
    ['a@example.org', {}],
    ['b@example.org', { body: `${oneClick}&x=${'x'.repeat(50_000)}`, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }],
    ['c@example.org', { body: oneClick, headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=unheard-of' } }],
    ['d@example.org', { body: '{', headers: { 'Content-Type': 'application/json' } }],
  ] as const) {
    await becomeReader(world, email, ['weekly'])
    const answer = await site.send(`/unsubscribe/${await tokenOf(world, 'weekly', email)}`, { method: 'POST', ...init })
    expect([email, answer.status]).toEqual([email, 200])
    expect(await held(world, email)).toEqual({ weekly: 'unsubscribed' })
  }
})

test('a token for one purpose opens no other, and an altered one opens nothing', async () => {
  await using site = await startSite({})
  const { world } = site
  await becomeReader(world, 'mara@example.org', ['weekly'])
  const { tokens } = world.app.subscribers
  const leave = await tokenOf(world, 'weekly')
  const choose = await preferencesToken(world)
  const confirming = tokens.make('confirm', testSubscriberId)
  for (const [path, token] of [
    ['preferences', leave],
    ['confirm', leave],
    ['unsubscribe', choose],
    ['confirm', choose],
    ['unsubscribe', confirming],
    ['preferences', confirming],
    ['unsubscribe', `${leave.slice(0, -2)}AA`],
    ['unsubscribe', leave.slice(1)],
    ['unsubscribe', 'x'.repeat(5_000)],
  ] as const) {
    expect((await site.get(`/${path}/${token}`)).status, path).toBe(404)
    expect((await site.post(`/${path}/${token}`, [['List-Unsubscribe', 'One-Click']])).status, path).toBe(404)
  }
  expect(await held(world)).toEqual({ weekly: 'confirmed' })
})

test.each(['sqlite', 'postgres'] as const)(
  'an old link works for years, cancels what is queued with it, and outlives the reader, on %s',
  async (engine) => {
    await using site = await startSite({ engine, articles: { 'tides.md': articleText({ title: 'Tides' }) } })
    const { world } = site
    const { app, clock, receiver } = world
    await becomeReader(world, 'mara@example.org', ['weekly', 'coast-daily'])
    await becomeReader(world, 'ben@example.org', ['weekly'])
    const weekly = app.publication.current().digests.get('weekly')
    if (!weekly) throw new Error('there is no weekly')
    await createIssue(app.digests, weekly, {})
    await runDue(app.digests)
    await app.sender.drain()
    const linkTo = (email: string) => {
      const sent = receiver.received.findLast((one) => one.to === email && one.source.includes('List-Unsubscribe:'))
      return (
        /List-Unsubscribe:[^<]*<https:\/\/tide\.example\.org(\/unsubscribe\/[\w-]+)>/.exec(
          sent?.source.replace(/\r\n[ \t]+/g, ' ') ?? '',
        )?.[1] ?? ''
      )
    }
    const link = linkTo('mara@example.org')
    const queued = () => app.database.all(sql`SELECT address FROM deliveries WHERE state = 'queued' ORDER BY address`)

    clock.advance(4 * 366 * 86_400_000)
    await prune(world)
    await world.content.write('articles/ebb.md', articleText({ title: 'Ebb' }))
    await app.articles.reload(app.publication.current())
    const late = await createIssue(app.digests, weekly, {})
    if (late.status !== 'created') throw new Error(late.status)
    await freezeAudience(app.digests, late.issue.id)
    expect(await queued()).toHaveLength(2)
    expect(
      (await site.send(link, { method: 'POST', body: oneClick, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } })).status,
    ).toBe(200)
    expect(await queued()).toEqual([{ address: 'ben@example.org' }])
    expect(await held(world)).toEqual({ weekly: 'unsubscribed', 'coast-daily': 'confirmed' })

    await eraseByAddress(app.subscribers, 'mara@example.org', byCommandLine)
    const gone = await site.post(link, [['List-Unsubscribe', 'One-Click']])
    expect([gone.status, gone.body]).toEqual([200, 'Unsubscribed.\n'])
    expect((await site.get(link)).words).toContain('You get no mail from us')
  },
)

test('the link of a test mail says that it is one', async () => {
  await using site = await startSite({})
  const link = `/unsubscribe/${site.world.app.subscribers.tokens.make('unsubscribe', testSubscriberId)}`
  expect((await site.get(link)).words).toContain('This link came with a test')
  expect((await site.post(link, [['List-Unsubscribe', 'One-Click']])).status).toBe(200)
})

test('a choice of digests and topics is saved and described', async () => {
  await using site = await startSite({})
  const { world } = site
  await becomeReader(world, 'mara@example.org', ['weekly'])
  const link = `/preferences/${await preferencesToken(world)}`
  const before = await site.get(link)
  expect(before.body).toMatch(/value="weekly"[^>]* checked/)
  expect(before.body).not.toMatch(/value="coast-daily"[^>]* checked/)
  const saved = await site.post(link, [
    ['digests', 'coast-daily'],
    ['topics', 'coast'],
  ])
  expect(saved.status).toBe(200)
  expect(saved.words).toMatch(
    /Your choice is saved From now on you get The coast, daily\. You have left The week\. All of it on Coast and weather only\./,
  )
  expect(await held(world)).toEqual({ weekly: 'unsubscribed', 'coast-daily': 'confirmed' })
  expect((await site.get(link)).body).toMatch(/value="coast"[^>]* checked/)
  const same = await site.post(link, [['digests', 'coast-daily']])
  expect(same.words).toContain('You get The coast, daily, as before. All topics are in it.')
  const none = await site.post(link, [['do', 'save']])
  expect(none.words).toContain('You get no digest now, and no mail from us.')
  expect(await held(world)).toEqual({ weekly: 'unsubscribed', 'coast-daily': 'unsubscribed' })
})

async function tokenOf({ app }: World, digest: string, email = 'mara@example.org'): Promise<string> {
  const row = await app.database.get<{ id: string }>(sql`
    SELECT subscriptions.id FROM subscriptions JOIN subscribers ON subscribers.id = subscriber_id WHERE digest = ${digest} AND email = ${email}`)
  return app.subscribers.tokens.make('unsubscribe', row?.id ?? '')
}

async function preferencesToken({ app }: World): Promise<string> {
  const row = await app.database.get<{ id: string }>(sql`SELECT id FROM subscribers`)
  return app.subscribers.tokens.make('preferences', row?.id ?? '')
}

async function held({ app }: World, email = 'mara@example.org'): Promise<Record<string, string>> {
  const rows = await app.database.all<{ digest: string; state: string }>(sql`
    SELECT digest, state FROM subscriptions JOIN subscribers ON subscribers.id = subscriber_id WHERE email = ${email}`)
  return Object.fromEntries(rows.map(({ digest, state }) => [digest, state]))
}
