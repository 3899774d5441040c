import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { openAccess } from '../../../src/operators/access.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { systemRandom } from '../../../src/platform/random.ts'
import { quietLog } from '../../support/quiet.ts'
import { startDesk } from './operator.ts'

test('without a session there is only the log-in', async () => {
  await using desk = await startDesk()
  const id = await desk.deliver({ subject: 'Secret', html: '<p>secret</p>' })
  for (const path of ['/admin', '/admin/', '/admin/mailbox', `/admin/mailbox/${id}`, `/admin/mailbox/${id}/html`, '/admin/nothing']) {
    for (const cookie of ['', 'broadsheet_session=', 'broadsheet_session=99999999999999.x', 'other=1']) {
      const page = await desk.get(path, { Cookie: cookie })
      expect([path, page.status, page.headers.get('Location')]).toEqual([path, 303, '/admin/login'])
      expect(page.body).not.toContain('secret')
    }
  }
  expect((await desk.post('/admin/logout', [])).headers.get('Location')).toBe('/admin/login')
})

test('only the button uses up a log-in link, once', async () => {
  await using desk = await startDesk()
  const link = `/admin/login/${await desk.world.app.access.makeLogin()}`
  for (let scanner = 0; scanner < 3; scanner++) expect((await desk.get(link)).words).toContain('Open the desk')
  const entered = await desk.post(link, [])
  expect([entered.status, entered.headers.get('Location')]).toEqual([303, '/admin'])
  const cookie = entered.headers.get('Set-Cookie') ?? ''
  expect(cookie).toMatch(/^broadsheet_session=[^;]+; Max-Age=2592000; Path=\/admin; Expires=[^;]+; HttpOnly; SameSite=Lax$/)
  expect((await desk.get('/admin', { Cookie: cookie.split(';', 1)[0] ?? '' })).words).toContain('Today')
  const again = await desk.post(link, [])
  expect([again.status, again.headers.get('Set-Cookie')]).toEqual([410, null])
  expect(again.words).toContain('Each link works once')
})

test('expired links and sessions do not open the desk', async () => {
  await using desk = await startDesk()
  const link = `/admin/login/${await desk.world.app.access.makeLogin()}`
  const session = await desk.logIn()
  desk.world.clock.advance(16 * 60_000)
  expect((await desk.post(link, [])).status).toBe(410)
  expect((await desk.get('/admin', session)).status).toBe(200)
  desk.world.clock.advance(31 * 86_400_000)
  expect((await desk.get('/admin', session)).status).toBe(303)
})

test('the admin token opens the desk; wrong tokens are refused and limited', async () => {
  await using desk = await startDesk()
  const token = desk.world.app.freshAdminToken ?? ''
  const entered = await desk.post('/admin/login', [['token', ` ${token}\n`]])
  expect([entered.status, entered.headers.get('Location')]).toEqual([303, '/admin'])
  for (let guess = 0; guess < 10; guess++) {
    const refused = await desk.post('/admin/login', [['token', `guess ${guess}`]])
    expect(refused.status).toBe(401)
    expect(refused.words).toContain('This is not the admin token')
  }
  const limited = await desk.post('/admin/login', [['token', 'guess 11']])
  expect([limited.status, limited.headers.get('Retry-After')]).toEqual([429, '900'])
  expect(limited.words).toContain('Too many tries')
  // All clients share this loopback address, as behind a proxy on the same machine.
  expect((await desk.post('/admin/login', [['token', token]])).status).toBe(303)
})

test('cross-site requests are refused', async () => {
  await using desk = await startDesk()
  const link = `/admin/login/${await desk.world.app.access.makeLogin()}`
  for (const headers of [
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
  ] as Record<string, string>[]) {
    expect((await desk.post(link, [], headers)).status).toBe(403)
    expect((await desk.post('/admin/logout', [], { ...(await desk.logIn()), ...headers })).status).toBe(403)
  }
  expect((await desk.post(link, [], { Origin: desk.origin })).status).toBe(303)
})

test('a proxy may rewrite Host: the origin of PUBLIC_URL counts as own', async () => {
  await using desk = await startDesk()
  const { origin } = new URL(desk.world.app.publication.current().url)
  expect(origin).not.toBe(desk.origin)
  const session = await desk.logIn()
  expect((await desk.post('/admin/logout', [], { ...session, Origin: origin })).status).toBe(303)
  expect((await desk.post('/admin/logout', [], { ...session, Origin: origin.replace('https', 'http') })).status).toBe(403)
})

