import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { articleText, makeContent } from '../support/content.ts'
import { adminToken, dataFolder, startService } from '../support/spawned-service.ts'

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
