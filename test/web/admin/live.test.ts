import { type ClientRequest, type IncomingHttpHeaders, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import { holdSending, releaseSending } from '../../../src/outbox/sending-hold.ts'
import { liveLimits } from '../../../src/web/admin/live.ts'
import { openBrowser, type TestBrowser } from '../../support/browser.ts'
import { articleText, makeContent } from '../../support/content.ts'
import { insertReaders } from '../../support/readers.ts'
import { adminToken, dataFolder, startService } from '../../support/spawned-service.ts'
import type { World } from '../../support/world.ts'
import { startDesk } from './operator.ts'

interface OpenStream {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** What came so far. */
  text(): string
  readonly ended: Promise<void>
  close(): void
}

/** As EventSource does it, but without its repeated tries. */
async function openStream(origin: string, headers: Record<string, string>): Promise<OpenStream> {
  let asked: ClientRequest | undefined
  return new Promise((resolve, reject) => {
    asked = request(`${origin}/admin/live`, { headers, agent: false }, (answer) => {
      let text = ''
      const ended = new Promise<void>((end) => answer.once('close', end))
      answer.setEncoding('utf8').on('data', (part) => {
        text += part
      })
      answer.on('error', () => {})
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: () => text, ended, close: () => asked?.destroy() })
    })
    asked.on('error', reject).end()
  })
}

async function sendWeekly({ app }: World): Promise<string> {
  const weekly = app.publication.current().digests.get('weekly')
  if (!weekly) throw new Error('there is no weekly')
  const created = await createIssue(app.digests, weekly, {})
  if (!('issue' in created)) throw new Error(JSON.stringify(created))
  await runDue(app.digests)
  return created.issue.id
}

const patience = { timeout: 20_000, interval: 50 }

describe.each(['sqlite', 'postgres'] as const)('the live stream on %s', (engine) => {
  test('tells the progress of running issues, and ends within five seconds once the session has ended', async () => {
    await using desk = await startDesk({ engine, articles: { 'tides.md': articleText() } })
    const session = await desk.logIn()
    await insertReaders(desk.world.app.database, 3)
    const stream = await openStream(desk.origin, session)
    const german = await openStream(desk.origin, { ...session, 'Accept-Language': 'de' })
    expect([stream.status, stream.headers['content-type']]).toEqual([200, 'text/event-stream'])
    expect(stream.headers['cache-control']).toBe('no-store, no-transform')
    expect(stream.headers['x-accel-buffering']).toBe('no')
    await vi.waitFor(() => expect(stream.text()).toContain('event: progress\ndata: {"issues":[]}\n\n'), patience)
    // Held until the stream has told of it: three messages go out faster than the stream asks.
    const { database, sender } = desk.world.app
    await database.transaction((tx) => holdSending(tx, 'for this test', desk.world.clock.now()))
    const id = await sendWeekly(desk.world)
    await vi.waitFor(() => expect(stream.text()).toContain(`{"issues":[{"id":"${id}","state":"sending","counts":{"audience":3,`), patience)
    expect(stream.text()).toContain('"sentence":"0 of 3"')
    // One poll feeds all streams, each in the language of its page.
    await vi.waitFor(() => expect(german.text()).toContain('"sentence":"0 von 3"'), patience)
    expect(stream.text()).not.toContain('0 von 3')
    german.close()
    await german.ended
    await database.transaction((tx) => releaseSending(tx))
    await sender.drain()
    // A finished issue is not running.
    await vi.waitFor(() => expect(stream.text().endsWith('data: {"issues":[]}\n\n')).toBe(true), patience)
    const other = await openStream(desk.origin, await desk.logIn())
    await desk.world.app.access.endSession(session.Cookie.split('=')[1] ?? '')
    const endedAt = Date.now()
    await stream.ended
    expect(Date.now() - endedAt).toBeLessThan(5_000)
    expect(desk.streams()).toBe(1)
    other.close()
    await other.ended
  }, 60_000)

  test('ends when the session expires', async () => {
    await using desk = await startDesk({ engine })
    const stream = await openStream(desk.origin, await desk.logIn())
    await vi.waitFor(() => expect(stream.text()).toContain('data:'), patience)
    desk.world.clock.set('2026-12-25T09:00:00Z')
    await stream.ended
  }, 60_000)
})

test('a session has five streams and the process two hundred; above that the page is told to load itself anew', async () => {
  await using desk = await startDesk()
  const open: OpenStream[] = []
  const session = await desk.logIn()
  for (let i = 0; i < liveLimits.perSession; i++) open.push(await openStream(desk.origin, session))
  expect(open.map(({ status }) => status)).toEqual(Array(liveLimits.perSession).fill(200))
  expect((await openStream(desk.origin, session)).status).toBe(204)
  open.pop()?.close()
  await vi.waitFor(() => expect(desk.streams()).toBe(liveLimits.perSession - 1), patience)
  open.push(await openStream(desk.origin, session))
  while (open.length < liveLimits.inAll) {
    const next = await desk.logIn()
    for (let i = 0; i < liveLimits.perSession && open.length < liveLimits.inAll; i++) open.push(await openStream(desk.origin, next))
  }
  expect(new Set(open.map(({ status }) => status))).toEqual(new Set([200]))
  expect((await openStream(desk.origin, await desk.logIn())).status).toBe(204)
  expect(desk.streams()).toBe(liveLimits.inAll)
  desk.closing.abort()
  await Promise.all(open.map(({ ended }) => ended))
  expect(desk.streams()).toBe(0)
  expect((await openStream(desk.origin, session)).status).toBe(204)
}, 60_000)

