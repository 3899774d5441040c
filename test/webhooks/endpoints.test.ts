import { expect, test } from 'vitest'
import { sql } from '../../src/platform/database/sql.ts'
import { parseFetchAllow } from '../../src/platform/http/fetch-allowance.ts'
import { faultOfEndpointUrl } from '../../src/webhooks/endpoint-url.ts'
import { addEndpoint, changeEndpoint, failingEndpoints, maxEndpoints, pageOfEndpoints } from '../../src/webhooks/endpoints.ts'
import { webhookMigrations } from '../../src/webhooks/migrations.ts'
import { pruneWebhooks } from '../../src/webhooks/retention.ts'
import { startWebhookSender } from '../../src/webhooks/webhook-sender.ts'
import { onEachDatabase } from '../support/databases.ts'
import { drivenClock } from '../support/driven-clock.ts'
import { addedTo, by, raise, startReceiver, webhooksOn } from './webhook-receiver.ts'

const day = 86_400_000
const allowed = parseFetchAllow('10.0.0.5:8080 webhook:Hooks.Internal:443,[fd00::1]:9000 image:10.0.0.6:80') ?? []

test.each([
  'https://hooks.example.org/a?b=c',
  'https://93.184.216.34/',
  'http://10.0.0.5:8080/hook',
  'https://10.0.0.5:8080/hook',
  'https://hooks.internal/',
  'http://[fd00::1]:9000/',
])('%s may be an endpoint', async (url) => {
  expect(await faultOfEndpointUrl(url, allowed)).toBeUndefined()
})

test.each([
  ['hooks.example.org', 'is not a valid URL'],
  ['ftp://hooks.example.org/', 'must begin with https://'],
  ['http://hooks.example.org/', 'must begin with https://; to allow it, add webhook:hooks.example.org:80 to FETCH_ALLOW'],
  ['https://user:pass@hooks.example.org/', 'must not hold a user name or a password'],
  ['https://127.0.0.1/', 'is not on the public internet; to allow it, add webhook:127.0.0.1:443 to FETCH_ALLOW'],
  ['https://2130706433/', 'is not on the public internet; to allow it, add webhook:127.0.0.1:443 to FETCH_ALLOW'],
  ['https://[::ffff:10.0.0.1]/', 'is not on the public internet; to allow it, add webhook:[::ffff:a00:1]:443 to FETCH_ALLOW'],
  ['https://localhost:8443/', 'is not on the public internet; to allow it, add webhook:localhost:8443 to FETCH_ALLOW'],
  ['https://10.0.0.6/', 'is not on the public internet; to allow it, add webhook:10.0.0.6:443 to FETCH_ALLOW'],
  ['http://10.0.0.6/', 'must begin with https://; to allow it, add webhook:10.0.0.6:80 to FETCH_ALLOW'],
  ['https://10.0.0.5:8081/', 'is not on the public internet; to allow it, add webhook:10.0.0.5:8081 to FETCH_ALLOW'],
])('%s is refused as an endpoint: it %s', async (url, fault) => {
  expect(await faultOfEndpointUrl(url, allowed)).toBe(fault)
})

test.each(['10.0.0.5', 'hooks:port', 'mail:10.0.0.5:80', 'https://10.0.0.5:80', '10.0.0.5:70000', '10.0.0.5:0'])(
  'FETCH_ALLOW=%s is refused',
  (text) => {
    expect(parseFetchAllow(text)).toBeUndefined()
  },
)

onEachDatabase('endpoints', webhookMigrations, (open) => {
  test(`there are at most ${maxEndpoints}, in pages, however many are added at once`, async () => {
    await using world = await open()
    const webhooks = webhooksOn(world, drivenClock('2026-11-23T08:00:00Z'), [])
    const adding = Array.from({ length: maxEndpoints + 5 }, (_, index) =>
      addEndpoint(webhooks, { url: `https://hooks.example.org/${index}` }, by),
    )
    const added = await Promise.all(adding)
    expect(added.filter(({ status }) => status === 'full')).toHaveLength(5)
    const first = await pageOfEndpoints(webhooks, { limit: 30 })
    const rest = await pageOfEndpoints(webhooks, { limit: 30, after: first.at(-1)?.id })
    expect(new Set([...first, ...rest].map(({ url }) => url)).size).toBe(maxEndpoints)
  })

  test('an endpoint that the operator disabled needs no attention', async () => {
    await using world = await open()
    await using receiver = await startReceiver((response) => response.writeHead(500).end())
    const webhooks = webhooksOn(world, drivenClock('2026-11-23T08:00:00Z'), [receiver.host])
    const { id } = await addedTo(webhooks, receiver.url)
    for (let count = 0; count < 10; count++) await raise(webhooks)
    const sender = startWebhookSender(webhooks)
    await sender.drain()
    await sender.stop()
    expect(await failingEndpoints(world.database)).toHaveLength(1)
    await changeEndpoint(webhooks, id, { isEnabled: false }, by)
    expect(await failingEndpoints(world.database)).toEqual([])
  })

  test('the log is deleted after its time, and what is still to be delivered stays', async () => {
    await using world = await open()
    let status = 500
    await using receiver = await startReceiver((response) => response.writeHead(status).end())
    const clock = drivenClock('2026-11-23T08:00:00Z')
    const webhooks = webhooksOn(world, clock, [receiver.host])
    await addedTo(webhooks, receiver.url)
    await raise(webhooks, 'issue.created', { n: 'waits' })
    const deliverAll = async () => {
      const sender = startWebhookSender(webhooks)
      await sender.drain()
      await sender.stop()
    }
    await deliverAll()
    status = 200
    await raise(webhooks, 'issue.created', { n: 'went' })
    await deliverAll()
    const prune = (webhooksMs: number) => {
      const publication = () => ({ retention: { webhooksMs } }) as ReturnType<Parameters<typeof pruneWebhooks>[0]['publication']>
      return pruneWebhooks({ database: world.database, publication }, clock.now(), new AbortController().signal)
    }
    clock.advance(1_000)
    await prune(2_000)
    expect(await world.database.all(sql`SELECT id FROM webhook_events`)).toHaveLength(2)
    await prune(500)
    expect(await world.database.all(sql`SELECT payload FROM webhook_events`)).toEqual([{ payload: expect.stringContaining('waits') }])
    // Nobody tries any more, such as a test of which the process died.
    clock.advance(5 * day)
    await prune(500)
    for (const table of [sql`webhook_events`, sql`webhook_deliveries`, sql`webhook_attempts`]) {
      expect(await world.database.all(sql`SELECT * FROM ${table}`)).toEqual([])
    }
  })
})
