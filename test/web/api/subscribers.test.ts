import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { limitTokenGuesses } from '../../../src/operators/token-guesses.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { countGrowth } from '../../../src/subscribers/growth/growth-store.ts'
import { processSignUps } from '../../../src/subscribers/sign-up/process-waiting.ts'
import { receiveSignUp } from '../../../src/subscribers/sign-up/receive.ts'
import { apiRoutes } from '../../../src/web/api/routes.ts'
import { publicationYaml } from '../../support/content.ts'
import type { Engine } from '../../support/databases.ts'
import { becomeReader, startWorld } from '../../support/world.ts'
import { serve } from '../site/visitor.ts'

const email = 'mara@example.org'

/** The API over the real app, on real HTTP, with the admin token. */
async function startApi(engine: Engine) {
  await using parts = new AsyncDisposableStack()
  const world = parts.use(await startWorld({ engine, publication: `${publicationYaml}network_addresses: shortened\n` }))
  const { app } = world
  const guesses = limitTokenGuesses({ ...app.access, isAdminToken: (token: string) => token === 'operator' }, world.clock)
  const visitor = parts.use(
    await serve({
      '/': apiRoutes({
        operators: app.operators,
        guesses,
        digests: app.digests,
        subscribers: app.subscribers,
        webhooks: app.webhooks,
        templatesFolder: resolve('templates'),
        triggerScheduler: () => {},
        doctor: () => Promise.reject(new Error('not asked here')),
      }),
    }),
  )
  const call = async (method: string, path: string, body?: object) => {
    const headers = { Authorization: 'Bearer operator', 'Content-Type': 'application/json' }
    const answer = await visitor.send(path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
    return { status: answer.status, body: answer.body === '' ? undefined : JSON.parse(answer.body) }
  }
  const owned = parts.move()
  return { world, call, visitor, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

describe.each<Engine>(['sqlite', 'postgres'])('the API of readers on %s', (engine) => {
  test('adds a pending subscriber, shows, changes and erases it; none of it confirms a subscription', async () => {
    await using api = await startApi(engine)
    const { world, call } = api
    expect((await api.visitor.send('/subscribers', { method: 'POST' })).status).toBe(401)
    for (const [body, field] of [
      [{ email: 'mara@', digests: ['weekly'] }, 'email'],
      [{ email, digests: ['monthly'] }, 'digests'],
      [{ email, digests: ['weekly'], topics: ['opera'] }, 'topics'],
      [{ email, digests: ['weekly'], name: 'Mara\r\nBcc: eve@example.org' }, 'name'],
      [{ email, digests: ['weekly'], network_address: 'here' }, 'network_address'],
    ] as const) {
      expect(await call('POST', '/subscribers', body)).toMatchObject({ status: 422, body: { errors: [{ field }] } })
    }

    const request = {
      email,
      digests: ['weekly'],
      topics: ['coast'],
      source: 'the counter',
      wording: 'Yes, by mail',
      network_address: '192.0.2.7',
    }
    const asked = await call('POST', '/subscribers', request)
    expect(asked).toMatchObject({
      status: 202,
      body: { email, state: 'pending', topics: [], subscriptions: [{ digest: 'weekly', state: 'pending' }] },
    })
    const { id } = asked.body
    expect(
      await world.app.database.all(sql`SELECT event, source, wording, network_address FROM consents WHERE subscriber_id = ${id}`),
    ).toEqual([{ event: 'asked', source: 'the counter', wording: 'Yes, by mail', network_address: '192.0.2.0/24' }])

    await becomeReader(world, 'ben@example.org', ['weekly', 'coast-daily'])
    const ben = (await call('POST', '/subscribers', { email: 'BEN@example.org', digests: ['weekly'] })).body
    expect(ben).toMatchObject({ email: 'ben@example.org', state: 'confirmed' })
    const place = `/subscribers/${ben.id}`
    for (const [change, field] of [
      [{ name: 'a\nb' }, 'name'],
      [{ topics: ['opera'] }, 'topics'],
      [{ language: 'xx' }, 'language'],
      [{ state: 'confirmed' }, ''],
    ] as const) {
      expect(await call('PATCH', place, change)).toMatchObject({ status: 422, body: { errors: [{ field }] } })
    }
    const changed = await call('PATCH', place, { name: 'Ben', topics: ['craft'], digests: ['weekly'] })
    expect(changed).toMatchObject({ status: 200, body: { name: 'Ben', topics: ['craft'] } })
    expect(changed.body.subscriptions.map((one: { digest: string; state: string }) => [one.digest, one.state])).toEqual([
      ['coast-daily', 'unsubscribed'],
      ['weekly', 'confirmed'],
    ])
    expect(await call('PATCH', place, { digests: ['weekly', 'coast-daily'] })).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'digests' }] },
    })
    expect((await call('GET', place)).body).toEqual(changed.body)

    expect((await call('DELETE', place)).status).toBe(204)
    for (const [method, body] of [['GET'], ['PATCH', {}], ['DELETE']] as const) expect((await call(method, place, body)).status).toBe(404)
    expect(await call('POST', '/subscribers', { email: 'ben@example.org', digests: ['weekly'] })).toMatchObject({ status: 409 })
  })

  test('suppresses, lists with later sign-ups, page by page, and lifts, also after an erasure', async () => {
    await using api = await startApi(engine)
    const { world, call } = api
    await becomeReader(world, email, ['weekly'])
    const [subscriber] = (await call('GET', '/subscribers')).body.items
    await call('DELETE', `/subscribers/${subscriber.id}`)
    world.clock.advance(1_000)
    expect(await call('POST', '/suppressions', { email: 'nobody' })).toMatchObject({ status: 422 })
    expect(await call('POST', '/suppressions', { email: 'ben@example.org', reason: 'erasure' })).toMatchObject({ status: 422 })
    expect(await call('POST', '/suppressions', { email: 'Ben@example.org' })).toMatchObject({
      status: 201,
      body: { email: 'ben@example.org', reason: 'operator', asked_at: null },
    })
    expect((await call('POST', '/suppressions', { email: 'ben@example.org', reason: 'bounce' })).body.reason).toBe('operator')

    const form = { email: 'ben@example.org', digests: ['weekly'], topics: [], name: '', source: 'form', wording: 'Yes' }
    expect((await receiveSignUp(world.app.subscribers, form)).status).toBe('asked')
    await processSignUps(world.app.subscribers)
    const first = (await call('GET', '/suppressions?limit=1')).body
    expect(first.items).toMatchObject([{ email: 'ben@example.org', asked_at: world.clock.now().toISOString() }])
    const rest = (await call('GET', `/suppressions?limit=1&cursor=${first.next}`)).body
    expect(rest).toMatchObject({ items: [{ email: null, reason: 'erasure', asked_at: null }], next: null })
    expect((await call('GET', `/suppressions?email=${email}`)).body.items).toEqual(rest.items)
    expect((await call('GET', '/suppressions?cursor=eA')).status).toBe(422)

    expect((await call('DELETE', '/suppressions')).status).toBe(422)
    for (const lifted of [email, 'ben@example.org']) {
      expect((await call('DELETE', `/suppressions?email=${lifted}`)).status).toBe(204)
      expect((await call('DELETE', `/suppressions?email=${lifted}`)).status).toBe(404)
    }
    expect((await call('GET', '/suppressions')).body.items).toEqual([])
    expect((await call('POST', '/subscribers', { email, digests: ['weekly'] })).status).toBe(202)
  })

  test('an import stops at columns that may say "no", with all of them, their values and the parameters to add', async () => {
    await using api = await startApi(engine)
    const file = 'email,Email Opt Out,Einwilligung & mehr\na@example.net,1,ja\nb@example.net,,nein\n'
    const send = async (query: string) => {
      const headers = { Authorization: 'Bearer operator', 'Content-Type': 'text/csv' }
      const answer = await api.visitor.send(`/subscribers/import?basis=consent&digests=weekly${query}`, {
        method: 'POST',
        headers,
        body: file,
      })
      return { status: answer.status, body: JSON.parse(answer.body) }
    }
    const stop = await send('')
    expect(stop).toMatchObject({
      status: 422,
      body: {
        title: 'Columns need a decision',
        errors: [
          { field: 'Email Opt Out', reason: expect.stringContaining('"1" (1 row), empty (1 row)') },
          { field: 'Einwilligung & mehr', reason: expect.stringContaining('"ja" (1 row), "nein" (1 row)') },
        ],
        columns: [
          { column: 'Email Opt Out', add: { map: 'map=Email%20Opt%20Out%3Dopted_out', ignore: 'ignore=Email%20Opt%20Out' } },
          { column: 'Einwilligung & mehr' },
        ],
      },
    })
    for (const word of ['Email Opt Out', 'Einwilligung & mehr', 'map=Email%20Opt%20Out%3Dopted_out'])
      expect(stop.body.detail).toContain(word)
    const [first, second] = stop.body.columns
    expect(await send(`&dry_run=true&${first.add.map}`)).toMatchObject({ status: 422, body: { columns: [{ column: second.column }] } })
    expect(await api.call('GET', '/subscribers/count')).toMatchObject({ body: { count: 0 } })
    expect(await send('&map=Email')).toMatchObject({ status: 422, body: { errors: [{ field: 'map' }] } })
    expect(await send('&ignore=Name')).toMatchObject({ status: 422, body: { errors: [{ field: 'ignore' }] } })
    const ignored = `&${first.add.ignore}&${second.add.ignore}`
    expect(await send(ignored)).toMatchObject({ status: 200, body: { taken: 2, remembered: [] } })
    expect(await send(`&${first.add.map}&${second.add.map}`)).toMatchObject({ status: 200, body: { taken: 0, updated: 2, remembered: [] } })
    expect(await send('')).toMatchObject({
      status: 200,
      body: {
        remembered: [
          { column: 'Email Opt Out', read_as: 'gets_no_mail' },
          { column: 'Einwilligung & mehr', read_as: 'gets_mail' },
        ],
      },
    })
  })

  test('an export for Excel begins with a byte order mark, in CSV only', async () => {
    await using api = await startApi(engine)
    const get = async (query: string) => {
      const answer = await fetch(`${api.visitor.origin}/subscribers/export?${query}`, { headers: { Authorization: 'Bearer operator' } })
      // As bytes: `text()` leaves a byte order mark out.
      return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()).toString('utf8') }
    }
    const [plain, excel] = [await get(''), await get('excel=true')]
    expect(excel.body).toBe(`\uFEFF${plain.body}`)
    for (const query of ['excel=perhaps', 'excel=true&format=ndjson'])
      expect(await get(query)).toMatchObject({ status: 422, body: expect.stringContaining('"field":"excel"') })
  })
})

