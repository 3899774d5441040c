import { describe, expect, test } from 'vitest'
import { startArticleEvents } from '../../src/app/article-events.ts'
import { createIssue } from '../../src/digests/issue/create-issue.ts'
import { pauseIssue, resumeIssue } from '../../src/digests/issue/issue-actions.ts'
import { issueJson } from '../../src/digests/issue/issue-json.ts'
import { findIssue } from '../../src/digests/issue/issues.ts'
import { standingNotices, tellNotices } from '../../src/digests/notices/notices.ts'
import { continueIssues } from '../../src/digests/schedule/run-due.ts'
import { recordReportOf } from '../../src/inbound/receive.ts'
import { byCommandLine } from '../../src/platform/actor.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { eraseByAddress } from '../../src/subscribers/erase.ts'
import { addSubscriber, amendSubscriber, findSubscriber } from '../../src/subscribers/operator.ts'
import { subscriberJson } from '../../src/subscribers/subscriber-json.ts'
import { imported } from '../subscribers/import/lists.ts'
import { articleText, publicationYaml } from '../support/content.ts'
import type { Engine } from '../support/databases.ts'
import { becomeReader, startWorld, type World } from '../support/world.ts'
import { addedTo, startReceiver } from './webhook-receiver.ts'

interface Told {
  readonly type: string
  readonly timestamp: string
  readonly data: Record<string, unknown>
}

/** What webhooks are told so far; at one instant, by type. */
async function toldIn({ app }: World): Promise<Told[]> {
  const rows = await app.database.all<{ payload: string }>(sql`SELECT payload FROM webhook_events ORDER BY created_at, type, id`)
  return rows.map(({ payload }) => JSON.parse(payload))
}

async function typesIn(world: World): Promise<string[]> {
  return (await toldIn(world)).map(({ type }) => type)
}

async function forget({ app }: World): Promise<void> {
  await app.database.run(sql`DELETE FROM webhook_events`)
}

/** A world with a webhook for every type. */
async function startTelling(options: Parameters<typeof startWorld>[0]): Promise<World> {
  const world = await startWorld(options)
  await addedTo(world.app.webhooks, 'https://hooks.example.org/')
  return world
}

async function subscriberOf({ app }: World, email: string) {
  const row = await app.database.get<{ id: string }>(sql`SELECT id FROM subscribers WHERE address_key = ${email}`)
  const found = await findSubscriber(app.subscribers, row?.id ?? '')
  if (!found) throw new Error(`there is no subscriber ${email}`)
  return found
}

