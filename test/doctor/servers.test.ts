import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Server } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { DoctorSettings } from '../../src/doctor/check.ts'
import { clockCheck } from '../../src/doctor/checks/clock.ts'
import { oneClickCheck } from '../../src/doctor/checks/one-click.ts'
import { publicUrlCheck } from '../../src/doctor/checks/public-url.ts'
import { smtpServerCheck } from '../../src/doctor/checks/smtp-server.ts'
import { inspectUnsubscribe } from '../../src/subscribers/unsubscribe.ts'
import { authority, expired, otherName, selfSigned, serverKey, valid } from '../support/certificates.ts'
import { startMuteServer } from '../support/mute-server.ts'
import { startWorld, type World } from '../support/world.ts'
import { examine, rightSettings } from './examination.ts'

let world: World
const trusted = getCACertificates('default')
const here = { 'tide.example.org': { A: ['127.0.0.1'] }, 'smtp.tide.example.org': { A: ['127.0.0.1'] } }

beforeAll(async () => {
  setDefaultCACertificates([...trusted, authority])
  world = await startWorld({})
})

afterAll(async () => {
  setDefaultCACertificates(trusted)
  await world[Symbol.asyncDispose]()
})

async function portOf(server: Server): Promise<number> {
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as { port: number }).port
}

/** A real SMTP server. `passwords` are those that it was sent. */
async function startSmtp(cert: string, given: SMTPServerOptions = {}) {
  const passwords: string[] = []
  const server = new SMTPServer({
    key: serverKey,
    cert,
    disableReverseLookup: true,
    closeTimeout: 100,
    authOptional: true,
    onAuth({ password }, _session, done) {
      passwords.push(password ?? '')
      done(password === 'right' ? null : new Error('535 5.7.8 no'), { user: 'news' })
    },
    ...given,
  })
  server.on('error', () => {})
  const listener = server.listen(0, '127.0.0.1')
  await new Promise((resolve) => listener.once('listening', resolve))
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
  return { port: (listener.address() as { port: number }).port, passwords }
}

type Smtp = NonNullable<DoctorSettings['smtp']>

async function askSmtp(port: number, smtp: Partial<Smtp> = {}, now?: Date) {
  const settings = { smtp: { ...rightSettings.smtp, port, ...smtp } as Smtp }
  return examine(world, [smtpServerCheck], { zone: here, settings, ...(now ? { now } : {}) })
}

test.each([{ secure: false }, { secure: true }])(
  'a mail server with a right certificate is ok (TLS at once: $secure)',
  async ({ secure }) => {
    const { port } = await startSmtp(valid, { secure })
    const [line] = await askSmtp(port, { secure })
    expect(line).toMatchObject({ state: 'ok', answered: expect.stringMatching(/^TLSv1\.3, a certificate for tide\.example\.org, smtp/) })
  },
)

test.each([
  { what: 'expired', cert: expired, problem: 'has expired' },
  { what: 'self-signed', cert: selfSigned, problem: 'is self-signed', mend: 'with ?tls=unverified at its end' },
  {
    what: 'for another name',
    cert: otherName,
    problem: 'is for other.example.org, not for smtp.tide.example.org',
    mend: 'a name of the certificate in place of smtp.tide.example.org: other.example.org',
  },
])('a certificate that is $what is told, and no password is sent', async ({ cert, problem, mend }) => {
  for (const secure of [false, true]) {
    const { port, passwords } = await startSmtp(cert, { secure })
    const lines = await askSmtp(port, { secure, tls: 'required', auth: { user: 'news', pass: 'right' } })
    expect(lines).toEqual([expect.objectContaining({ state: 'fail', problem: expect.stringContaining(problem) })])
    expect(passwords).toEqual([])
    if (mend !== undefined) {
      const value = expect.stringContaining(mend)
      expect(lines[0]?.fixes).toContainEqual({ kind: 'setting', name: 'SMTP_URL', value })
    }
    const [tolerated] = await askSmtp(port, { secure, tls: 'unverified' })
    expect(tolerated).toMatchObject({ state: 'warn', problem: expect.stringContaining('?tls=unverified') })
  }
})

test('a certificate that expires soon is told', async () => {
  const { port } = await startSmtp(valid)
  const [line] = await askSmtp(port, {}, new Date('2119-12-25T00:00:00Z'))
  expect(line).toMatchObject({ state: 'warn', problem: 'The certificate expires in 7 days, and was not renewed yet.' })
})

