import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test, vi } from 'vitest'
import { makeContent } from '../support/content.ts'
import { type Engine, freshDatabase } from '../support/databases.ts'
import {
  bounceTo,
  bringBack,
  browserHeaders,
  importPath,
  lateArticle,
  listRows,
  oldDatabases,
  oldEnvironment,
  oldFiles,
  oldList,
  readKept,
} from '../support/old-publication.ts'
import { startReceiver } from '../support/receiver.ts'
import { adminToken, dataFolder, startService } from '../support/spawned-service.ts'

/*
 * Databases of earlier versions, each killed while it sent an issue and took in a list (test/support/make-old-databases.ts). This version opens a
 * copy, brings it up to date, goes on, and does what the links and addresses promise that were given out then.
 */

vi.setConfig({ testTimeout: 240_000 })
const patience = { timeout: 100_000, interval: 20 }
const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
const authorized = { Authorization: `Bearer ${adminToken}` }

/** An address of a copy of the recorded database. */
async function copyOf(version: string, engine: Engine, data: string): Promise<string> {
  const recorded = join(oldDatabases, version)
  if (engine === 'sqlite') {
    await mkdir(join(data, 'data'))
    await copyFile(join(recorded, 'sqlite.sqlite'), join(data, 'data/broadsheet.sqlite'))
    return join(data, 'data/broadsheet.sqlite')
  }
  const { address } = await freshDatabase('postgres')
  const client = new pg.Client({ connectionString: address })
  await client.connect()
  await client.query(await readFile(join(recorded, 'postgres.sql'), 'utf8'))
  await client.end()
  return address
}