test('a session ends on the server: by log-out, log-out everywhere, and a changed admin token', async () => {
  await using desk = await startDesk()
  const [first, second, third] = [await desk.logIn(), await desk.logIn(), await desk.logIn()]
  const statuses = () => Promise.all([first, second, third].map(async (session) => (await desk.get('/admin', session)).status))
  expect(await statuses()).toEqual([200, 200, 200])
  await desk.post('/admin/logout', [], first)
  expect(await statuses()).toEqual([303, 200, 200])
  await desk.post('/admin/logout', [['everywhere', 'yes']], second)
  expect(await statuses()).toEqual([303, 303, 303])

  const { database } = desk.world.app
  const open = (adminTokenHash: string) =>
    openAccess({
      database,
      clock: desk.world.clock,
      random: systemRandom(),
      log: quietLog,
      recordAudit: desk.world.app.operators.recordAudit,
      sessionKey: 'key',
      adminTokenHash,
    })
  const begun = await open('old').spendLogin(await desk.world.app.access.makeLogin())
  expect(await open('old').isSession(begun?.session ?? '')).toBe(true)
  expect(await open('new').isSession(begun?.session ?? '')).toBe(false)
})

test('the database holds no session that opens the desk', async () => {
  await using desk = await startDesk()
  const { Cookie } = await desk.logIn()
  const rows = await desk.world.app.database.all<{ hash: string }>(sql`SELECT hash FROM sessions`)
  expect(rows).toHaveLength(1)
  expect(Cookie).not.toContain(rows[0]?.hash)
  expect((await desk.get('/admin', { Cookie: `broadsheet_session=${rows[0]?.hash}` })).status).toBe(303)
})

test('the cookie is Secure by https and by the host of an https PUBLIC_URL; the log-in warns where it cannot be', async () => {
  await using desk = await startDesk()
  const { host } = new URL(desk.world.app.publication.current().url)
  // fetch sets Host by itself.
  const ask = async (method: string, path: string, headers: Record<string, string>) => {
    const asked = request(`${desk.origin}${path}`, { method, headers }).end()
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    return { cookie: String(answer.headers['set-cookie']), page: await text(answer) }
  }
  const cookieBy = async (headers: Record<string, string>) =>
    (await ask('POST', `/admin/login/${await desk.world.app.access.makeLogin()}`, headers)).cookie
  expect(await cookieBy({})).not.toContain('Secure')
  expect(await cookieBy({ Host: host })).toContain('; Secure;')
  const warning = 'This connection is not encrypted'
  expect((await ask('GET', '/admin/login', {})).page).not.toContain(warning)
  expect((await ask('GET', '/admin/login', { Host: 'news.example.net' })).page).toContain(warning)
  expect((await ask('GET', '/admin/login', { Host: host })).page).not.toContain(warning)
})

test('logging out ends the session of this browser', async () => {
  await using desk = await startDesk()
  const out = await desk.post('/admin/logout', [], await desk.logIn())
  expect([out.status, out.headers.get('Location')]).toEqual([303, '/admin/login'])
  expect(out.headers.get('Set-Cookie')).toMatch(/^broadsheet_session=; Path=\/admin; Expires=Thu, 01 Jan 1970/)
})

test('no page of the desk is cached, or runs scripts of others', async () => {
  await using desk = await startDesk()
  const session = await desk.logIn()
  for (const path of ['/admin', '/admin/mailbox', '/admin/login', '/admin/login/x', '/admin/nothing', '/admin/mailbox/nothing']) {
    const page = await desk.get(path, session)
    expect(page.headers.get('Cache-Control'), path).toBe('no-store')
    expect(page.headers.get('X-Robots-Tag'), path).toBe('noindex')
    expect(page.headers.get('Referrer-Policy'), path).toBe('same-origin')
    expect(page.headers.get('Content-Security-Policy'), path).toMatch(
      /^default-src 'none';style-src 'self';script-src 'self';connect-src 'self';img-src 'self'/,
    )
    expect(page.words, path).toContain('Nothing leaves this machine: mail goes to the built-in mailbox.')
  }
})