test('a server without STARTTLS is told, and gets no password where the sender sends none', async () => {
  const { port, passwords } = await startSmtp(valid, { hideSTARTTLS: true, disabledCommands: ['STARTTLS'] })
  const auth = { user: 'news', pass: 'right' }
  const [line] = await askSmtp(port, { tls: 'required', auth })
  expect(line).toMatchObject({ state: 'fail', problem: expect.stringContaining('offers no TLS') })
  const [unverified] = await askSmtp(port, { tls: 'unverified', auth })
  expect(unverified).toMatchObject({ state: 'fail' })
  expect(passwords).toEqual([])
  const [local] = await askSmtp(port, { host: '127.0.0.1' })
  expect(local).toMatchObject({ state: 'ok', answered: 'no TLS, on this machine' })
})

test('the log-in is tried, and a refusal told without the password', async () => {
  const { port } = await startSmtp(valid)
  const lines = async (pass: string) => askSmtp(port, { tls: 'required', auth: { user: 'news', pass } })
  expect((await lines('right')).map(({ state, title }) => [state, title])).toEqual([
    ['ok', 'SMTP server'],
    ['ok', 'SMTP log-in'],
  ])
  const refused = await lines('stale-secret')
  expect(refused[1]).toMatchObject({ state: 'fail', problem: expect.stringContaining('refuses the user or the password') })
  expect(JSON.stringify(refused)).not.toContain('stale-secret')
})

test('each address of the mail server and of PUBLIC_URL is tried', async () => {
  const { port } = await startSmtp(valid)
  const { url } = await startWeb({ cert: valid })
  // Nothing listens on the first.
  const both = { A: ['127.0.0.2', '127.0.0.1'] }
  const zone = { 'tide.example.org': both, 'smtp.tide.example.org': both }
  const settings = { smtp: { ...rightSettings.smtp, port } as Smtp }
  const lines = await examine(world, [smtpServerCheck, publicUrlCheck], { zone, settings, url })
  expect(lines.map(({ state, problem }) => [state, problem])).toEqual([
    ['ok', undefined],
    ['ok', undefined],
  ])
})

test('a mail server that is not there or says nothing is told, in bounded time', async () => {
  await using mute = await startMuteServer()
  const [gone] = await askSmtp(1)
  expect(gone).toMatchObject({ state: 'fail', answered: 'nothing listens there (ECONNREFUSED)' })
  const [silent] = await askSmtp(Number(new URL(mute.url).port))
  expect(silent).toMatchObject({ state: 'fail', problem: expect.stringContaining('cannot be used') })
}, 30_000)

/** A real web server that stands at PUBLIC_URL. It answers as the service does, unless `listener` says otherwise. */
async function startWeb(given: { readonly cert?: string; readonly listener?: RequestListener } = {}) {
  const posted: { path: string; body: string; cookie: string | undefined }[] = []
  const own: RequestListener = (request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.on('end', async () => {
      if (request.method === 'POST') posted.push({ path: request.url ?? '', body, cookie: request.headers.cookie })
      const token = /^\/unsubscribe\/(.+)$/.exec(request.url ?? '')?.[1]
      const isKnown = token === undefined || (await inspectUnsubscribe(world.app.subscribers, token)).status === 'test'
      response.writeHead(isKnown ? 200 : 404).end(request.url === '/healthz' ? 'ok\n' : '')
    })
  }
  const listener = given.listener ?? own
  const server = given.cert ? createHttpsServer({ key: serverKey, cert: given.cert }, listener) : createHttpServer(listener)
  const port = await portOf(server)
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())))
  return { url: `${given.cert ? 'https' : 'http'}://tide.example.org:${port}`, posted }
}

test('PUBLIC_URL and one-click unsubscribe are asked from outside, as receivers do', async () => {
  const { url, posted } = await startWeb({ cert: valid })
  const lines = await examine(world, [publicUrlCheck, oneClickCheck], { zone: here, url })
  expect(lines.map(({ check, state, problem }) => [check, state, problem])).toEqual([
    ['public_url', 'ok', undefined],
    ['one_click', 'ok', undefined],
  ])
  expect(posted).toEqual([
    { path: expect.stringMatching(/^\/unsubscribe\/[\w-]{43}$/), body: 'List-Unsubscribe=One-Click', cookie: undefined },
  ])
  expect(JSON.stringify(lines)).not.toMatch(/[\w-]{43}/)
})

