import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { sql } from '../../src/platform/database/sql.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { webhookMigrations } from '../../src/webhooks/migrations.ts'
import { startOutgoingCalls } from '../../src/webhooks/outgoing-calls.ts'
import { onEachDatabase, type TestDatabase } from '../support/databases.ts'
import { type DrivenClock, drivenClock } from '../support/driven-clock.ts'
import { quietLog } from '../support/quiet.ts'

const minute = 60_000

/** A real HTTP server that answers each POST with the next of `statuses` (the last repeats), and keeps the forms. */
async function startHub(statuses: readonly number[]) {
  const forms: Record<string, string>[] = []
  const waiting = [...statuses]
  let onCall = () => {}
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    forms.push(Object.fromEntries(new URLSearchParams(body)))
    onCall()
    response.writeHead((waiting.length > 1 ? waiting.shift() : waiting[0]) ?? 204).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}/`,
    forms,
    duringCall: (work: () => void) => {
      onCall = work
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function callerOn(world: TestDatabase, clock: DrivenClock) {
  return startOutgoingCalls({ database: world.database, clock, random: systemRandom(), log: quietLog })
}

onEachDatabase('calls', webhookMigrations, (open) => {
  test('a call is made once and deleted when it is answered', async () => {
    await using world = await open()
    await using hub = await startHub([204])
    const clock = drivenClock('2026-11-23T08:00:00Z')
    const outgoingCalls = callerOn(world, clock)
    await outgoingCalls.enqueue(world.database, { key: 'ping', url: hub.url, form: { 'hub.mode': 'publish' } })
    await outgoingCalls.drain()
    await outgoingCalls.drain()
    await outgoingCalls.stop()
    expect(hub.forms).toEqual([{ 'hub.mode': 'publish' }])
    expect(await world.database.all(sql`SELECT key FROM calls`)).toEqual([])
  })

  test('a call that fails is made again when its time has come, also by the process after this one', async () => {
    await using world = await open()
    await using hub = await startHub([503, 500, 202])
    const clock = drivenClock('2026-11-23T08:00:00Z')
    const first = callerOn(world, clock)
    await first.enqueue(world.database, { key: 'ping', url: hub.url, form: {} })
    await first.drain()
    await first.drain()
    expect(hub.forms).toHaveLength(1)
    await first.stop()
    const second = callerOn(world, clock)
    clock.advance(minute)
    await second.drain()
    clock.advance(5 * minute)
    await second.drain()
    await second.stop()
    expect(hub.forms).toHaveLength(3)
    expect(await world.database.all(sql`SELECT key FROM calls`)).toEqual([])
  })

  test('a call to nobody is given up after two days, with the reason', async () => {
    await using world = await open()
    const hub = await startHub([204])
    await hub[Symbol.asyncDispose]()
    const clock = drivenClock('2026-11-23T08:00:00Z')
    const outgoingCalls = callerOn(world, clock)
    await outgoingCalls.enqueue(world.database, { key: 'ping', url: hub.url, form: {} })
    for (let hour = 0; hour < 60; hour++) {
      await outgoingCalls.drain()
      clock.advance(60 * minute)
    }
    await outgoingCalls.stop()
    const [row] = await world.database.all<{ state: string; attempts: number; reason: string }>(
      sql`SELECT state, attempts, reason FROM calls`,
    )
    expect(row).toMatchObject({ state: 'failed', attempts: 9, reason: expect.stringContaining('ECONNREFUSED') })
  })

  test('a newer call with the same key replaces a pending one, and is kept if that one is in progress', async () => {
    await using world = await open()
    await using hub = await startHub([204])
    const clock = drivenClock('2026-11-23T08:00:00Z')
    const outgoingCalls = callerOn(world, clock)
    await outgoingCalls.enqueue(world.database, { key: 'ping', url: hub.url, form: { n: '1' } })
    await outgoingCalls.enqueue(world.database, { key: 'ping', url: hub.url, form: { n: '2' } })
    let enqueued: Promise<void> | undefined
    hub.duringCall(() => {
      enqueued ??= outgoingCalls.enqueue(world.database, { key: 'ping', url: hub.url, form: { n: '3' } })
    })
    await outgoingCalls.drain()
    await enqueued
    await outgoingCalls.drain()
    await outgoingCalls.stop()
    expect(hub.forms).toEqual([{ n: '2' }, { n: '3' }])
  })

  test('a redirect counts as a failure and is not followed', async () => {
    await using world = await open()
    await using hub = await startHub([302])
    const outgoingCalls = callerOn(world, drivenClock('2026-11-23T08:00:00Z'))
    await outgoingCalls.enqueue(world.database, { key: 'ping', url: hub.url, form: {} })
    await outgoingCalls.drain()
    await outgoingCalls.stop()
    const [row] = await world.database.all(sql`SELECT reason FROM calls`)
    expect(row).toEqual({ reason: 'answered 302' })
  })
})
