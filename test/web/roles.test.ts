import { resolve } from 'node:path'
import type { Router } from 'express'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createToken } from '../../src/operators/api-tokens.ts'
import { inviteOperator, type Operator } from '../../src/operators/operators.ts'
import { mayWith, type Role, roles, type Scope, scopes, scopesOf } from '../../src/operators/roles.ts'
import { byCommandLine } from '../../src/platform/actor.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { apiRoutes } from '../../src/web/api/routes.ts'
import { type DeskWorld, startDesk } from './admin/operator.ts'
import { serve, type Visitor } from './site/visitor.ts'

/*
 * The table of roles and scopes, over HTTP. A route that is in no line fails. Who lacks the scope gets 403 before anything else is looked at;
 * who has it gets any other answer, because most of these calls name things that do not exist.
 */

/** `none`: without a token. */
const api: Readonly<Record<string, Scope | 'none'>> = {
  'GET /openapi.json': 'none',
  'GET /docs': 'none',
  'GET /articles': 'read',
  'GET /articles/:slug': 'read',
  'GET /digests': 'read',
  'POST /digests/:name/preview': 'read',
  'GET /issues': 'read',
  'GET /issues/:id': 'read',
  'GET /doctor': 'read',
  'GET /issues/:id/failures': 'read',
  'GET /issues/:id/domains': 'read',
  'GET /sending': 'read',
  'GET /tokens': 'read',
  'POST /tokens': 'read',
  'DELETE /tokens/:id': 'read',
  'GET /issues/:id/deliveries': 'readers',
  'POST /subscribers/import': 'readers',
  'GET /subscribers': 'readers',
  'GET /subscribers/count': 'readers',
  'GET /subscribers/export': 'readers',
  'GET /subscribers/growth': 'readers',
  'POST /subscribers': 'readers',
  'GET /subscribers/:id': 'readers',
  'PATCH /subscribers/:id': 'readers',
  'GET /suppressions': 'readers',
  'POST /suppressions': 'readers',
  'POST /digests/:name/test': 'send',
  'POST /digests/:name/hold': 'send',
  'POST /digests/:name/release': 'send',
  'POST /digests/:name/issues': 'send',
  'GET /digests/:name/note': 'read',
  'GET /issues/:id/note': 'read',
  'PUT /digests/:name/note': 'send',
  'DELETE /digests/:name/note': 'send',
  'PUT /issues/:id/note': 'send',
  'DELETE /issues/:id/note': 'send',
  'POST /issues/:id/approve': 'send',
  'POST /issues/:id/pause': 'send',
  'POST /issues/:id/resume': 'send',
  'POST /issues/:id/cancel': 'send',
  'POST /issues/:id/retry': 'send',
  'POST /issues/:id/uncertain': 'send',
  'POST /sending/hold': 'send',
  'POST /sending/release': 'send',
  'DELETE /subscribers/:id': 'admin',
  'DELETE /suppressions': 'admin',
  'GET /operators': 'admin',
  'POST /operators': 'admin',
  'GET /operators/:id': 'admin',
  'PATCH /operators/:id': 'admin',
  'DELETE /operators/:id': 'admin',
  'GET /audit': 'admin',
  'GET /webhooks': 'admin',
  'POST /webhooks': 'admin',
  'GET /webhooks/:id': 'admin',
  'PATCH /webhooks/:id': 'admin',
  'DELETE /webhooks/:id': 'admin',
  'POST /webhooks/:id/rotate': 'admin',
  'POST /webhooks/:id/test': 'admin',
  'GET /webhooks/:id/deliveries': 'admin',
  'POST /webhooks/:id/deliveries/:delivery/replay': 'admin',
}

