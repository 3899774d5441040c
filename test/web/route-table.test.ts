import { request } from 'node:http'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { articleText, makeContent } from '../support/content.ts'
import { registeredRoutes } from '../support/route-recorder.ts'
import { adminToken, dataFolder, type Service, startService } from '../support/spawned-service.ts'
import { routeTable } from './route-table.ts'

/*
 * Every route against every kind of caller, on the real process. To add a kind, such as an operator with a role: a column in
 * route-table.ts, and its headers in `callers`.
 */

const providerSecret = 'the secret of a provider'
const formerToken = 'the-token-of-a-former-operator'
const env = {
  PUBLIC_URL: 'https://desk.example',
  INBOUND_POSTMARK_SECRET: providerSecret,
  TRUST_PROXY: 'loopback',
}

/** What stands for the names in a route. */
const names: Readonly<Record<string, string>> = {
  slug: 'tides',
  topic: 'coast',
  author: 'ruth-addlestone',
  provider: 'postmark',
  view: 'text',
  token: 'x'.repeat(43),
  month: '1999-01',
  id: 'nothing',
  delivery: 'nothing',
  name: 'nothing',
}

interface Row {
  readonly route: string
  readonly method: string
  readonly path: string
  readonly expected: Readonly<Record<string, string>>
}

const [head = '', ...lines] = routeTable.split('\n').filter((line) => line.trim() !== '')
const columns = head.trim().split(/\s+/).slice(1)
const rows = lines.map((line): Row => {
  const [method = '', pattern = '', ...cells] = line.trim().split(/\s+/)
  const path = pattern
    .replace('/assets/:name', '/assets/style.css')
    .replace('*path', 'nothing.png')
    .replace(/:(\w+)/g, (_, name) => names[name] ?? '')
  return { route: `${method} ${pattern}`, method, path, expected: Object.fromEntries(columns.map((name, at) => [name, cells[at] ?? ''])) }
})

interface Credentials {
  readonly cookie?: string
  readonly bearer?: string
  /** Of a webhook. */
  readonly password?: string
}

const foreign = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }

const bodies: Readonly<Record<string, { readonly type: string; readonly body: string }>> = {
  form: { type: 'application/x-www-form-urlencoded', body: 'a=b' },
  text: { type: 'text/plain', body: 'a' },
  json: { type: 'application/json', body: '{}' },
  multi: { type: 'multipart/form-data; boundary=b', body: '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--b--\r\n' },
}

let parts: AsyncDisposableStack
let service: Service
let content: string
let expired: Credentials
let revoked: Credentials
let signIn: () => Promise<Credentials>
let right: Credentials
const callers = { none: {}, wrong: {}, expired: {}, revoked: {}, right: {} } as Record<string, Credentials>

beforeAll(async () => {
  await using opened = new AsyncDisposableStack()
  const folder = opened.use(await makeContent({ 'tides.md': articleText({ title: 'Tides', topics: ['coast'] }) }))
  content = folder.folder
  const data = opened.use(await dataFolder())
  const start = (token: string) =>
    startService({ content, data: data.folder, now: '2026-11-20T09:00:00Z', env: { ...env, ADMIN_TOKEN: token } })
  const former = await start(formerToken)
  revoked = { ...(await sessionOf(former, formerToken)), bearer: formerToken, password: formerToken }
  await former.stop()
  service = opened.use(await start(adminToken))
  const session = await sessionOf(service, adminToken)
  expired = { ...session, bearer: session.cookie?.split('=')[1] ?? '', password: adminToken }
  await service.setClock('2026-12-25T09:00:00Z')
  signIn = async () => ({ ...(await sessionOf(service, adminToken)), bearer: adminToken, password: providerSecret })
  right = await signIn()
  Object.assign(callers, {
    none: {},
    wrong: { cookie: 'broadsheet_session=wrong', bearer: 'wrong', password: 'wrong' },
    expired,
    revoked,
    right,
  })
  await vi.waitFor(async () => expect((await service.fetch('/readyz')).status).toBe(200), { timeout: 20_000 })
  parts = opened.move()
}, 60_000)

