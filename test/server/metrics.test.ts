import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { articleText, makeContent } from '../support/content.ts'
import { seedReaders } from '../support/readers.ts'
import { startReceiver } from '../support/receiver.ts'
import { adminToken, dataFolder, type Service, startService } from '../support/spawned-service.ts'

/** A service starts in the test. */
const patienceMs = 180_000

test('metrics show articles, readers, deliveries and claimed feed readers, to this machine or with the admin token', async () => {
  await using content = await makeContent({ 'one.md': articleText(), 'bad.md': '---\ntitle: [\n---\n' })
  await using data = await dataFolder()
  await using service = await startService({
    content: content.folder,
    data: data.folder,
    now: '2026-11-20T09:00:00Z',
    env: { PUBLIC_URL: 'http://localhost:3000' },
  })
  await service.fetch('/feed.xml', { headers: { 'User-Agent': 'Feedly/1.0 (+http://www.feedly.com/fetcher.html; 12 subscribers)' } })
  const response = await service.fetch('/metrics')
  expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4')
  const text = await response.text()
  expect(text).toContain('\nbroadsheet_articles 1\n')
  expect(text).toContain('\nbroadsheet_article_problems 1\n')
  expect(text).toContain('\nbroadsheet_readers{digest="weekly"} 0\n')
  expect(text).toContain('\nbroadsheet_feed_readers_claimed{feed="/feed.xml",fetcher="feedly"} 12\n')
  const from = (headers: Record<string, string>) => service.fetch('/metrics', { headers })
  expect((await from({ 'X-Forwarded-For': '203.0.113.9' })).status).toBe(401)
  expect((await from({ Authorization: 'Bearer wrong' })).status).toBe(401)
  expect((await from({ 'X-Forwarded-For': '203.0.113.9', Authorization: `Bearer ${adminToken}` })).status).toBe(200)
})

test('without a token only a direct request by a loopback name is answered, and only where PUBLIC_URL is loopback', async () => {
  await using content = await makeContent({})
  await using data = await dataFolder()
  const now = '2026-11-20T09:00:00Z'
  const start = (PUBLIC_URL: string) => startService({ content: content.folder, data: data.folder, now, env: { PUBLIC_URL } })
  const ask = async (address: string, headers: Record<string, string>) => {
    const [answer] = await once(request(new URL('/metrics', address), { headers }).end(), 'response')
    ;(answer as IncomingMessage).resume()
    return (answer as IncomingMessage).statusCode
  }
  {
    await using service = await start('http://localhost:3000')
    for (const host of ['localhost', 'localhost:3000', '127.0.0.1:1', '[::1]:3000', 'news.localhost'])
      expect([host, await ask(service.address, { Host: host })]).toEqual([host, 200])
    for (const headers of [
      { Host: 'news.example.org' },
      { Host: 'localhost.example.org' },
      { Host: '127.0.0.1.example.org' },
      { Forwarded: 'for=192.0.2.1' },
      { Via: '1.1 proxy' },
      { 'X-Forwarded-Host': 'localhost' },
      { 'X-Forwarded-Proto': 'https' },
      { 'X-Real-IP': '127.0.0.1' },
      { Authorization: 'Basic YTpi' },
    ] as Record<string, string>[])
      expect([headers, await ask(service.address, headers)]).toEqual([headers, 401])
    for (let guess = 0; guess < 10; guess++) expect(await ask(service.address, { Authorization: `Bearer guess-${guess}` })).toBe(401)
    expect(await ask(service.address, { Authorization: 'Bearer guess-11' })).toBe(429)
    expect(await ask(service.address, { Authorization: `Bearer ${adminToken}` })).toBe(200)
  }
  await using service = await start('https://news.example.org')
  expect(await ask(service.address, {})).toBe(401)
  expect(await ask(service.address, { Authorization: `Bearer ${adminToken}` })).toBe(200)
  expect(service.said()).toContain('/metrics asks for the admin token')
  const folder = join(data.folder, 'data')
  const modes = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o077])
  expect(modes.length).toBeGreaterThan(3)
  expect(modes.filter(([, mode]) => mode !== 0)).toEqual([])
})

test(
  'metrics tell attempts by reply, answers of feeds, slots, the outbox and the lag of the event loop',
  async () => {
    await using content = await makeContent({ 'one.md': articleText({ topics: ['coast'] }) })
    await using data = await dataFolder()
    await seedReaders(join(data.folder, 'data', 'broadsheet.sqlite'), 3)
    await using receiver = await startReceiver({
      onRecipient: (address) => (address.startsWith('reader1@') ? '550 5.1.1 no such user' : undefined),
    })
    const env = { SMTP_URL: receiver.url }
    await using service = await startService({ content: content.folder, data: data.folder, now: '2026-11-21T09:00:00Z', env })
    const etag = (await service.fetch('/feed.xml')).headers.get('ETag') ?? ''
    await service.fetch('/feed.xml', { headers: { 'If-None-Match': etag } })
    await service.setClock('2026-11-23T08:00:20Z')
    const metrics = async () => (await service.fetch('/metrics', { headers: { Authorization: `Bearer ${adminToken}` } })).text()
    await expect.poll(metrics, { timeout: 90_000 }).toContain('broadsheet_delivery_attempts_total{state="sent",reply="2xx"} 2\n')
    const text = await metrics()
    for (const line of [
      'broadsheet_delivery_attempts_total{state="failed",reply="5xx"} 1',
      'broadsheet_feed_responses_total{status="200"} 1',
      'broadsheet_feed_responses_total{status="304"} 1',
      'broadsheet_slots{digest="weekly",outcome="issued"} 1',
      'broadsheet_slots{digest="coast-daily",outcome="missed"} 1',
      'broadsheet_oldest_due_seconds 0',
      'broadsheet_uncertain_undecided 0',
      'broadsheet_database_up 1',
    ])
      expect(text).toContain(`\n${line}\n`)
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds [\d.e-]+$/m)
  },
  patienceMs,
)

test(
  'each answer has an id; that of the request counts where a trusted proxy sent it in a safe form',
  async () => {
    await using content = await makeContent({})
    await using data = await dataFolder()
    const start = (TRUST_PROXY: string) =>
      startService({ content: content.folder, data: data.folder, now: '2026-11-21T09:00:00Z', env: { TRUST_PROXY } })
    const idOf = async (service: Service, id: string) =>
      (await service.fetch('/subscribe', { headers: { 'X-Request-Id': id } })).headers.get('X-Request-Id') ?? ''
    {
      await using service = await start('off')
      expect(await idOf(service, 'from-a-stranger')).toMatch(/^[\da-f]{32}$/)
    }
    await using service = await start('loopback')
    expect(await idOf(service, 'Root=1-67891233-abcdef012345678912345678')).toBe('Root=1-67891233-abcdef012345678912345678')
    for (const unsafe of ['a b', 'x'.repeat(129), '"}', '<b>', ''])
      expect([unsafe, await idOf(service, unsafe)]).toEqual([unsafe, expect.stringMatching(/^[\da-f]{32}$/)])
  },
  patienceMs,
)