/** `none`: before the log-in. `own`: whoever is logged in. */
const deskTable: Readonly<Record<string, Scope | 'none' | 'own'>> = {
  'GET /login': 'none',
  'POST /login': 'none',
  'GET /login/:token': 'none',
  'POST /login/:token': 'none',
  'POST /logout': 'own',
  'GET /': 'read',
  'GET /articles': 'read',
  'GET /articles/*path': 'read',
  'GET /digests': 'read',
  'GET /digests/:name': 'read',
  'GET /digests/:name/frame/:view': 'read',
  'GET /digests/:name/:view': 'read',
  'GET /issues': 'read',
  'GET /issues/:id': 'read',
  'GET /issues/:id/frame': 'read',
  'GET /live': 'read',
  'GET /settings': 'read',
  'POST /language': 'read',
  'GET /doctor': 'read',
  'GET /tokens': 'read',
  'POST /tokens': 'read',
  'POST /tokens/:id/revoke': 'read',
  'GET /sessions': 'read',
  'POST /sessions/:id/end': 'read',
  'GET /mailbox': 'readers',
  'GET /mailbox/:id': 'readers',
  'GET /mailbox/:id/text': 'readers',
  'GET /mailbox/:id/source': 'readers',
  'GET /mailbox/:id/html': 'readers',
  'GET /digests/:name/send': 'send',
  'POST /digests/:name/hold': 'send',
  'POST /digests/:name/release': 'send',
  'POST /digests/:name/send': 'send',
  'POST /digests/:name/test': 'send',
  'POST /sending/hold': 'send',
  'POST /sending/release': 'send',
  'GET /issues/:id/cancel': 'send',
  'GET /issues/:id/resend': 'send',
  'GET /issues/:id/let-be': 'send',
  'POST /issues/:id/approve': 'send',
  'POST /issues/:id/cancel': 'send',
  'POST /issues/:id/let-be': 'send',
  'POST /issues/:id/pause': 'send',
  'POST /issues/:id/resend': 'send',
  'POST /issues/:id/resume': 'send',
  'POST /issues/:id/retry': 'send',
  'GET /digests/:name/note': 'send',
  'POST /digests/:name/note': 'send',
  'GET /digests/:name/note/file': 'send',
  'POST /digests/:name/note/use-file': 'send',
  'POST /digests/:name/note/frame': 'send',
  'GET /issues/:name/note': 'send',
  'POST /issues/:name/note': 'send',
  'GET /issues/:name/note/file': 'send',
  'POST /issues/:name/note/use-file': 'send',
  'POST /issues/:name/note/frame': 'send',
  'GET /readers': 'readers',
  'GET /readers/new': 'readers',
  'POST /readers/new': 'readers',
  'GET /readers/export': 'readers',
  'GET /readers/growth': 'readers',
  'GET /readers/import': 'readers',
  'POST /readers/import': 'readers',
  'GET /readers/import/:id': 'readers',
  'POST /readers/import/:id': 'readers',
  'GET /readers/import/:id/refused': 'readers',
  'POST /readers/import/:id/discard': 'readers',
  'GET /readers/:id': 'readers',
  'POST /readers/:id': 'readers',
  'POST /readers/:id/erase': 'admin',
  'GET /suppressions': 'readers',
  'POST /suppressions': 'readers',
  'POST /suppressions/lift': 'admin',
  'GET /operators': 'admin',
  'POST /operators': 'admin',
  'GET /operators/:id': 'admin',
  'POST /operators/:id/role': 'admin',
  'POST /operators/:id/remove': 'admin',
  'GET /webhooks': 'admin',
  'POST /webhooks': 'admin',
  'GET /webhooks/:id': 'admin',
  'POST /webhooks/:id/change': 'admin',
  'POST /webhooks/:id/enable': 'admin',
  'POST /webhooks/:id/disable': 'admin',
  'POST /webhooks/:id/rotate': 'admin',
  'POST /webhooks/:id/test': 'admin',
  'POST /webhooks/:id/remove': 'admin',
  'POST /webhooks/:id/deliveries/:delivery/replay': 'admin',
  'GET /audit': 'admin',
  'GET /address': 'admin',
  'POST /address': 'admin',
  'POST /address/skip': 'admin',
}

/** A mail is rendered by another process. */
const patience = { timeout: 40_000, interval: 50 }

let desk: DeskWorld
let calls: Visitor & AsyncDisposable
let apiRouter: Router
const operators = new Map<Role, Operator>()

beforeAll(async () => {
  desk = await startDesk()
  const { app } = desk.world
  for (const role of roles) {
    const invited = await inviteOperator(app.operators, { email: `${role}@example.org`, role }, byCommandLine)
    if (invited.status === 'invited') operators.set(role, invited.operator)
  }
  apiRouter = apiRoutes({
    guesses: app.guesses,
    operators: app.operators,
    webhooks: app.webhooks,
    digests: app.digests,
    subscribers: app.subscribers,
    templatesFolder: resolve('templates'),
    doctor: () => Promise.resolve({ report: () => Promise.reject(Object.assign(new Error('not asked here'), { status: 400 })) }),
    triggerScheduler: () => {},
  })
  calls = await serve({ '/': apiRouter })
})

afterAll(async () => {
  await calls?.[Symbol.asyncDispose]()
  await desk?.[Symbol.asyncDispose]()
})

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> }
}

