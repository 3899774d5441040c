import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { limitTokenGuesses } from '../../../src/operators/token-guesses.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { apiRoutes } from '../../../src/web/api/routes.ts'
import { eventTypes } from '../../../src/webhooks/event.ts'
import { startWorld } from '../../support/world.ts'
import { raise, startReceiver } from '../../webhooks/webhook-receiver.ts'
import { serve } from '../site/visitor.ts'

/** The API over the real app, on real HTTP, with the admin token. `host` may be called although it is private. */
async function startApi(host: string) {
  await using parts = new AsyncDisposableStack()
  const world = parts.use(await startWorld({ env: { FETCH_ALLOW: `webhook:${host}` } }))
  const { app } = world
  const guesses = limitTokenGuesses({ ...app.access, isAdminToken: (token: string) => token === 'operator' }, world.clock)
  const routes = apiRoutes({
    ...app,
    guesses,
    templatesFolder: resolve('templates'),
    triggerScheduler: () => {},
    doctor: () => Promise.reject(new Error('not asked here')),
  })
  const visitor = parts.use(await serve({ '/': routes }))
  const call = async (method: string, path: string, body?: object) => {
    const headers = { Authorization: 'Bearer operator', 'Content-Type': 'application/json' }
    const answer = await visitor.send(path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
    return { status: answer.status, headers: answer.headers, body: answer.body === '' ? undefined : JSON.parse(answer.body) }
  }
  const owned = parts.move()
  return { world, call, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

test('a webhook is added, shown without its secret, changed, rotated, tested and removed', async () => {
  await using receiver = await startReceiver((response) => response.writeHead(202).end('ok'))
  await using api = await startApi(receiver.host)
  const added = await api.call('POST', '/webhooks', { url: receiver.url, description: 'The CRM' })
  expect(added).toMatchObject({
    status: 201,
    body: {
      url: receiver.url,
      types: eventTypes,
      description: 'The CRM',
      enabled: true,
      secret: expect.stringMatching(/^whsec_[\w+/]{43}=$/),
    },
  })
  const { id, secret, ...shown } = added.body
  expect(added.headers.get('location')).toBe(`/api/v1/webhooks/${id}`)
  const at = `/webhooks/${id}`
  expect(await api.call('GET', at)).toMatchObject({ status: 200, body: { id, ...shown } })
  expect((await api.call('GET', at)).body).not.toHaveProperty('secret')
  expect((await api.call('GET', '/webhooks')).body).toEqual({ items: [{ id, ...shown }], next: null })
  const changed = await api.call('PATCH', at, { types: ['article.published', 'issue.created'], enabled: false })
  expect(changed.body).toEqual({ id, ...shown, types: ['issue.created', 'article.published'], enabled: false })
  const rotated = await api.call('POST', `${at}/rotate`)
  expect(rotated).toMatchObject({ status: 200, body: { previous_secret_until: '2026-11-21T09:00:00.000Z' } })
  expect(rotated.body.secret).not.toBe(secret)
  const tested = await api.call('POST', `${at}/test`)
  expect(tested).toMatchObject({ status: 200, body: { state: 'succeeded', attempts: [{ status: 202, answer: 'ok', reason: null }] } })
  expect(JSON.parse(receiver.calls[0]?.body ?? '')).toMatchObject({ type: 'webhook.test', data: { endpoint_id: id } })
  expect((await api.call('DELETE', at)).status).toBe(204)
  const audit = await api.world.app.database.all(sql`SELECT action, subject, via FROM audit_log ORDER BY action`)
  expect(audit).toEqual(
    ['add', 'change', 'remove', 'rotate', 'test'].map((verb) => ({ action: `webhook.${verb}`, subject: id, via: 'api' })),
  )
  for (const [method, path] of [
    ['GET', at],
    ['PATCH', at],
    ['DELETE', at],
    ['POST', `${at}/rotate`],
    ['POST', `${at}/test`],
    ['GET', `${at}/deliveries`],
    ['POST', `${at}/deliveries/1/replay`],
  ] as const) {
    expect([method, path, (await api.call(method, path)).status]).toEqual([method, path, 404])
  }
})

test('the log comes in pages, newest first, and a delivery of it is replayed', async () => {
  await using receiver = await startReceiver()
  await using api = await startApi(receiver.host)
  const { webhooks, webhookSender } = api.world.app
  const { id } = (await api.call('POST', '/webhooks', { url: receiver.url })).body
  for (let count = 0; count < 3; count++) {
    api.world.clock.advance(1_000)
    await raise(webhooks, 'issue.created', { count })
  }
  const queued = await api.call('GET', `/webhooks/${id}/deliveries?limit=2`)
  expect(queued.body.items).toMatchObject([{ state: 'queued', attempts: [] }, { state: 'queued' }])
  await webhookSender.drain()
  const first = await api.call('GET', `/webhooks/${id}/deliveries?limit=2`)
  const second = await api.call('GET', `/webhooks/${id}/deliveries?limit=2&cursor=${first.body.next}`)
  expect(second.body.next).toBeNull()
  const all = [...first.body.items, ...second.body.items]
  expect(all.map(({ created_at }) => created_at)).toEqual([
    '2026-11-20T09:00:03.000Z',
    '2026-11-20T09:00:02.000Z',
    '2026-11-20T09:00:01.000Z',
  ])
  expect(all.map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'succeeded'])
  const replay = () => api.call('POST', `/webhooks/${id}/deliveries/${all[2].id}/replay`)
  expect(await replay()).toMatchObject({ status: 202, body: { id: all[2].id, state: 'queued' } })
  expect(await replay()).toMatchObject({ status: 409, body: { detail: 'the delivery is queued already' } })
  await webhookSender.drain()
  expect(receiver.calls).toHaveLength(4)
  await api.call('PATCH', `/webhooks/${id}`, { enabled: false })
  expect(await replay()).toMatchObject({ status: 409, body: { detail: 'the endpoint is disabled: enable it first' } })
})

test.each([
  [{}, 'url'],
  [{ url: 'http://hooks.example.org/' }, 'url'],
  [{ url: 'https://192.168.1.1/' }, 'url'],
  [{ url: 7 }, 'url'],
  [{ url: `https://hooks.example.org/${'a'.repeat(2_000)}` }, 'url'],
  [{ url: 'https://hooks.example.org/', types: [] }, 'types'],
  [{ url: 'https://hooks.example.org/', types: ['issue.lost'] }, 'types.0'],
  [{ url: 'https://hooks.example.org/', enabled: 'yes' }, 'enabled'],
  [{ url: 'https://hooks.example.org/', secret: 'whsec_mine' }, ''],
])('%o is refused, and the error names the field', async (body, field) => {
  await using api = await startApi('127.0.0.1:1')
  const refused = await api.call('POST', '/webhooks', body)
  expect(refused).toMatchObject({ status: 422, body: { errors: [{ field }] } })
  expect((await api.call('GET', '/webhooks')).body.items).toEqual([])
})