describe.each<Engine>(['sqlite', 'postgres'])('webhooks are told on %s', (engine) => {
  test('of an issue that is created, paused and finished, as the API shows it', async () => {
    await using world = await startTelling({ engine, articles: { 'a.md': articleText() } })
    const { app } = world
    await becomeReader(world, 'ada@example.org', ['weekly'])
    await forget(world)
    const weekly = app.publication.current().digests.get('weekly')
    const created = weekly && (await createIssue(app.digests, weekly, {}))
    if (created?.status !== 'created') throw new Error(created?.status)
    const { id } = created.issue
    const shown = async () => JSON.parse(JSON.stringify(issueJson((await findIssue(app.digests, id)) as never)))
    expect(await toldIn(world)).toEqual([{ type: 'issue.created', timestamp: world.clock.now().toISOString(), data: await shown() }])
    world.clock.advance(1_000)
    await pauseIssue(app.digests, id)
    expect((await toldIn(world))[1]).toMatchObject({ type: 'issue.paused', data: await shown() })
    // Paused already.
    await pauseIssue(app.digests, id)
    world.clock.advance(1_000)
    await resumeIssue(app.digests, id)
    await continueIssues(app.digests)
    await app.sender.drain()
    expect(await typesIn(world)).toEqual(['issue.created', 'issue.paused', 'issue.finished'])
    const finished = (await toldIn(world))[2]
    expect(finished).toMatchObject({ data: { state: 'finished', counts: { audience: 1, sent: 1 } } })
    expect(finished?.data).toEqual(await shown())
  })

  test('of an issue that a refusal about the sender pauses, once', async () => {
    const refusal = '550 5.7.1 we do not take mail from you'
    await using world = await startTelling({
      engine,
      articles: { 'a.md': articleText() },
      receiver: { onRecipient: (address) => (address.startsWith('no') ? refusal : undefined) },
    })
    const { app } = world
    await becomeReader(world, 'ada@example.org', ['weekly'])
    await app.database.run(sql`UPDATE subscribers SET email = 'no@example.org', address_key = 'no@example.org'`)
    await forget(world)
    const weekly = app.publication.current().digests.get('weekly')
    if (weekly) await createIssue(app.digests, weekly, {})
    await continueIssues(app.digests)
    await app.sender.drain()
    expect(await typesIn(world)).toEqual(['issue.created', 'issue.paused'])
    expect((await toldIn(world))[1]?.data).toMatchObject({ state: 'paused', reason: expect.stringContaining('example.org') })
  })

  test('of a reader who confirms and leaves, and not of an import or an erasure', async () => {
    await using world = await startTelling({ engine })
    const { app } = world
    await becomeReader(world, 'ada@example.org', ['weekly', 'coast-daily'])
    const ada = await subscriberOf(world, 'ada@example.org')
    const shown = async () => JSON.parse(JSON.stringify(subscriberJson(await subscriberOf(world, 'ada@example.org'))))
    const confirmed = (await toldIn(world))[0]
    expect(await typesIn(world)).toEqual(['subscriber.confirmed'])
    expect({ ...confirmed?.data, digests: undefined }).toEqual({ ...(await shown()), digests: undefined })
    expect(confirmed?.data.digests).toEqual(['coast-daily', 'weekly'])
    world.clock.advance(1_000)
    await amendSubscriber(app.subscribers, ada.id, { digests: ['weekly'] }, byCommandLine)
    expect((await toldIn(world))[1]).toEqual({
      type: 'subscriber.unsubscribed',
      timestamp: world.clock.now().toISOString(),
      data: { ...(await shown()), digests: ['coast-daily'] },
    })
    await imported(world, 'email,status\nbob@example.org,confirmed\nada@example.org,unsubscribed\n')
    expect(await subscriberOf(world, 'bob@example.org')).toBeDefined()
    expect(await typesIn(world)).toHaveLength(2)
    // Bob left nothing to erase here, Ada did.
    await eraseByAddress(app.subscribers, 'bob@example.org', byCommandLine)
    expect(await typesIn(world)).toHaveLength(2)
    await eraseByAddress(app.subscribers, 'ada@example.org', byCommandLine)
    expect(await typesIn(world)).toEqual([])
  })

  test('of a reader of a digest that needs no confirmation', async () => {
    const publication = `${publicationYaml}  open: { title: Open, schedule: "0 8 * * mon", double_opt_in: false }\n`
    await using world = await startTelling({ engine, publication })
    const request = {
      email: 'ada@example.org',
      digests: ['open'],
      topics: [],
      name: '',
      source: 'api',
      wording: '',
      networkAddress: undefined,
    }
    expect(await addSubscriber(world.app.subscribers, request, byCommandLine)).toMatchObject({ status: 'added' })
    expect(await toldIn(world)).toMatchObject([
      { type: 'subscriber.confirmed', data: { email: 'ada@example.org', state: 'confirmed', digests: ['open'] } },
    ])
  })

  test('of bounces and complaints, once for each report, and not of refusals about the sender', async () => {
    await using world = await startTelling({ engine })
    const { app } = world
    await becomeReader(world, 'ada@example.org', ['weekly'])
    await forget(world)
    const row = await app.database.get<{ id: number }>(sql`SELECT max(id) AS id FROM deliveries WHERE address_key = 'ada@example.org'`)
    const report = (kind: 'soft' | 'policy' | 'complaint') =>
      app.database.transaction((tx) => recordReportOf(tx, app.inbound, { deliveryId: row?.id ?? 0, kind, status: '4.2.2' }))
    await report('policy')
    expect(await toldIn(world)).toEqual([])
    await report('soft')
    await report('soft')
    expect(await toldIn(world)).toMatchObject([
      { type: 'subscriber.bounced', data: { email: 'ada@example.org', report: { kind: 'soft', status: '4.2.2', suppressed: false } } },
    ])
    world.clock.advance(1_000)
    await report('complaint')
    expect((await toldIn(world))[1]).toMatchObject({
      type: 'subscriber.complained',
      data: { email: 'ada@example.org', report: { kind: 'complaint', suppressed: true } },
    })
  })

  test('of a reader whose mailbox is unknown when the mail is handed over', async () => {
    await using world = await startTelling({
      engine,
      articles: { 'a.md': articleText() },
      receiver: { onRecipient: (address) => (address === 'gone@example.org' ? '550 5.1.1 no such user' : undefined) },
    })
    const { app } = world
    await becomeReader(world, 'ada@example.org', ['weekly'])
    await app.database.run(sql`UPDATE subscribers SET email = 'gone@example.org', address_key = 'gone@example.org'`)
    await forget(world)
    const weekly = app.publication.current().digests.get('weekly')
    if (weekly) await createIssue(app.digests, weekly, {})
    await continueIssues(app.digests)
    await app.sender.drain()
    expect(await typesIn(world)).toEqual(['issue.created', 'issue.finished', 'subscriber.bounced'])
    expect((await toldIn(world))[2]?.data).toMatchObject({ email: 'gone@example.org', report: { kind: 'hard', suppressed: true } })
  })

  test('of an article once it is published, over restarts and processes, and not of those that were there', async () => {
    await using world = await startTelling({
      engine,
      articles: { 'old.md': articleText({ title: 'Old' }), 'later.md': articleText({ title: 'Later', date: '2026-11-25' }) },
    })
    const { app, clock, content } = world
    const announce = async () => {
      const processes = [startArticleEvents(app), startArticleEvents(app)]
      for (const one of processes) one.trigger()
      for (const one of processes) await one.settled()
      for (const one of processes) await one.stop()
    }
    await announce()
    expect(await toldIn(world)).toEqual([])
    await content.write('articles/new.md', articleText({ title: 'New' }))
    await app.articles.lookAgain()
    await announce()
    await announce()
    expect(await toldIn(world)).toMatchObject([
      { type: 'article.published', data: { title: 'New', slug: 'new', ledger: [{ digest: 'weekly', state: 'pending' }, {}] } },
    ])
    clock.set('2026-11-25T12:00:00Z')
    await app.articles.lookAgain(true)
    await announce()
    expect((await toldIn(world)).map(({ data }) => data.title)).toEqual(['New', 'Later'])
  })

  test('nothing where no endpoint asks for it, and nothing is stored', async () => {
    await using world = await startWorld({ engine })
    await addedTo(world.app.webhooks, 'https://hooks.example.org/', ['issue.created'])
    await becomeReader(world, 'ada@example.org', ['weekly'])
    expect(await toldIn(world)).toEqual([])
  })

  test('an endpoint that fails makes one notice, sent once, which does not show its address and ends with the failure', async () => {
    let status = 500
    await using receiver = await startReceiver((response) => response.writeHead(status).end())
    await using world = await startWorld({ engine, env: { FETCH_ALLOW: receiver.host } })
    const { app } = world
    await addedTo(app.webhooks, `${receiver.url}/of-a-secret-name`)
    for (let count = 0; count < 10; count++) await becomeReader(world, `reader-${count}@example.org`, ['weekly'])
    await app.webhookSender.drain()
    for (let times = 0; times < 2; times++) await tellNotices(app.digests)
    const notices = await standingNotices(app.digests)
    expect(notices).toMatchObject([{ kind: 'failed', subject: `The webhook to ${receiver.host} fails` }])
    expect(JSON.stringify(notices)).not.toContain('secret')
    await app.sender.drain()
    expect(world.receiver.received.filter(({ to }) => to === 'editor@tide.example.org')).toHaveLength(1)
    status = 200
    world.clock.advance(10_000)
    await app.webhookSender.drain()
    await tellNotices(app.digests)
    expect(await standingNotices(app.digests)).toEqual([])
  })
})