function routesOf(router: Router): string[] {
  return (router.stack as unknown as readonly Layer[]).flatMap(({ route }) =>
    route ? Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${route.path}`) : [],
  )
}

const split = (route: string): [method: string, path: string] => {
  const [method = '', path = ''] = route.split(' ')
  return [method, path.replaceAll(/[:*]\w+/g, 'unknown')]
}

async function sessionOf(role: Role): Promise<{ Cookie: string }> {
  const link = await desk.world.app.access.makeLogin({ operator: operators.get(role)?.id ?? '' })
  const { headers } = await desk.post(`/admin/login/${link}`, [])
  return { Cookie: headers.get('Set-Cookie')?.split(';', 1)[0] ?? '' }
}

async function tokenWith(role: Role, some: readonly Scope[]) {
  const operator = operators.get(role)?.id ?? ''
  const made = await createToken(
    desk.world.app.operators,
    { operator, name: 'test', scopes: some },
    { scopes: scopesOf.owner },
    byCommandLine,
  )
  if (made.status !== 'created') throw new Error(JSON.stringify(made))
  return { id: made.token.id, headers: { Authorization: `Bearer ${made.secret}`, 'Content-Type': 'application/json' } }
}

test('every route is in a line of the table, and no line is without a route', () => {
  expect(routesOf(apiRouter).sort()).toEqual(Object.keys(api).sort())
  expect(routesOf(desk.routes).sort()).toEqual(Object.keys(deskTable).sort())
})

describe.each(scopes)('a token with the scope %s', (scope) => {
  test('may call what the table says, and nothing else', async () => {
    const { headers } = await tokenWith('owner', [scope])
    for (const [route, needed] of Object.entries(api)) {
      const [method, path] = split(route)
      const { status } = await calls.send(path, { method, headers, ...(method === 'GET' ? {} : { body: '{"nonsense":1}' }) })
      expect([route, status === 403, status === 401, status >= 500]).toEqual([route, needed !== scope && needed !== 'none', false, false])
    }
  })
})

describe.each(roles)('%s', (role) => {
  test('may do at the desk what the table says, and nothing else', async () => {
    const headers = await sessionOf(role)
    for (const [route, needed] of Object.entries(deskTable)) {
      if (needed === 'none' || needed === 'own') continue
      const [method, path] = split(route)
      // A live stream does not end by itself; while the process stops none is opened.
      desk.closing.abort()
      const answer = await desk.send(`/admin${path}`, { method, headers, redirect: 'manual' })
      expect([route, answer.status === 403, answer.status >= 500]).toEqual([route, !mayWith(role, needed), false])
    }
  })
})

test('without a session or token nothing but the log-in answers', async () => {
  for (const [route, needed] of Object.entries(deskTable)) {
    const [method, path] = split(route)
    const { status, headers } = await desk.send(`/admin${path}`, { method, redirect: 'manual' })
    if (needed === 'none') expect([route, [200, 401, 410].includes(status)]).toEqual([route, true])
    else expect([route, status, headers.get('Location')]).toEqual([route, 303, '/admin/login'])
  }
  for (const [route, needed] of Object.entries(api)) {
    const [method, path] = split(route)
    expect([route, (await calls.send(path, { method })).status]).toEqual([route, needed === 'none' ? 200 : 401])
  }
})

test('the API lets operators manage their own tokens, and only an owner those of others', async () => {
  const viewer = await tokenWith('viewer', ['read'])
  const editor = await tokenWith('editor', ['read', 'send'])
  const ask = async (path: string, method: string, headers: Record<string, string>, body?: object) => {
    const answer = await calls.send(path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    return { status: answer.status, body: answer.body === '' ? undefined : JSON.parse(answer.body) }
  }
  const listed = await ask('/tokens', 'GET', viewer.headers)
  expect(listed.body.items.map(({ operator }: { operator: string }) => operator)).toEqual([operators.get('viewer')?.id])
  const made = await ask('/tokens', 'POST', viewer.headers, { name: 'Second', scopes: ['read'] })
  expect([made.status, Object.keys(made.body).at(-1)]).toEqual([201, 'token'])
  expect((await ask('/tokens', 'POST', viewer.headers, { name: 'More', scopes: ['send'] })).status).toBe(422)
  expect(
    (await ask('/tokens', 'POST', viewer.headers, { name: 'Other', scopes: ['read'], operator: operators.get('owner')?.id })).status,
  ).toBe(404)
  expect((await ask(`/tokens/${editor.id}`, 'DELETE', viewer.headers)).status).toBe(404)
  const narrow = await tokenWith('editor', ['read'])
  expect((await ask(`/tokens/${editor.id}`, 'DELETE', narrow.headers)).status).toBe(404)
  expect((await ask(`/tokens/${made.body.id}`, 'DELETE', viewer.headers)).status).toBe(204)
  expect((await ask(`/tokens/${viewer.id}`, 'DELETE', viewer.headers)).status).toBe(204)
  expect((await ask('/tokens', 'GET', viewer.headers)).status).toBe(401)
})

test('the form for a log-in link answers the same whoever asks, and mails an operator', async () => {
  const { app, receiver } = desk.world
  const answers: string[] = []
  for (const email of ['viewer@example.org', 'nobody@example.org', 'nonsense'])
    answers.push((await desk.post('/admin/login', [['email', email]])).body)
  expect(new Set(answers).size).toBe(1)
  expect(answers[0]).toContain('a link is on its way')
  await expect
    .poll(async () => {
      await app.sender.drain()
      return receiver.received.filter(({ to, source }) => to === 'viewer@example.org' && source.includes('Subject: Log in')).length
    }, patience)
    .toBe(1)
})

test('an owner invites, changes and removes by forms; a revoked session and a removed operator are out at once', async () => {
  const { app } = desk.world
  const owner = await sessionOf('owner')
  expect((await desk.post('/admin/operators', [['email', 'nonsense']], owner)).status).toBe(422)
  const invited = await desk.post(
    '/admin/operators',
    [
      ['email', 'new@example.org'],
      ['role', 'editor'],
      ['language', 'pt-br'],
    ],
    owner,
  )
  expect([invited.status, invited.headers.get('Location')]).toEqual([303, '/admin/operators?done=invited'])
  expect((await desk.post('/admin/operators', [['email', 'new@example.org']], owner)).status).toBe(409)
  const page = await desk.get('/admin/operators?done=invited', owner)
  expect(page.words).toContain('Invited. The mail is on its way.')
  const id = /operators\/([\w-]{36})">new@example\.org/.exec(page.body)?.[1] ?? ''
  expect((await desk.post(`/admin/operators/${id}/role`, [['role', 'viewer']], owner)).status).toBe(303)
  const link = await app.access.makeLogin({ operator: id })
  const session = { Cookie: (await desk.post(`/admin/login/${link}`, [])).headers.get('Set-Cookie')?.split(';', 1)[0] ?? '' }
  expect((await desk.get('/admin/operators', session)).status).toBe(403)
  const sessions = await desk.get('/admin/sessions', owner)
  expect(sessions.words).toContain('new@example.org')
  expect((await desk.get('/admin/sessions', session)).words).not.toContain('owner@example.org')
  expect((await desk.get(`/admin/operators/${id}`, owner)).words).toContain('It ends 1 session and no API token at once.')
  await desk.post(`/admin/operators/${id}/remove`, [], owner)
  expect((await desk.get('/admin', session)).status).toBe(303)
  const last = operators.get('owner')?.id ?? ''
  const refused = await desk.post(`/admin/operators/${last}/remove`, [], owner)
  expect([refused.status, refused.words.includes('This is the last owner.')]).toEqual([409, true])
  const audit = await desk.get('/admin/audit', owner)
  expect(audit.words).toMatch(/owner@example\.org at the desk operator\.remove new@example\.org role: viewer/)
})

test('a token of the desk is shown once, and a session of another is not ended by an editor', async () => {
  const editor = await sessionOf('editor')
  const made = await desk.post(
    '/admin/tokens',
    [
      ['name', 'Cron'],
      ['scopes', 'read'],
      ['scopes', 'send'],
      ['days', '30'],
    ],
    editor,
  )
  const secret = /bst_[\w-]{43}/.exec(made.body)?.[0] ?? ''
  expect([made.status, secret.length]).toEqual([201, 47])
  const again = await desk.get('/admin/tokens', editor)
  expect(again.words).toMatch(/Cron read, send never 20 Dec 2026/)
  expect(again.body).not.toContain('bst_')
  expect((await calls.send('/issues', { headers: { Authorization: `Bearer ${secret}` } })).status).toBe(200)
  const beyond = await desk.post(
    '/admin/tokens',
    [
      ['name', 'Too much'],
      ['scopes', 'admin'],
    ],
    editor,
  )
  expect(beyond.status).toBe(422)
  const owner = await sessionOf('owner')
  const theirs = [...(await desk.get('/admin/sessions', owner)).body.matchAll(/sessions\/([\w-]{43})\/end/g)]
  expect(theirs.length).toBeGreaterThan(0)
  for (const [, id] of theirs) await desk.post(`/admin/sessions/${id}/end`, [], await sessionOf('viewer'))
  expect((await desk.get('/admin', editor)).status).toBe(200)
  for (const [, id] of theirs) await desk.post(`/admin/sessions/${id}/end`, [], owner)
  expect((await desk.get('/admin', editor)).status).toBe(303)
})

test('only an owner opens log-in mail in the built-in mailbox', async () => {
  const id = await desk.deliver({ subject: 'Log in', text: 'https://tide.example.org/admin/login/secret' })
  // The list is ordered by time.
  desk.world.clock.advance(1_000)
  const other = await desk.deliver({ subject: 'Hello', text: 'Hello' })
  const [owner, editor] = [await sessionOf('owner'), await sessionOf('editor')]
  for (const view of ['', '/text', '/source', '/html']) {
    expect((await desk.get(`/admin/mailbox/${id}${view}`, editor)).status).toBe(403)
    expect((await desk.get(`/admin/mailbox/${id}${view}`, owner)).status).toBe(200)
  }
  expect((await desk.get(`/admin/mailbox/${other}`, editor)).status).toBe(200)
})

test('whoever enters without an operator is asked for an address until an owner has one', async () => {
  await using bare = await startDesk()
  const first = await bare.logIn()
  expect((await bare.get('/admin', first)).words).toContain('No owner has an address yet.')
  await bare.post('/admin/address/skip', [], first)
  expect((await bare.get('/admin', first)).words).not.toContain('No owner has an address yet.')
  const second = await bare.logIn()
  const faulty = await bare.post('/admin/address', [['email', 'nonsense']], second)
  expect([faulty.status, faulty.words.includes('not an email address')]).toEqual([422, true])
  expect((await bare.post('/admin/address', [['email', 'ann@example.org']], second)).status).toBe(303)
  expect((await bare.get('/admin', await bare.logIn())).words).not.toContain('No owner has an address yet.')
  const operators = await bare.get('/admin/operators', second)
  expect(operators.words).toContain('ann@example.org (you) owner')
})

test('what the API changes about readers and sending is recorded with who did it, without addresses', async () => {
  const { headers } = await tokenWith('owner', ['readers', 'send', 'admin'])
  const ask = async (method: string, path: string, body: object = {}) => {
    const isGet = method === 'GET'
    const answer = await calls.send(path, { method, headers, ...(isGet ? {} : { body: JSON.stringify(body) }) })
    expect([path, answer.status < 300]).toEqual([path, true])
    return answer.body.startsWith('{') ? JSON.parse(answer.body) : undefined
  }
  const { id } = await ask('POST', '/subscribers', { email: 'mara@example.org', digests: ['weekly'] })
  await ask('PATCH', `/subscribers/${id}`, { name: 'Mara' })
  await ask('GET', '/subscribers/export')
  await ask('POST', '/suppressions', { email: 'bob@example.org' })
  await ask('POST', '/suppressions', { email: 'bob@example.org' })
  await ask('DELETE', '/suppressions?email=bob@example.org')
  await ask('DELETE', `/subscribers/${id}`)
  await ask('POST', '/sending/hold')
  await ask('POST', '/sending/release')
  const { items } = await ask('GET', '/audit?limit=8')
  expect(items.map(({ action }: { action: string }) => action).reverse()).toEqual([
    'subscriber.add',
    'subscriber.change',
    'subscribers.export',
    'suppression.add',
    'suppression.lift',
    'subscriber.erase',
    'sending.hold',
    'sending.release',
  ])
  const by = { operator: operators.get('owner')?.id, email: 'owner@example.org', via: 'api' }
  for (const item of items) expect(item).toMatchObject(by)
  expect(JSON.stringify(items)).not.toMatch(/mara@|bob@/)
})

test('an issue is shown without addresses to whoever may not see readers', async () => {
  const { database, digests } = desk.world.app
  await database.run(sql`INSERT INTO issues (id, digest, number, state, subject, content, frozen_through, pause_reason, created_at)
    SELECT '0193b6f0-0000-7000-8000-000000000000', name, 99, 'paused', 'S', ${JSON.stringify({ digestTitle: 'The week', articles: [] })}, '',
      '550 <mara@example.org> refused', 1 FROM digests WHERE name = 'weekly'`)
  expect(digests.publication().digests.has('weekly')).toBe(true)
  for (const [role, some, reason] of [
    ['viewer', ['read'], '550 <m***@***> refused'],
    ['owner', ['read', 'readers'], '550 <mara@example.org> refused'],
  ] as const) {
    const { headers } = await tokenWith(role, some)
    const { items } = JSON.parse((await calls.send('/issues', { headers })).body)
    expect(items.map((one: { reason: string }) => one.reason)).toEqual([reason])
    expect(JSON.parse((await calls.send('/digests', { headers })).body).items[0].last_issue.reason).toBe(reason)
  }
})