test.each([
  { what: 'expired', cert: expired, problem: 'has expired' },
  { what: 'self-signed', cert: selfSigned, problem: 'is self-signed' },
  { what: 'for another name', cert: otherName, problem: 'is for other.example.org, not for tide.example.org' },
])('a certificate of PUBLIC_URL that is $what is told', async ({ cert, problem }) => {
  const { url } = await startWeb({ cert })
  const [line] = await examine(world, [publicUrlCheck], { zone: here, url })
  expect(line).toMatchObject({ state: 'fail', problem: expect.stringContaining(problem) })
})

test('an http PUBLIC_URL is told, with the setting', async () => {
  const { url } = await startWeb()
  const [line] = await examine(world, [publicUrlCheck], { zone: here, url })
  const fixes = [{ kind: 'setting', name: 'PUBLIC_URL', value: 'https://tide.example.org' }]
  expect(line).toMatchObject({ state: 'fail', problem: expect.stringContaining('https only'), fixes })
  const [local] = await examine(world, [publicUrlCheck], { zone: here, url: 'http://localhost:3000' })
  expect(local).toMatchObject({ state: 'fail', answered: 'not asked' })
})

test.each([
  {
    what: 'a redirect',
    listener: ((_, response) => void response.writeHead(301, { Location: 'https://www.example.org/' }).end()) as RequestListener,
    problems: ['PUBLIC_URL redirects', 'must answer 200'],
  },
  {
    what: 'another site',
    listener: ((_, response) => void response.end('<h1>Welcome to nginx</h1>')) as RequestListener,
    problems: ['Something else answers', undefined],
  },
  {
    what: 'another installation',
    listener: ((request, response) => void response.writeHead(request.method === 'POST' ? 404 : 200).end('ok\n')) as RequestListener,
    problems: [undefined, 'another SECRET'],
  },
  {
    what: 'a refused POST',
    listener: ((request, response) => void response.writeHead(request.method === 'POST' ? 403 : 200).end('ok\n')) as RequestListener,
    problems: [undefined, 'must answer 200'],
  },
])('$what at PUBLIC_URL is told', async ({ listener, problems }) => {
  const { url } = await startWeb({ cert: valid, listener })
  const lines = await examine(world, [publicUrlCheck, oneClickCheck], { zone: here, url })
  expect(lines.map(({ state }) => state)).toEqual(problems.map((problem) => (problem === undefined ? 'ok' : 'fail')))
  for (const [index, problem] of problems.entries())
    expect(lines[index]?.problem).toEqual(problem === undefined ? undefined : expect.stringContaining(problem))
})

test('a PUBLIC_URL that nobody answers at is told', async () => {
  const [line] = await examine(world, [publicUrlCheck], { zone: here, url: 'https://tide.example.org:1' })
  expect(line).toMatchObject({ state: 'fail', answered: 'nothing listens there (ECONNREFUSED)' })
})

test('a clock that differs from those of others is told', async () => {
  const date = new Date('2026-11-20T09:00:00Z')
  const { url } = await startWeb({
    cert: valid,
    listener: (_, response) => void response.setHeader('Date', date.toUTCString()).end('ok\n'),
  })
  const { port } = await startSmtp(valid, { banner: 'Exim 4.98 Fri, 20 Nov 2026 09:30:00 +0000' })
  const at = async (now: string, smtpPort: number) => {
    const settings = { smtp: { ...rightSettings.smtp, port: smtpPort } as Smtp }
    return (await examine(world, [clockCheck], { zone: here, url, settings, now: new Date(now) }))[0]
  }
  const plain = await startSmtp(valid)
  expect(await at('2026-11-20T09:00:20Z', plain.port)).toMatchObject({ state: 'ok', answered: '20 seconds apart' })
  expect(await at('2026-11-20T09:02:00Z', plain.port)).toMatchObject({ state: 'warn', answered: '120 seconds ahead here' })
  expect(await at('2026-11-20T09:00:00Z', port)).toMatchObject({ state: 'fail', asked: 'the greeting of the SMTP server' })
})
