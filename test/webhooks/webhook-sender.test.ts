import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { sql } from '../../src/platform/database/sql.ts'
import type { WebhooksContext } from '../../src/webhooks/context.ts'
import { pageOfDeliveries, replayDelivery, sendTest } from '../../src/webhooks/deliveries.ts'
import { changeEndpoint, failingEndpoints, findEndpoint, removeEndpoint, rotateSecret } from '../../src/webhooks/endpoints.ts'
import { webhookMigrations } from '../../src/webhooks/migrations.ts'
import { startWebhookSender } from '../../src/webhooks/webhook-sender.ts'
import { onEachDatabase } from '../support/databases.ts'
import { drivenClock } from '../support/driven-clock.ts'
import { addedTo, by, type Call, raise, startReceiver, webhooksOn } from './webhook-receiver.ts'

const start = '2026-11-23T08:00:00Z'
const minute = 60_000
const hour = 60 * minute

/** Delivers all that is due, as a server that then stops. */
async function deliverAll(webhooks: WebhooksContext): Promise<void> {
  const sender = startWebhookSender(webhooks)
  await sender.drain()
  await sender.stop()
}

async function logOf(webhooks: WebhooksContext, id: string) {
  return (await pageOfDeliveries(webhooks, id, { limit: 100 })) ?? []
}

function verified(secret: string, { body, headers }: Call): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>)
}

