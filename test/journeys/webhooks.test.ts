import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { articleText, publicationYaml } from '../support/content.ts'
import { adminToken, dataFolder, type Service, startService } from '../support/spawned-service.ts'
import { startReceiver } from '../webhooks/webhook-receiver.ts'

async function call(service: Service, path: string, body?: object) {
  const headers = { Authorization: `Bearer ${adminToken}`, 'Content-Type': 'application/json' }
  const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  return (await service.fetch(`/api/v1${path}`, { headers, ...sent })).json()
}

test('an article that appears while nothing runs is told at the next start, through an outage and kill -9', {
  timeout: 60_000,
}, async () => {
  let status = 503
  await using receiver = await startReceiver((response) => response.writeHead(status).end())
  await using data = await dataFolder()
  const content = join(data.folder, 'content')
  await mkdir(join(content, 'articles'), { recursive: true })
  await writeFile(join(content, 'publication.yaml'), publicationYaml)
  await writeFile(join(content, 'articles', 'old.md'), articleText({ title: 'Old' }))
  const start = (now: string) => startService({ content, data: data.folder, now, env: { FETCH_ALLOW: receiver.host } })

  const first = await start('2026-11-20T09:00:00Z')
  const { id } = (await call(first, '/webhooks', { url: receiver.url })) as { id: string }
  await first.stop()
  await writeFile(join(content, 'articles', 'new.md'), articleText({ title: 'New' }))

  const second = await start('2026-11-20T10:00:00Z')
  await receiver.received(1)
  await second.kill()
  status = 204

  // After the pause, and after the lease where the outcome was not recorded.
  await using third = await start('2026-11-20T10:02:00Z')
  await receiver.received(2)
  expect(receiver.calls.map(({ body }) => JSON.parse(body))).toMatchObject([
    {
      type: 'article.published',
      timestamp: '2026-11-20T10:00:00.000Z',
      data: { title: 'New', url: expect.stringContaining('/articles/new') },
    },
    { data: { title: 'New' } },
  ])
  expect(receiver.calls[1]?.headers['webhook-id']).toBe(receiver.calls[0]?.headers['webhook-id'])
  await vi.waitFor(async () => {
    const { items } = (await call(third, `/webhooks/${id}/deliveries`)) as { items: { type: string; state: string }[] }
    expect(items).toMatchObject([{ type: 'article.published', state: 'succeeded' }])
  }, 10_000)
})
