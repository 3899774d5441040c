import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { limitTokenGuesses } from '../../../src/operators/token-guesses.ts'
import { apiRoutes } from '../../../src/web/api/routes.ts'
import { articleText } from '../../support/content.ts'
import type { Engine } from '../../support/databases.ts'
import { startWorld } from '../../support/world.ts'
import { serve } from '../site/visitor.ts'

/** The API over the real app, on real HTTP. `call` sends the body as it is, with this content type or none. */
async function startApi(engine: Engine = 'sqlite') {
  await using parts = new AsyncDisposableStack()
  const world = parts.use(await startWorld({ engine, articles: { 'tides.md': articleText({ title: 'Tides' }) } }))
  const { app, clock } = world
  const guesses = limitTokenGuesses({ ...app.access, isAdminToken: (token: string) => token === 'operator' }, clock)
  const routes = apiRoutes({
    operators: app.operators,
    guesses,
    digests: app.digests,
    subscribers: app.subscribers,
    webhooks: app.webhooks,
    templatesFolder: resolve('templates'),
    triggerScheduler: () => {},
    doctor: () => Promise.reject(new Error('not asked here')),
  })
  const visitor = parts.use(await serve({ '/': routes }))
  const call = async (method: string, path: string, body?: string, type?: string) => {
    const headers = { Authorization: 'Bearer operator', ...(type === undefined ? {} : { 'Content-Type': type }) }
    // A string would get a content type of its own.
    const sent = body === undefined ? {} : { body: new TextEncoder().encode(body) }
    const answer = await visitor.send(path, { method, headers, ...sent })
    return { status: answer.status, body: answer.body === '' ? undefined : JSON.parse(answer.body), headers: answer.headers }
  }
  const owned = parts.move()
  return { world, visitor, call, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

const otherTypes = [
  undefined,
  '',
  'application/x-www-form-urlencoded',
  'text/plain',
  'text/json',
  'application/jsonp',
  'multipart/form-data',
  'json',
]

test('a body that is not sent as JSON is refused, and nothing is done', async () => {
  await using api = await startApi()
  const body = '{"key":"k-1","articles":["tides"]}'
  for (const [method, path] of [
    ['POST', '/digests/weekly/issues'],
    ['POST', '/digests/weekly/test'],
    ['POST', '/digests/weekly/preview'],
    ['POST', '/issues/x/pause'],
    ['POST', '/issues/x/uncertain'],
    ['POST', '/sending/hold'],
    ['POST', '/subscribers'],
    ['PATCH', '/subscribers/x'],
    ['DELETE', '/subscribers/x'],
    ['POST', '/suppressions'],
  ] as const) {
    for (const type of otherTypes)
      expect([method, path, type, (await api.call(method, path, body, type)).status]).toEqual([method, path, type, 415])
  }
  expect((await api.call('GET', '/issues')).body.items).toEqual([])
  expect((await api.call('GET', '/sending')).body).toMatchObject({ held: false })
})

test.each(['application/json', 'Application/JSON; charset=utf-8', 'application/vnd.example+json'])(
  'a body of type %s is read',
  async (type) => {
    await using api = await startApi()
    const created = await api.call('POST', '/digests/weekly/issues', '{"key":"k-1"}', type)
    expect([created.status, created.body.key]).toEqual([201, 'k-1'])
  },
)

test('calls without a body need no content type', async () => {
  await using api = await startApi()
  const created = await api.call('POST', '/digests/weekly/issues')
  expect([created.status, created.body.key]).toEqual([201, null])
  expect((await api.call('POST', '/digests/weekly/issues', '', 'text/plain')).status).toBe(409)
  expect((await api.call('POST', '/sending/hold')).body).toMatchObject({ held: true })
})

test('a field that a call does not know is refused, and nothing is done', async () => {
  await using api = await startApi()
  for (const path of [
    '/digests/weekly/issues',
    '/digests/weekly/preview',
    '/issues/x/approve',
    '/issues/x/pause',
    '/issues/x/resume',
    '/issues/x/cancel',
    '/issues/x/retry',
    '/sending/hold',
    '/sending/release',
  ]) {
    const refused = await api.call('POST', path, '{"articels":["tides"]}', 'application/json')
    expect([path, refused.status, refused.body.detail]).toEqual([path, 422, expect.stringContaining('articels')])
  }
  expect((await api.call('GET', '/issues')).body.items).toEqual([])
  expect((await api.call('GET', '/sending')).body).toMatchObject({ held: false })
})

test('an import is a file, and no JSON', async () => {
  await using api = await startApi()
  for (const type of ['text/csv', undefined]) {
    const imported = await api.call('POST', '/subscribers/import?basis=consent&digests=weekly&dry_run=true', 'email\na@example.org\n', type)
    expect([type, imported.status]).toEqual([type, 200])
  }
  expect((await api.call('POST', '/subscribers/import?basis=consent', '{}', 'application/json')).status).toBe(415)
})

test('after ten wrong tokens from one private address only the right one is looked at', async () => {
  await using api = await startApi()
  const guess = (token: string) => api.visitor.send('/issues', { headers: { Authorization: `Bearer ${token}` } })
  for (let tries = 0; tries < 10; tries++) expect((await guess(`guess-${tries}`)).status).toBe(401)
  const limited = await guess('guess-10')
  expect([limited.status, limited.headers.get('Retry-After')]).toEqual([429, '900'])
  expect((await guess('operator')).status).toBe(200)
})

test('U+0000 and half of a surrogate pair are refused in every field, name, parameter and address, on PostgreSQL too', async () => {
  await using api = await startApi('postgres')
  const good = { email: 'a@example.org', digests: ['weekly'] }
  const bodies: readonly (readonly [string, string, (bad: string) => object])[] = [
    ['POST', '/subscribers', (bad) => ({ ...good, email: `${bad}@example.org` })],
    ['POST', '/subscribers', (bad) => ({ ...good, name: bad })],
    ['POST', '/subscribers', (bad) => ({ ...good, source: bad })],
    ['POST', '/subscribers', (bad) => ({ ...good, wording: bad })],
    ['POST', '/subscribers', (bad) => ({ ...good, digests: [bad] })],
    ['POST', '/subscribers', (bad) => ({ ...good, topics: [bad] })],
    ['PATCH', '/subscribers/x', (bad) => ({ name: bad })],
    ['PATCH', '/subscribers/x', (bad) => ({ language: bad })],
    ['POST', '/suppressions', (bad) => ({ email: `a${bad}@example.org` })],
    ['DELETE', '/suppressions', (bad) => ({ email: `a${bad}@example.org` })],
    ['POST', '/digests/weekly/issues', (bad) => ({ key: bad })],
    ['POST', '/digests/weekly/issues', (bad) => ({ articles: [bad] })],
    ['POST', '/digests/weekly/test', (bad) => ({ to: bad })],
    ['POST', '/digests/weekly/preview', (bad) => ({ note: { subject: bad } })],
    ['PUT', '/digests/weekly/note', (bad) => ({ subject: bad })],
    ['POST', '/issues/x/retry', (bad) => ({ reason: bad })],
    ['POST', '/operators', (bad) => ({ email: bad, role: 'viewer' })],
    ['POST', '/tokens', (bad) => ({ name: bad, scopes: ['read'] })],
    ['POST', '/webhooks', (bad) => ({ url: `https://hooks.example.org/${bad}`, types: [bad], description: bad })],
    ['POST', '/subscribers', (bad) => ({ [bad]: 'x' })],
  ]
  for (const bad of ['\0', 'a\0b', '\ud800', 'x\udfff']) {
    for (const [method, path, body] of bodies) {
      const { status } = await api.call(method, path, JSON.stringify(body(bad)), 'application/json')
      expect([method, path, JSON.stringify(bad), status]).toEqual([method, path, JSON.stringify(bad), 422])
    }
  }
  for (const [path, expected] of [
    ['/subscribers?digest=%00', 422],
    ['/subscribers?search=a%00bc', 422],
    ['/subscribers/count?source=%00', 422],
    ['/subscribers/growth?digest=%00', 422],
    ['/subscribers/export?source=%00', 422],
    ['/issues?digest=%00', 422],
    ['/subscribers?a[b][c]=%00', 422],
    [`/subscribers?cursor=${Buffer.from('a\0').toString('base64url')}`, 422],
    [`/issues?cursor=${Buffer.from('\0').toString('base64url')}`, 422],
    ['/subscribers/%00', 404],
    ['/issues/a%00', 404],
    ['/articles/%00', 404],
    // Half of a pair cannot be written in UTF-8: the bytes become U+FFFD.
    ['/subscribers?search=%ED%A0%80abc', 200],
    ['/subscribers/%ED%A0%80', 400],
  ] as const)
    expect([path, (await api.call('GET', path)).status]).toEqual([path, expected])
  const nested = `${'['.repeat(45_000)}"\\u0000"${']'.repeat(45_000)}`
  expect((await api.call('POST', '/subscribers', `{"topics":${nested}}`, 'application/json')).status).toBe(422)
  const list = 'email,name,source,topics\na@example.org,A\0nna,fo\0rm,co\0ast\nb\0@example.org,B,,\n'
  const imported = await api.call('POST', '/subscribers/import?basis=consent&digests=weekly', list, 'text/csv')
  expect(imported.status).toBeLessThan(500)
  expect((await api.call('POST', '/subscribers/import?basis=%00&digests=weekly', 'email\na@example.org\n', 'text/csv')).status).toBe(422)
})
