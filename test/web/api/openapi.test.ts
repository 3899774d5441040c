import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import type { DescribedCall } from '../../support/api-client.ts'
import { articleText, publicationYaml } from '../../support/content.ts'
import { becomeReader } from '../../support/world.ts'
import { startReceiver } from '../../webhooks/webhook-receiver.ts'
import { type DescribedApi, startDescribedApi } from './described-api.ts'

const publication = `${publicationYaml}  held: { title: Held, schedule: "0 8 * * mon", topics: [craft], hold: 2h }
  monthly: { title: Monthly, schedule: "0 8 1 * *", topics: [craft], double_opt_in: false }
`
const articles = {
  'tides.md': articleText({ title: 'Tides' }),
  'knots.md': articleText({ title: 'Knots', topics: ['craft'] }),
}

test('every route is described, and nothing else; names are unique and shapes say something', async () => {
  await using api = await startDescribedApi({})
  const layers = api.routes.stack as unknown as readonly { route?: { path: string; methods: object } }[]
  const registered = layers.flatMap(({ route }) =>
    route ? Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${route.path.replace(/:(\w+)/g, '{$1}')}`) : [],
  )
  expect(api.client.calls.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(registered.sort())
  const names = api.client.calls.map(({ operationId }) => operationId)
  expect(new Set(names).size).toBe(names.length)
  expect(emptyIn(api.document, '')).toEqual([])
  const ajv = new Ajv2020({ strict: false })
  for (const [name, schema] of Object.entries(api.document.components.schemas)) {
    expect([name, ajv.validateSchema(schema), ajv.errors]).toEqual([name, true, null])
    expect(name).toMatch(/^[A-Z]\w+$/)
  }
  expect(api.document.openapi).toBe('3.1.1')
})

/** Schemas that would let anything pass, which is what a shape becomes that JSON Schema cannot say. */
function emptyIn(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return value === true && /additionalProperties$/.test(path) ? [path] : []
  if (!Array.isArray(value) && Object.keys(value).length === 0) return [path]
  return Object.entries(value).flatMap(([key, one]) => (Array.isArray(one) && one.length === 0 ? [] : emptyIn(one, `${path}/${key}`)))
}

test('the reference shows every call, without scripts and without other hosts', async () => {
  await using api = await startDescribedApi({})
  const { body, headers } = await api.client.call('getReference')
  for (const { operationId } of api.client.calls) expect(body).toContain(`id="${operationId}"`)
  for (const name of Object.keys(api.document.components.schemas)) expect(body).toContain(`id="shape-${name}"`)
  expect(body).not.toMatch(/<script|<style|style=|(?:src|href)="(?:https?:)?\/\//)
  expect(headers.get('Content-Security-Policy')).toContain("default-src 'none'")
  const targets = [...body.matchAll(/href="#([^"]+)"/g)].map(([, target = '']) => target)
  for (const target of new Set(targets)) expect(body).toContain(`id="${target}"`)
  expect(Object.keys((await api.client.call('getOpenApi')).body.paths).length).toBeGreaterThan(40)
})

test('each call answers as described, with each of its statuses', { timeout: 240_000 }, async () => {
  await using receiver = await startReceiver((response) => response.writeHead(202).end('ok'))
  await using api = await startDescribedApi({ publication, articles, env: { FETCH_ALLOW: `webhook:${receiver.host}` } })
  const ids = await useEach(api, receiver.url)
  await shareErrors(api, ids)
  const missing = api.client.calls.flatMap(({ operationId, responses }) =>
    Object.keys(responses)
      .filter((status) => status !== '5XX' && !api.client.seen.get(operationId)?.has(status))
      .map((status) => `${operationId} ${status}`),
  )
  expect(missing).toEqual([])
})

interface Ids {
  readonly issue: string
  readonly subscriber: string
  readonly operator: string
  readonly token: string
  readonly webhook: string
  readonly delivery: string
}

/** Makes every call as it is meant, and with the errors that only it has. Returns things that are still there. */
async function useEach(api: DescribedApi, hook: string): Promise<Ids> {
  await api.client.call('getReference')
  await useSubscribers(api)
  const issue = await useDigests(api)
  await useNotes(api)
  await useSending(api)
  const operator = await useOperators(api)
  const token = await useTokens(api, operator)
  const { webhook, delivery } = await useWebhooks(api, hook)
  const subscriber = (await api.client.call('listSubscribers')).body.items[0].id
  return { issue, subscriber, operator, token, webhook, delivery }
}

async function useSubscribers(api: DescribedApi): Promise<void> {
  const { call } = api.client
  await becomeReader(api.world, 'reader@example.org', ['weekly', 'held'])
  const add = (email: string, digests: readonly string[]) => call('addSubscriber', { body: { email, digests } })
  expect((await add('eva@example.org', ['monthly'])).status).toBe(201)
  const asked = await add('mara@example.org', ['weekly', 'held'])
  expect(asked.status).toBe(202)
  expect((await add('reader@example.org', ['weekly'])).status).toBe(200)
  expect(asked.headers.get('Location')).toBe(`/api/v1/subscribers/${asked.body.id}`)
  await call('addSuppression', { body: { email: 'gone@example.org' } })
  expect((await call('addSuppression', { body: { email: 'gone@example.org' } })).status).toBe(200)
  expect((await add('gone@example.org', ['weekly'])).status).toBe(409)
  expect((await call('addSuppression', { body: { email: 'no address' } })).status).toBe(422)
  expect((await call('listSuppressions', { query: { email: 'gone@example.org', limit: '1' } })).body.items.length).toBe(1)
  await call('liftSuppression', { query: { email: 'gone@example.org' } })
  expect((await call('liftSuppression', { query: { email: 'gone@example.org' } })).status).toBe(404)

  const path = { id: asked.body.id }
  const shown = await call('getSubscriber', { path })
  const seen = { 'If-Match': shown.headers.get('ETag') ?? '' }
  const changed = await call('changeSubscriber', { path, headers: seen, body: { name: 'Mara', digests: ['weekly'] } })
  expect([changed.body.name, changed.headers.get('ETag') === seen['If-Match']]).toEqual(['Mara', false])
  expect((await call('changeSubscriber', { path, headers: seen, body: { name: 'Late' } })).status).toBe(412)
  expect((await call('getSubscriber', { path })).body.name).toBe('Mara')
  expect((await call('changeSubscriber', { path, body: { name: 'Mara B' } })).status).toBe(200)
  expect((await call('eraseSubscriber', { path })).status).toBe(204)

  expect((await call('listSubscribers', { query: { state: 'confirmed', limit: '1' } })).body.items.length).toBe(1)
  expect((await call('listSubscribers', { query: { search: 'reader' } })).body.search).toBeDefined()
  expect((await call('countSubscribers', { query: { digest: 'weekly' } })).body.count).toBe(1)
  expect((await call('getGrowth', { query: { per: 'week', count: '2' } })).body.periods.length).toBe(2)
  expect((await call('exportSubscribers')).body).toContain('reader@example.org')
  await call('exportSubscribers', { query: { format: 'ndjson' } })
  await useImport(api)
}

async function useImport({ client: { call }, send }: DescribedApi): Promise<void> {
  const query = { basis: 'consent', digests: 'coast-daily' }
  expect(
    (await call('importSubscribers', { query, body: 'email,topics\nann@example.org,opera\nno address,\n' })).body.errors.length,
  ).toBeGreaterThan(0)
  const columns = await call('importSubscribers', { query, body: 'email,Email Opt Out\nbo@example.org,1\n' })
  expect([columns.status, columns.body.columns[0].column]).toEqual([422, 'Email Opt Out'])
  expect((await call('importSubscribers', { query, body: '{}', headers: { 'Content-Type': 'application/json' } })).status).toBe(415)
  // More than the sample that is looked at before an import begins.
  const rows = Array.from({ length: 5_000 }, (_, at) => `reader${at}@example.org\n`).join('')
  let finish = () => {}
  const slow = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(`email\n${rows}`))
      finish = () => controller.close()
    },
  })
  const init = { method: 'POST', headers: { 'Content-Type': 'text/csv' }, body: slow, duplex: 'half' } as RequestInit
  const first = send('/subscribers/import?basis=consent&digests=coast-daily', init)
  // Until the first import has begun, a second one may come before it, and be done.
  let second = await call('importSubscribers', { query, body: 'email\ndi@example.org\n' })
  for (let tries = 0; second.status !== 409 && tries < 100; tries++)
    second = await call('importSubscribers', { query, body: 'email\ndi@example.org\n' })
  finish()
  expect(second.status).toBe(409)
  expect((await first).status).toBe(200)
}

async function useDigests({ client: { call }, world }: DescribedApi): Promise<string> {
  const { app } = world
  const weekly = { name: 'weekly' }
  expect((await call('listArticles', { query: { limit: '1' } })).body.next).not.toBeNull()
  await call('getArticle', { path: { slug: 'tides' } })
  expect((await call('holdDigest', { path: weekly })).body.held).toBe(true)
  expect((await call('listDigests')).body.items[0].next_held).toBe(true)
  expect((await call('releaseDigest', { path: weekly })).body.held).toBe(false)
  await call('previewDigest', { path: weekly, body: { note: { subject: 'A word' } } })
  expect((await call('previewDigest', { path: { name: 'coast-daily' } })).status).toBe(409)
  expect((await call('testDigest', { path: weekly, body: { to: 'me@example.org' } })).status).toBe(202)
  expect((await call('testDigest', { path: weekly, body: { to: 'no address' } })).status).toBe(422)
  const created = await call('createIssue', { path: weekly, body: { key: 'k' } })
  expect((await call('createIssue', { path: weekly, body: { key: 'k' } })).status).toBe(200)
  expect((await call('createIssue', { path: weekly })).status).toBe(409)
  const path = { id: created.body.id }
  const deliver = async () => {
    await runDue(app.digests)
    await app.sender.drain()
    await runDue(app.digests)
  }
  await deliver()
  expect((await call('listDeliveries', { path, query: { state: 'sent' } })).body.items.length).toBe(1)
  expect((await call('listDigests')).body.items[0].last_issue.id).toBe(path.id)
  await app.database.run(sql`UPDATE deliveries SET state = 'failed', reason = '550 5.1.1 no such user' WHERE mailing_id = ${path.id}`)
  expect((await call('listFailures', { path })).body.items.length).toBe(1)
  expect((await call('listDomains', { path })).body.items.length).toBe(1)
  expect((await call('retryIssue', { path, body: {} })).status).toBe(200)
  await deliver()
  expect((await call('retryIssue', { path })).status).toBe(409)
  await app.database.run(sql`UPDATE deliveries SET state = 'uncertain' WHERE mailing_id = ${path.id}`)
  expect((await call('decideUncertain', { path, body: { action: 'let_be' } })).status).toBe(200)
  expect((await call('decideUncertain', { path, body: { action: 'resend' } })).status).toBe(409)
  await call('getIssue', { path })
  await call('listIssues', { query: { digest: 'weekly', limit: '1' } })

  const monthly = { id: (await call('createIssue', { path: { name: 'monthly' } })).body.id }
  for (const name of ['pauseIssue', 'resumeIssue', 'cancelIssue']) {
    expect((await call(name, { path: monthly })).status).toBe(200)
    expect((await call(name, { path: monthly })).status).toBe(409)
  }
  return path.id
}

async function useNotes({ client: { call }, world }: DescribedApi): Promise<void> {
  const any = { 'If-Match': '*' }
  const other = { 'If-Match': '"other"' }
  const note = { subject: 'A word' }
  const path = { name: 'weekly' }
  await call('getNote', { path, query: { format: 'file' } })
  expect((await call('saveNote', { path, headers: any, body: note })).body.source).toBe('draft')
  expect((await call('saveNote', { path, headers: other, body: note })).body.sent.subject).toBe('A word')
  expect((await call('saveNote', { path, headers: any, body: { cta: 'No address' } })).status).toBe(422)
  expect((await call('deleteNote', { path, headers: other })).status).toBe(412)
  expect((await call('deleteNote', { path, headers: any })).status).toBe(200)

  world.clock.set('2026-11-23T07:00:00Z')
  await runDue(world.app.digests)
  const [held] = (await call('listIssues', { query: { state: 'held' } })).body.items
  const issue = { id: held.id }
  await call('getIssueNote', { path: issue, query: { format: 'file' } })
  expect((await call('saveIssueNote', { path: issue, headers: any, body: { postpone: ['knots'] } })).status).toBe(409)
  expect((await call('saveIssueNote', { path: issue, headers: other, body: note })).status).toBe(412)
  expect((await call('saveIssueNote', { path: issue, body: note, isFaulty: true })).status).toBe(428)
  expect((await call('saveIssueNote', { path: issue, headers: any, body: { cta: 'No address' } })).status).toBe(422)
  expect((await call('saveIssueNote', { path: issue, headers: any, body: note })).body.note.subject).toBe('A word')
  expect((await call('deleteIssueNote', { path: issue, headers: other })).status).toBe(412)
  expect((await call('deleteIssueNote', { path: issue, isFaulty: true })).status).toBe(428)
  expect((await call('deleteIssueNote', { path: issue, headers: any })).status).toBe(200)
  expect((await call('approveIssue', { path: issue })).status).toBe(200)
  expect((await call('approveIssue', { path: issue })).status).toBe(409)
  expect((await call('deleteIssueNote', { path: issue, headers: any })).status).toBe(409)
}

async function useSending({ client: { call } }: DescribedApi): Promise<void> {
  expect((await call('holdSending')).body.held).toBe(true)
  expect((await call('getSending')).body.held).toBe(true)
  expect((await call('releaseSending')).body.held).toBe(false)
  expect((await call('getDoctorReport')).body.lines.length).toBe(2)
  expect((await call('listAudit', { query: { limit: '2' } })).body.items.length).toBe(2)
}

async function useOperators({ client: { call } }: DescribedApi): Promise<string> {
  const invite = (email: string, role: string) => call('inviteOperator', { body: { email, role } })
  const owner = { id: (await invite('owner@example.org', 'owner')).body.id }
  expect((await invite('owner@example.org', 'editor')).status).toBe(409)
  expect((await call('changeOperator', { path: owner, body: { role: 'viewer', language: 'de' } })).status).toBe(409)
  expect((await call('getOperator', { path: owner })).body.language).toBe('')
  expect((await call('removeOperator', { path: owner })).status).toBe(409)
  const viewer = { id: (await invite('viewer@example.org', 'viewer')).body.id }
  const headers = { 'If-Match': (await call('getOperator', { path: viewer })).headers.get('ETag') ?? '' }
  expect((await call('changeOperator', { path: viewer, headers, body: { role: 'editor', language: 'de' } })).body).toMatchObject({
    role: 'editor',
    language: 'de',
  })
  expect((await call('changeOperator', { path: viewer, headers, body: { role: 'owner' } })).status).toBe(412)
  expect((await call('listOperators')).body.items.length).toBe(2)
  expect((await call('removeOperator', { path: viewer })).status).toBe(204)
  return owner.id
}

async function useTokens({ client: { call } }: DescribedApi, operator: string): Promise<string> {
  const create = (more = {}) => call('createToken', { body: { name: 'One', scopes: ['read'], operator, ...more } })
  const kept = await create({ expires_at: '2027-01-01T00:00:00Z' })
  expect((await create({ operator: 'nobody' })).status).toBe(404)
  const second = await create()
  expect((await call('revokeToken', { path: { id: second.body.id } })).status).toBe(204)
  let last = await create()
  while (last.status === 201) last = await create()
  expect(last.status).toBe(409)
  for (const { id } of (await call('listTokens')).body.items) if (id !== kept.body.id) await call('revokeToken', { path: { id } })
  return kept.body.id
}

async function useWebhooks({ client: { call } }: DescribedApi, url: string): Promise<{ webhook: string; delivery: string }> {
  const added = await call('addWebhook', { body: { url, types: ['issue.created'] } })
  const path = { id: added.body.id }
  expect((await call('addWebhook', { body: { url: 'nonsense' } })).status).toBe(422)
  let last = await call('addWebhook', { body: { url } })
  const second = { id: last.body.id }
  while (last.status === 201) last = await call('addWebhook', { body: { url } })
  expect(last.status).toBe(409)
  expect((await call('listWebhooks', { query: { limit: '1' } })).body.next).not.toBeNull()
  const headers = { 'If-Match': (await call('getWebhook', { path })).headers.get('ETag') ?? '' }
  expect((await call('changeWebhook', { path, headers, body: { description: 'The CRM' } })).status).toBe(200)
  expect((await call('changeWebhook', { path, headers, body: { description: 'Late' } })).status).toBe(412)
  expect((await call('rotateWebhookSecret', { path })).body.secret).not.toBe(added.body.secret)
  const tested = await call('testWebhook', { path })
  expect(tested.body.attempts.length).toBe(1)
  await call('listWebhookDeliveries', { path, query: { limit: '1' } })
  const replay = () => call('replayWebhookDelivery', { path: { ...path, delivery: tested.body.id } })
  expect((await replay()).status).toBe(202)
  expect((await replay()).status).toBe(409)
  expect((await call('removeWebhook', { path: second })).status).toBe(204)
  return { webhook: path.id, delivery: tested.body.id }
}

/** The errors that calls share, for each call that describes them. */
async function shareErrors({ client, send }: DescribedApi, ids: Ids): Promise<void> {
  const tokens = await tokensByScope(client, ids.operator)
  for (const one of client.calls) {
    const { operationId, parameters, responses, requestBody } = one
    const path = namesFor(one, ids)
    const ask = (more: object) => client.call(operationId, { path, isFaulty: true, ...more })
    const has = (status: number) => String(status) in responses
    const expectStatus = async (status: number, more: object) => {
      if (has(status)) expect([operationId, (await ask(more)).status]).toEqual([operationId, status])
    }
    await expectStatus(401, { headers: { Authorization: '' } })
    await expectStatus(403, { headers: { Authorization: `Bearer ${tokens.get(one['x-scope'] === 'read' ? 'readers' : 'read')}` } })
    await expectStatus(400, parameters.some((each) => each.in === 'path') ? { path: { ...path, [lastName(one)]: '%zz' } } : { body: '{' })
    await expectStatus(413, { body: { name: 'x'.repeat(110_000) } })
    const isFile = requestBody && !('application/json' in requestBody.content)
    if (!isFile) await expectStatus(415, { body: 'a', headers: { 'Content-Type': 'text/plain' } })
    if (one.method !== 'GET') await expectStatus(422, isFile ? { query: { basis: 'none' }, body: 'email\n' } : { body: { nonsense: 1 } })
    else
      await expectStatus(422, {
        query: Object.fromEntries(parameters.filter((each) => each.in === 'query').map(({ name }) => [name, '!'])),
      })
    const body = bodies[operationId]
    const unknown = { path: { ...path, [lastName(one)]: 'nothing' }, ...(body ? { body } : {}), headers: { 'If-Match': '*' } }
    if (parameters.some((each) => each.in === 'path')) await expectStatus(404, unknown)
    if (!operationId.includes('IssueNote')) {
      // Without a draft there is nothing that another could have changed.
      if (operationId !== 'deleteNote')
        await expectStatus(412, { headers: { 'If-Match': '"other"' }, body: one.method === 'DELETE' ? undefined : {} })
      await expectStatus(428, { body: one.method === 'DELETE' ? undefined : {} })
    }
    if (has(304)) {
      const tag = (await ask({})).headers.get('ETag') ?? ''
      // Otherwise fetch would ask for an answer that is not cached.
      await expectStatus(304, { headers: { 'If-None-Match': tag, 'Cache-Control': 'max-age=0' } })
    }
  }
  for (let tries = 0; tries < 10; tries++) await send('/issues', { headers: { Authorization: `Bearer guess-${tries}` } })
  for (const one of client.calls) {
    if (!('429' in one.responses)) continue
    const limited = await client.call(one.operationId, {
      path: namesFor(one, ids),
      isFaulty: true,
      headers: { Authorization: 'Bearer wrong' },
    })
    expect([one.operationId, limited.status]).toEqual([one.operationId, 429])
  }
}

/** The smallest body of calls that look at it before they look for the thing. */
const bodies: Readonly<Record<string, object>> = {
  testDigest: { to: 'me@example.org' },
  decideUncertain: { action: 'let_be' },
}

async function tokensByScope({ call }: DescribedApi['client'], operator: string): Promise<Map<string, string>> {
  const tokens = new Map<string, string>()
  for (const scope of ['read', 'readers'])
    tokens.set(scope, (await call('createToken', { body: { name: scope, scopes: [scope], operator } })).body.token)
  return tokens
}

function lastName({ path }: DescribedCall): string {
  return /.*\{(\w+)\}/.exec(path)?.[1] ?? ''
}

function namesFor({ path }: DescribedCall, ids: Ids): Record<string, string> {
  const kind = /^\/(\w+?)s?\//.exec(`${path}/`)?.[1] ?? ''
  return { slug: 'tides', name: 'weekly', delivery: ids.delivery, id: ids[kind as keyof Ids] ?? '' }
}