test('one poll a second feeds all streams, and none is made without a stream', async () => {
  await using desk = await startDesk()
  const polls = vi.spyOn(desk.world.app.database, 'all')
  const count = () =>
    polls.mock.calls.filter(([query]) => query.compile('positional').text.includes('SELECT id FROM issues WHERE state IN')).length
  const session = await desk.logIn()
  const streams = await Promise.all(Array.from({ length: 5 }, () => openStream(desk.origin, session)))
  const begun = Date.now()
  await vi.waitFor(() => expect(count()).toBeGreaterThanOrEqual(3), patience)
  // The first ones come with the streams: at most one runs and one waits.
  expect(count()).toBeLessThanOrEqual(3 + Math.ceil((Date.now() - begun) / liveLimits.pollMs))
  for (const stream of streams) stream.close()
  await vi.waitFor(() => expect(desk.streams()).toBe(0), patience)
  const before = count()
  const passed = Promise.withResolvers<void>()
  const stop = desk.world.clock.every(2 * liveLimits.pollMs, () => passed.resolve())
  await passed.promise
  stop()
  expect(count()).toBeLessThanOrEqual(before + 1)
}, 60_000)

test('a process that stops ends its streams at once, and does not wait for them', async () => {
  await using content = await makeContent({})
  await using data = await dataFolder()
  await using service = await startService({ content: content.folder, data: data.folder, now: '2026-11-20T09:00:00Z' })
  const entered = await service.fetch('/admin/login', { method: 'POST', body: new URLSearchParams({ token: adminToken }) })
  const cookie = entered.headers.get('Set-Cookie')?.split(';', 1)[0] ?? ''
  const stream = await openStream(service.address, { Cookie: cookie })
  await vi.waitFor(() => expect(stream.text()).toContain('data:'), patience)
  const stopping = service.stop()
  const begun = Date.now()
  await stream.ended
  // Running answers have five seconds to finish; a stream must not use them up.
  expect(Date.now() - begun).toBeLessThan(4_000)
  await stopping
}, 60_000)

describe('in a browser', () => {
  let browser: TestBrowser
  beforeAll(async () => {
    browser = await openBrowser()
  }, 60_000)
  afterAll(() => browser?.[Symbol.asyncDispose]())

  test('the progress of an issue moves by itself, and the page says when it is finished', async () => {
    let accepted = 0
    const first = Promise.withResolvers<undefined>()
    const rest = Promise.withResolvers<undefined>()
    await using desk = await startDesk({
      articles: { 'tides.md': articleText() },
      receiver: { onMessage: () => (++accepted > 3 ? rest.promise : first.promise) },
    })
    const { app } = desk.world
    await insertReaders(app.database, 5)
    const page = await browser.open({ url: `${desk.origin}/admin/login/${await app.access.makeLogin()}` }, { width: 390 })
    const failures: string[] = []
    page.on('console', (message) => message.type() === 'error' && failures.push(message.text()))
    page.on('pageerror', (error) => failures.push(error.message))
    await page.click('button.button')
    await page.waitForSelector('h1:has-text("Today")')
    expect(await page.locator('.running').count()).toBe(0)
    // The issue appears on the page that was opened before it.
    const id = await sendWeekly(desk.world)
    const sentence = page.locator(`[data-live="issue:${id}"] [data-part="sentence"]`)
    await page.waitForSelector(`[data-live="issue:${id}"][data-state="sending"]`, { timeout: 20_000 })
    expect(await sentence.textContent()).toBe('0 of 5')
    await page.evaluate('window.isSamePage = true')
    first.resolve(undefined)
    await vi.waitFor(async () => expect(await sentence.textContent()).toBe('3 of 5'), patience)
    expect(await page.locator('progress').evaluate((bar) => (bar as unknown as { value: number }).value)).toBe(3)
    expect(await page.evaluate('window.isSamePage')).toBe(true)
    rest.resolve(undefined)
    await page.waitForSelector('.running', { state: 'detached', timeout: 20_000 })
    expect(await page.evaluate('window.isSamePage')).toBeUndefined()
    expect(failures).toEqual([])
    await page.context().close()
    await vi.waitFor(() => expect(desk.streams()).toBe(0), patience)
  }, 90_000)

  test('a tab that is not visible has no stream', async () => {
    await using desk = await startDesk()
    const page = await browser.open({ url: `${desk.origin}/admin/login/${await desk.world.app.access.makeLogin()}` }, { width: 1280 })
    await page.click('button.button')
    await vi.waitFor(() => expect(desk.streams()).toBe(1), patience)
    const hide = (state: string) =>
      `Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true }); document.dispatchEvent(new Event('visibilitychange'))`
    await page.evaluate(hide('hidden'))
    await vi.waitFor(() => expect(desk.streams()).toBe(0), patience)
    await page.evaluate(hide('visible'))
    await vi.waitFor(() => expect(desk.streams()).toBe(1), patience)
    await page.context().close()
  }, 60_000)
})