test('the API tells growth by day and week, and refuses other periods', async () => {
  await using api = await startApi('sqlite')
  const { world, call } = api
  await becomeReader(world, email, ['weekly'])
  for (let looks = 0; looks < 2; looks++) await countGrowth(world.app.database)
  expect(await call('GET', '/subscribers/growth?per=week&count=2')).toEqual({
    status: 200,
    body: {
      per: 'week',
      joined: 1,
      left: 0,
      net: 1,
      periods: [
        { from: '2026-11-09', joined: 0, left: 0, net: 0 },
        { from: '2026-11-16', joined: 1, left: 0, net: 1 },
      ],
      by_digest: [{ digest: 'weekly', joined: 1, left: 0, net: 1 }],
      by_source: [{ source: 'test', joined: 1, left: 0, net: 1 }],
    },
  })
  expect((await call('GET', '/subscribers/growth?digest=coast-daily')).body).toMatchObject({ per: 'day', joined: 0, by_digest: [] })
  expect((await call('GET', '/subscribers/growth')).body.periods).toHaveLength(30)
  for (const [query, field] of [
    ['per=month', 'per'],
    ['count=0', 'count'],
    ['count=401', 'count'],
    ['count=1e2', 'count'],
    ['digest=a&digest=b', 'digest'],
  ])
    expect(await call('GET', `/subscribers/growth?${query}`)).toMatchObject({ status: 422, body: { errors: [{ field }] } })
})
