import { expect, test } from 'vitest'
import { articleText, makeContent } from '../support/content.ts'
import { adminToken, dataFolder, startService } from '../support/spawned-service.ts'

test('metrics show articles, readers, deliveries and claimed feed readers, to this machine or with the admin token', async () => {
  await using content = await makeContent({ 'one.md': articleText(), 'bad.md': '---\ntitle: [\n---\n' })
  await using data = await dataFolder()
  await using service = await startService({ content: content.folder, data: data.folder, now: '2026-11-20T09:00:00Z' })
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