afterAll(() => parts?.disposeAsync())

async function sessionOf(one: Service, token: string): Promise<Credentials> {
  const entered = await one.fetch('/admin/login', { method: 'POST', body: new URLSearchParams({ token }) })
  return { cookie: entered.headers.get('Set-Cookie')?.split(';', 1)[0] ?? '' }
}

let clients = 0

/** Each request comes from a network of its own, so that no limit of guesses is reached. */
async function ask(method: string, path: string, who: Credentials, more: { headers?: object; body?: string } = {}): Promise<string> {
  const given = path.startsWith('/inbound/')
    ? who.password && `Basic ${Buffer.from(`any:${who.password}`).toString('base64')}`
    : who.bearer && `Bearer ${who.bearer}`
  const client = clients++
  const headers = {
    'X-Forwarded-For': `81.${client >> 16}.${(client >> 8) & 255}.${client & 255}`,
    ...(who.cookie && { Cookie: who.cookie }),
    ...(given && { Authorization: given }),
    ...more.headers,
  }
  return new Promise((resolve, reject) => {
    const asked = request(new URL(path, service.address), { method, headers }, (answer) => {
      const isGuarded = answer.headers['x-content-type-options'] === 'nosniff'
      const status = isGuarded ? String(answer.statusCode) : `${answer.statusCode} without nosniff`
      // A stream of events does not end by itself.
      if (answer.headers['content-type'] === 'text/event-stream') {
        resolve(status)
        asked.destroy()
      } else answer.resume().on('end', () => resolve(status))
    })
    asked.on('error', reject).end(more.body)
  })
}

const otherMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

async function statusesOf({ method, path, expected }: Row): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  // Logging out ends the session that the next request needs.
  const caller = async (name: string) => (name === 'right' && path.endsWith('/logout') ? signIn() : (callers[name] as Credentials))
  for (const column of columns) {
    const body = bodies[column]
    if (expected[column] === '-') found[column] = '-'
    else if (column === 'foreign') found[column] = await ask(method, path, await caller('right'), { headers: foreign })
    else if (column === 'other') found[column] = await statusOfOthers(path)
    else if (body) {
      const headers = { 'Content-Type': body.type, 'Content-Length': String(body.body.length) }
      found[column] = await ask(method, path, await caller('right'), { headers, body: body.body })
    } else found[column] = await ask(method, path, await caller(column))
  }
  return found
}

/** One status where all methods that the path lacks agree, otherwise each. */
async function statusOfOthers(path: string): Promise<string> {
  const own = new Set(rows.filter((row) => row.path === path).map(({ method }) => method))
  const found = new Set<string>()
  for (const method of otherMethods) {
    if (own.has(method)) continue
    found.add(await ask(method, path, callers.right as Credentials))
    const unknown = await ask(method, path, {})
    if (Number(unknown) < 300) found.add(`${unknown} for everybody`)
  }
  return [...found].sort().join('+')
}

test('every route is in the table, and every line of it is a route', async () => {
  await using data = await dataFolder()
  const registered = await registeredRoutes(content, data.folder, env)
  const inTable = rows.map(({ route }) => route).filter((route) => !isFeed(route) || registered.includes(route))
  expect(inTable.sort()).toEqual(registered)
  for (const line of lines) expect(line.trim().split(/\s+/), line).toHaveLength(columns.length + 2)
}, 60_000)

/** Feeds are answered before Express, so they are not among its routes. */
function isFeed(route: string): boolean {
  return /\/(?:(?:feed|atom)\.(?:xml|json)|feeds\.opml|archive\/:month\.xml)$/.test(route)
}

test.each(rows)('$route answers as in the table', async (row) => {
  expect(await statusesOf(row)).toEqual(row.expected)
})

test('HEAD is answered as GET', async () => {
  for (const { method, path, expected } of rows) {
    if (method !== 'GET') continue
    for (const name of ['none', 'right'])
      expect([path, name, await ask('HEAD', path, callers[name] as Credentials)]).toEqual([path, name, expected[name]])
  }
}, 60_000)