onEachDatabase('webhooks', webhookMigrations, (open) => {
  test('an endpoint gets the events it asked for, signed as Standard Webhooks says', async () => {
    await using world = await open()
    await using receiver = await startReceiver()
    // The library compares the time of the signature with the machine's clock.
    const webhooks = webhooksOn(world, drivenClock(new Date()), [receiver.host])
    const { id, secret } = await addedTo(webhooks, receiver.url, ['issue.finished'])
    await raise(webhooks, 'issue.finished', { id: 'Zürich “1”' })
    await raise(webhooks, 'issue.created')
    await deliverAll(webhooks)
    expect(receiver.calls).toHaveLength(1)
    const [call] = receiver.calls as [Call]
    expect(verified(secret, call)).toEqual({
      type: 'issue.finished',
      timestamp: webhooks.clock.now().toISOString(),
      data: { id: 'Zürich “1”' },
    })
    expect(call.headers['content-type']).toBe('application/json')
    expect(() => verified(secret, { ...call, body: call.body.replace('1', '2') })).toThrow('No matching signature')
    expect(await logOf(webhooks, id)).toMatchObject([{ state: 'succeeded', attempts: [{ status: 204, reason: undefined }] }])
  })

  test('an event that is rolled back is told to nobody', async () => {
    await using world = await open()
    await using receiver = await startReceiver()
    const webhooks = webhooksOn(world, drivenClock(start), [receiver.host])
    await addedTo(webhooks, receiver.url)
    const failing = world.database.transaction(async (tx) => {
      const { raiseEvent } = await import('../../src/webhooks/event.ts')
      await raiseEvent(tx, webhooks, { type: 'issue.created', data: async () => ({}) })
      throw new Error('something else failed')
    })
    await expect(failing).rejects.toThrow('something else failed')
    await deliverAll(webhooks)
    expect(receiver.calls).toEqual([])
  })

  test('for 24 hours after a rotation both secrets sign, then only the new one', async () => {
    await using world = await open()
    await using receiver = await startReceiver()
    const clock = drivenClock(new Date())
    const webhooks = webhooksOn(world, clock, [receiver.host])
    const { id, secret } = await addedTo(webhooks, receiver.url)
    const rotated = await rotateSecret(webhooks, id, by)
    expect(rotated?.secret).not.toBe(secret)
    await raise(webhooks)
    await deliverAll(webhooks)
    const [during] = receiver.calls as [Call]
    expect(verified(secret, during)).toBeTruthy()
    expect(verified(rotated?.secret ?? '', during)).toBeTruthy()
    clock.advance(24 * hour)
    await raise(webhooks)
    await deliverAll(webhooks)
    expect(String(receiver.calls[1]?.headers['webhook-signature']).split(' ')).toHaveLength(1)
  })

  test('a failed event is tried for three days over restarts, with the same id and body, and then given up', async () => {
    await using world = await open()
    await using receiver = await startReceiver((response) => response.writeHead(500).end('Sorry'))
    const clock = drivenClock(start)
    const webhooks = webhooksOn(world, clock, [receiver.host])
    const { id } = await addedTo(webhooks, receiver.url)
    await raise(webhooks)
    const times: number[] = []
    for (let tries = 1; tries <= 20; tries++) {
      await deliverAll(webhooks)
      const [delivery] = await logOf(webhooks, id)
      if (delivery?.state !== 'queued') break
      times.push(delivery.dueAt.getTime() - Date.parse(start))
      clock.set(delivery.dueAt)
    }
    const [delivery] = await logOf(webhooks, id)
    expect(delivery).toMatchObject({
      state: 'failed',
      attempts: Array.from({ length: 11 }, () => ({ status: 500, reason: 'answered 500' })),
    })
    expect(times[0]).toBeLessThan(6_000)
    expect(times.at(-1)).toBeGreaterThan(60 * hour)
    expect(times.at(-1)).toBeLessThanOrEqual(72 * hour)
    expect(new Set(receiver.calls.map(({ headers, body }) => `${headers['webhook-id']} ${body}`)).size).toBe(1)
    expect(delivery?.attempts[0]?.answer).toBe('Sorry')
  })

  test('a receiver that is down costs one attempt, and gets the event when it is back', async () => {
    await using world = await open()
    const clock = drivenClock(start)
    const gone = await startReceiver()
    await gone[Symbol.asyncDispose]()
    await using receiver = await startReceiver()
    const webhooks = webhooksOn(world, clock, [gone.host, receiver.host])
    const { id } = await addedTo(webhooks, gone.url)
    await raise(webhooks)
    await deliverAll(webhooks)
    expect(await logOf(webhooks, id)).toMatchObject([{ state: 'queued', attempts: [{ status: undefined, reason: 'ECONNREFUSED' }] }])
    await changeEndpoint(webhooks, id, { url: receiver.url }, by)
    clock.advance(minute)
    await deliverAll(webhooks)
    expect(await logOf(webhooks, id)).toMatchObject([{ state: 'succeeded' }])
    expect(await findEndpoint(webhooks, id)).toMatchObject({ failures: 0, failingSince: undefined })
  })

  test('a slow endpoint is cut off at its time limit, and holds up no other', async () => {
    await using world = await open()
    await using slow = await startReceiver(() => {})
    await using quick = await startReceiver()
    const webhooks = webhooksOn(world, drivenClock(start), [slow.host, quick.host], { answerMs: 2_000 })
    const { id } = await addedTo(webhooks, slow.url)
    const other = await addedTo(webhooks, quick.url)
    for (let count = 0; count < 5; count++) await raise(webhooks)
    const sender = startWebhookSender(webhooks)
    sender.trigger()
    await Promise.all([quick.received(5), slow.received(3)])
    // No attempt at the slow one has ended, and no more than three run at once.
    expect(slow.calls).toHaveLength(3)
    expect((await logOf(webhooks, id)).flatMap(({ attempts }) => attempts)).toEqual([])
    await sender.drain()
    await sender.stop()
    expect(await logOf(webhooks, other.id)).toMatchObject(Array.from({ length: 5 }, () => ({ state: 'succeeded' })))
    for (const { state, attempts } of await logOf(webhooks, id)) {
      expect({ state, attempts }).toMatchObject({ state: 'queued', attempts: [{ reason: 'it took longer than 2 s' }] })
    }
  })

  test('a redirect is a failure and is not followed', async () => {
    await using world = await open()
    await using receiver = await startReceiver((response) => response.writeHead(302, { Location: '/elsewhere' }).end())
    const webhooks = webhooksOn(world, drivenClock(start), [receiver.host])
    const { id } = await addedTo(webhooks, receiver.url)
    await raise(webhooks)
    await deliverAll(webhooks)
    expect(receiver.calls.map(({ path }) => path)).toEqual(['/hook'])
    expect(await logOf(webhooks, id)).toMatchObject([
      { state: 'queued', attempts: [{ status: 302, reason: 'answered 302: redirects are not followed' }] },
    ])
  })

  test('a name that leads to a private address is not called, whatever it led to before', async () => {
    await using world = await open()
    await using receiver = await startReceiver()
    const clock = drivenClock(start)
    const port = receiver.host.split(':')[1]
    const webhooks = webhooksOn(world, clock, [], {
      fetching: { resolve: async () => [{ address: '127.0.0.1', family: 4 }], isPublic: async () => false },
    })
    const { id } = await addedTo(webhooks, `https://hooks.example.org:${port}/`)
    await raise(webhooks)
    await deliverAll(webhooks)
    expect(receiver.calls).toEqual([])
    expect(await logOf(webhooks, id)).toMatchObject([{ attempts: [{ reason: 'hooks.example.org is not on the public internet' }] }])
  })

  test('an address that is no longer allowed is not called', async () => {
    await using world = await open()
    await using receiver = await startReceiver()
    const { id } = await addedTo(webhooksOn(world, drivenClock(start), [receiver.host]), receiver.url)
    const webhooks = webhooksOn(world, drivenClock(start), [])
    await raise(webhooks)
    await deliverAll(webhooks)
    expect(receiver.calls).toEqual([])
    expect((await logOf(webhooks, id))[0]?.attempts[0]?.reason).toMatch(/^the address must begin with https:/)
  })

  test('an answer of 410 disables the endpoint, cancels what it is owed, and needs attention', async () => {
    await using world = await open()
    await using receiver = await startReceiver((response) => response.writeHead(410).end())
    const clock = drivenClock(start)
    const webhooks = webhooksOn(world, clock, [receiver.host])
    const { id } = await addedTo(webhooks, receiver.url)
    for (let count = 0; count < 5; count++) await raise(webhooks)
    await deliverAll(webhooks)
    const states = (await logOf(webhooks, id)).map(({ state }) => state)
    expect(states.filter((state) => state === 'failed')).toHaveLength(1)
    expect(states.filter((state) => state === 'cancelled')).toHaveLength(4)
    expect(await findEndpoint(webhooks, id)).toMatchObject({ isEnabled: false, disabledReason: expect.stringContaining('410') })
    expect(await failingEndpoints(world.database)).toMatchObject([{ id }])
    const calls = receiver.calls.length
    await raise(webhooks)
    clock.advance(hour)
    await deliverAll(webhooks)
    expect(receiver.calls).toHaveLength(calls)
    expect(await changeEndpoint(webhooks, id, { isEnabled: true }, by)).toMatchObject({ isEnabled: true, disabledReason: undefined })
    expect(await failingEndpoints(world.database)).toEqual([])
  })

  test('ten failed attempts in a row need attention, nine do not, and a success ends it', async () => {
    await using world = await open()
    let status = 503
    await using receiver = await startReceiver((response) => response.writeHead(status).end())
    const clock = drivenClock(start)
    const webhooks = webhooksOn(world, clock, [receiver.host])
    const { id } = await addedTo(webhooks, receiver.url)
    for (let count = 0; count < 9; count++) await raise(webhooks)
    await deliverAll(webhooks)
    expect(await failingEndpoints(world.database)).toEqual([])
    await raise(webhooks)
    await deliverAll(webhooks)
    expect(await failingEndpoints(world.database)).toMatchObject([{ id, failures: 10, failingSince: new Date(start) }])
    status = 200
    await raise(webhooks)
    await deliverAll(webhooks)
    expect(await failingEndpoints(world.database)).toEqual([])
  })

  test('Retry-After puts the next attempt off', async () => {
    await using world = await open()
    await using receiver = await startReceiver((response) => response.writeHead(429, { 'Retry-After': '7200' }).end())
    const webhooks = webhooksOn(world, drivenClock(start), [receiver.host])
    const { id } = await addedTo(webhooks, receiver.url)
    await raise(webhooks)
    await deliverAll(webhooks)
    expect(await logOf(webhooks, id)).toMatchObject([{ state: 'queued', dueAt: new Date(Date.parse(start) + 2 * hour) }])
  })

  test('of a huge answer only the beginning is read and logged, without addresses', async () => {
    await using world = await open()
    let written = 0
    await using receiver = await startReceiver((response) => {
      response.writeHead(200)
      response.write('thanks, ada@example.org\0 ')
      const part = Buffer.alloc(65_536, 'x ')
      const more = () => {
        while (!response.destroyed && written < 50_000_000) {
          written += part.length
          if (!response.write(part)) return void response.once('drain', more)
        }
        response.end()
      }
      more()
    })
    const webhooks = webhooksOn(world, drivenClock(start), [receiver.host])
    const { id } = await addedTo(webhooks, receiver.url)
    await raise(webhooks)
    await deliverAll(webhooks)
    const [delivery] = await logOf(webhooks, id)
    expect(delivery).toMatchObject({
      state: 'succeeded',
      attempts: [{ status: 200, answer: expect.stringMatching(/^thanks, ‹address› x x/) }],
    })
    expect(delivery?.attempts[0]?.answer).toHaveLength(1_024)
    expect(written).toBeLessThan(50_000_000)
  })

  test('two processes share the work, and deliver each event once', async () => {
    await using world = await open()
    await using receiver = await startReceiver()
    const webhooks = webhooksOn(world, drivenClock(start), [receiver.host])
    await addedTo(webhooks, receiver.url)
    for (let count = 0; count < 20; count++) await raise(webhooks, 'issue.created', { count })
    const senders = [startWebhookSender(webhooks), startWebhookSender(webhooks)]
    await Promise.all(senders.map((sender) => sender.drain()))
    await Promise.all(senders.map((sender) => sender.stop()))
    expect(receiver.calls).toHaveLength(20)
    expect(new Set(receiver.calls.map(({ headers }) => headers['webhook-id'])).size).toBe(20)
  })

  test('what a process was delivering when it died is delivered by the next one after its lease', async () => {
    await using world = await open()
    await using receiver = await startReceiver()
    const clock = drivenClock(start)
    const webhooks = webhooksOn(world, clock, [receiver.host])
    await addedTo(webhooks, receiver.url)
    await raise(webhooks)
    const { claimDelivery, listDueEndpoints } = await import('../../src/webhooks/delivery-store.ts')
    const [endpointId = ''] = await listDueEndpoints(world.database, clock.now())
    const until = new Date(clock.now().getTime() + minute)
    expect(await world.database.transaction((tx) => claimDelivery(tx, endpointId, 'dead', clock.now(), until))).toBeDefined()
    await deliverAll(webhooks)
    expect(receiver.calls).toEqual([])
    clock.advance(minute)
    await deliverAll(webhooks)
    expect(receiver.calls).toHaveLength(1)
  })

  test('stop ends an attempt that hangs, and the next process makes it again without a failure on record', async () => {
    await using world = await open()
    let isHanging = true
    await using receiver = await startReceiver((response) => {
      if (!isHanging) response.writeHead(204).end()
    })
    const webhooks = webhooksOn(world, drivenClock(start), [receiver.host], { answerMs: 60_000 })
    const { id } = await addedTo(webhooks, receiver.url)
    await raise(webhooks)
    const sender = startWebhookSender(webhooks)
    sender.trigger()
    await receiver.received(1)
    await sender.stop()
    expect(await logOf(webhooks, id)).toMatchObject([{ state: 'queued', attempts: [] }])
    isHanging = false
    await deliverAll(webhooks)
    expect(await logOf(webhooks, id)).toMatchObject([{ state: 'succeeded', attempts: [{ status: 204 }] }])
  })

  test('an event that is erased while it is delivered leaves nothing behind', async () => {
    await using world = await open()
    const { eraseInWebhooks } = await import('../../src/webhooks/erase.ts')
    await using receiver = await startReceiver((response) => {
      void world.database.transaction((tx) => eraseInWebhooks(tx, 'ada@example.org')).then(() => response.end('bye ada@example.org'))
    })
    const webhooks = webhooksOn(world, drivenClock(start), [receiver.host])
    await addedTo(webhooks, receiver.url)
    await raise(webhooks, 'subscriber.confirmed', { email: 'ada@example.org' })
    await deliverAll(webhooks)
    expect(receiver.calls).toHaveLength(1)
    for (const table of [sql`webhook_events`, sql`webhook_deliveries`, sql`webhook_attempts`]) {
      expect(await world.database.all(sql`SELECT * FROM ${table}`)).toEqual([])
    }
  })

  test('a replay sends the same id and body again, and a queued delivery cannot be replayed', async () => {
    await using world = await open()
    await using receiver = await startReceiver()
    const webhooks = webhooksOn(world, drivenClock(start), [receiver.host])
    const { id } = await addedTo(webhooks, receiver.url)
    await raise(webhooks)
    await deliverAll(webhooks)
    const [delivery] = await logOf(webhooks, id)
    expect(await replayDelivery(webhooks, id, delivery?.id ?? '', by)).toMatchObject({ status: 'queued' })
    expect(await replayDelivery(webhooks, id, delivery?.id ?? '', by)).toEqual({
      status: 'refused',
      reason: 'the delivery is queued already',
    })
    expect(await replayDelivery(webhooks, 'other', delivery?.id ?? '', by)).toEqual({ status: 'unknown' })
    await deliverAll(webhooks)
    const [first, second] = receiver.calls
    expect(second?.body).toBe(first?.body)
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
    expect((await logOf(webhooks, id))[0]?.attempts).toHaveLength(2)
  })

  test('a test is sent at once and once, also to a disabled endpoint, and does not count', async () => {
    await using world = await open()
    await using receiver = await startReceiver((response) => response.writeHead(410).end('no'))
    const clock = drivenClock(start)
    const webhooks = webhooksOn(world, clock, [receiver.host])
    const { id } = await addedTo(webhooks, receiver.url)
    expect(await sendTest(webhooks, id, by)).toMatchObject({
      type: 'webhook.test',
      state: 'failed',
      attempts: [{ status: 410, answer: 'no' }],
    })
    expect(await findEndpoint(webhooks, id)).toMatchObject({ isEnabled: true, failures: 0 })
    await changeEndpoint(webhooks, id, { isEnabled: false }, by)
    expect(await sendTest(webhooks, id, by)).toMatchObject({ state: 'failed' })
    clock.advance(hour)
    await deliverAll(webhooks)
    expect(receiver.calls).toHaveLength(2)
    expect(await sendTest(webhooks, 'other', by)).toBeUndefined()
  })

  test('a removed endpoint is told of nothing more, and its log goes with it', async () => {
    await using world = await open()
    await using receiver = await startReceiver()
    const webhooks = webhooksOn(world, drivenClock(start), [receiver.host])
    const { id } = await addedTo(webhooks, receiver.url)
    await raise(webhooks)
    expect(await removeEndpoint(webhooks, id, by)).toBe(true)
    expect(await removeEndpoint(webhooks, id, by)).toBe(false)
    await deliverAll(webhooks)
    expect(receiver.calls).toEqual([])
    expect(await pageOfDeliveries(webhooks, id, { limit: 1 })).toBeUndefined()
  })
})