async function openOld(version: string, engine: Engine) {
  await using parts = new AsyncDisposableStack()
  const kept = await readKept(version, engine)
  const content = parts.use(await makeContent({}, null))
  for (const [path, text] of [...Object.entries(oldFiles), lateArticle]) await content.write(path, text)
  const data = parts.use(await dataFolder())
  const receiver = parts.use(await startReceiver())
  const address = await copyOf(version, engine, data.folder)
  const now = new Date(Date.parse(kept.recordedAt) + 5 * 60_000)
  const env = oldEnvironment(receiver, engine, address)
  const service = parts.use(await startService({ content: content.folder, data: data.folder, now: now.toISOString(), env }))
  async function call<Body>(method: string, path: string, body?: object | string): Promise<{ status: number; body: Body }> {
    const answer = await service.fetch(path, {
      method,
      headers: { ...authorized, 'Content-Type': typeof body === 'string' ? 'text/csv' : 'application/json' },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
  }
  const owned = parts.move()
  return {
    kept,
    receiver,
    service,
    now,
    call,
    post: (path: string, body = '') => service.fetch(path, { method: 'POST', headers: form, body }),
    /** `weekly confirmed` and the like. */
    async subscriptionsOf(email: string): Promise<string[]> {
      const { body } = await call<{ items: Subscriber[] }>('GET', '/api/v1/subscribers?limit=1000')
      const found = body.items.find((one) => one.email === email)
      return found?.subscriptions.map(({ digest, state }) => `${digest} ${state}`) ?? []
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

interface Subscriber {
  readonly email: string
  readonly subscriptions: readonly { readonly digest: string; readonly state: string }[]
}

interface Issue {
  readonly state: string
  readonly counts: Readonly<Record<string, number>>
  readonly followed?: readonly { readonly url: string; readonly count: number }[]
}

const cases = ['0.1.0'].flatMap((version) => (['sqlite', 'postgres'] as const).map((engine) => [version, engine] as const))

test.each(cases)(
  'an issue that version %s had half sent ends, and nobody is passed over or gets it twice (%s)',
  async (version, engine) => {
    await using old = await openOld(version, engine)
    const { kept, receiver, call, service } = old
    const { id, sent, uncertain, handingOver, queued, cancelled } = kept.secondIssue
    expect(Math.min(sent.length, uncertain.length, handingOver.length, queued.length, cancelled.length)).toBeGreaterThan(0)
    const issue = async (which = id) => (await call<Issue>('GET', `/api/v1/issues/${which}`)).body
    await vi.waitUntil(async () => (await issue()).state === 'finished', patience)
    const got = receiver.received.filter(({ source }) => source.includes('<weekly.tide.example.org>')).map(({ to }) => to)
    expect(got.sort()).toEqual([...queued].sort())
    expect((await issue()).counts).toMatchObject({
      sent: sent.length + queued.length,
      uncertain: uncertain.length + handingOver.length,
      cancelled: cancelled.length,
      queued: 0,
      handing_over: 0,
    })
    const { body } = await call<{ items: { address: string }[] }>('GET', `/api/v1/issues/${id}/deliveries?state=uncertain`)
    expect(body.items.map(({ address }) => address).sort()).toEqual([...uncertain, ...handingOver].sort())

    // What had its end has it still, and what waits waits.
    const { firstIssue } = kept
    expect(await issue(firstIssue.id)).toMatchObject({
      state: 'finished',
      counts: { sent: firstIssue.sent, failed: firstIssue.failed, bounced: 1 },
    })
    expect(await issue(kept.pausedIssue)).toMatchObject({ state: 'paused', counts: { queued: 2, sent: 0 } })
    const metrics = await (await service.fetch('/metrics', { headers: authorized })).text()
    expect(metrics).toContain('broadsheet_notices{kind="paused",digest="letters"} 1')
    expect(metrics).toContain('broadsheet_feed_readers_claimed{feed="/feed.xml",fetcher="feedly"} 12')

    // A sign-up that nobody had looked at is looked at.
    expect((await receiver.next(({ to }) => to === kept.waiting)).source).toContain('/confirm/')
  },
)

test.each(cases)('a list that version %s had half taken in goes on with the same file (%s)', async (version, engine) => {
  await using old = await openOld(version, engine)
  const taken = await old.call<Readonly<Record<string, unknown>>>('POST', importPath, oldList)
  expect(taken).toMatchObject({ status: 200, body: { rows: listRows, taken: listRows, updated: 0, refused: 0, resumed_after: 250 } })
  const { body } = await old.call<{ count: number }>('GET', '/api/v1/subscribers/count?digest=letters&source=import')
  // Beside the two who were there before.
  expect(body.count).toBe(listRows + 2)
})

test.each(cases)('links and addresses that version %s gave out do what they promised (%s)', async (version, engine) => {
  await using old = await openOld(version, engine)
  const { kept, service, receiver, call, post, subscriptionsOf } = old
  const { unsubscribeLink, oneClickLink, unsubscribeAddress, returnPath, preferencesLink, confirmLink, measuredLink, erased } = kept
  for (const { reader } of [unsubscribeLink, oneClickLink, unsubscribeAddress, returnPath])
    expect(await subscriptionsOf(reader)).toContain('weekly confirmed')

  expect((await service.fetch(unsubscribeLink.to)).status).toBe(200)
  expect(await (await post(unsubscribeLink.to)).text()).toContain('You have left The week')
  expect(await subscriptionsOf(unsubscribeLink.reader)).toContain('weekly unsubscribed')

  expect(await (await post(oneClickLink.to, 'List-Unsubscribe=One-Click')).text()).toBe('Unsubscribed.\n')
  expect(await subscriptionsOf(oneClickLink.reader)).toContain('weekly unsubscribed')

  await bringBack(
    service.said(),
    { from: unsubscribeAddress.reader, to: unsubscribeAddress.to },
    `From: ${unsubscribeAddress.reader}\r\nSubject: unsubscribe\r\n\r\n`,
  )
  expect(await subscriptionsOf(unsubscribeAddress.reader)).toContain('weekly unsubscribed')
  await receiver.next(({ to, source }) => to === unsubscribeAddress.reader && source.includes('/preferences/'))

  await bringBack(service.said(), { from: '', to: returnPath.to }, bounceTo(returnPath.to, returnPath.reader))
  expect(await suppressionOf(call, returnPath.reader)).toMatchObject({ email: returnPath.reader, reason: 'bounce' })

  expect(await (await service.fetch(preferencesLink.to)).text()).toContain(preferencesLink.reader)
  await post(preferencesLink.to, 'do=save&digests=coast-daily&name=Mara')
  expect(await subscriptionsOf(preferencesLink.reader)).toEqual(['coast-daily confirmed', 'weekly unsubscribed'])

  expect(await subscriptionsOf(confirmLink.reader)).toEqual(['weekly pending'])
  expect(await (await post(confirmLink.to)).text()).toContain('You are subscribed')
  expect(await subscriptionsOf(confirmLink.reader)).toEqual(['weekly confirmed'])

  const led = await service.fetch(measuredLink.path, { headers: browserHeaders })
  expect([led.status, led.headers.get('Location')]).toEqual([302, measuredLink.target])
  await service.setClock(new Date(old.now.getTime() + 60_000).toISOString())
  const counted = async () =>
    (await call<Issue>('GET', `/api/v1/issues/${kept.firstIssue.id}`)).body.followed?.map(({ count }) => count) ?? []
  await vi.waitUntil(async () => Math.max(...(await counted())) === 2, patience)

  // Of the reader only a keyed hash is left, which stands as long as the secret does.
  expect(await suppressionOf(call, erased.address)).toMatchObject({ email: null, reason: 'erasure' })
  expect((await call('POST', '/api/v1/subscribers', { email: erased.address, digests: ['weekly'] })).status).toBe(409)
  const again = await call('POST', '/api/v1/subscribers/import?basis=consent&digests=weekly', `email\n${erased.address}\n`)
  expect(again).toMatchObject({ status: 200, body: { taken: 0, refused: 1 } })
  expect(await subscriptionsOf(erased.address)).toEqual([])
})

type OutgoingCall = Awaited<ReturnType<typeof openOld>>['call']

async function suppressionOf(call: OutgoingCall, email: string): Promise<object | undefined> {
  return (await call<{ items: object[] }>('GET', `/api/v1/suppressions?email=${email}`)).body.items[0]
}
