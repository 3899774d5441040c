import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { command } from '../support/command.ts'
import { makeContent } from '../support/content.ts'
import { adminToken, dataFolder, startService } from '../support/spawned-service.ts'

const secret = 'the secret of a provider'

test('a webhook secret in the query is warned of at the next start and on the desk, without the secret', async () => {
  await using content = await makeContent({})
  await using data = await dataFolder()
  const start = () =>
    startService({ content: content.folder, data: data.folder, now: '2026-11-20T09:00:00Z', env: { INBOUND_POSTMARK_SECRET: secret } })
  const warning = 'INBOUND_POSTMARK_SECRET came in the query'
  await using first = await start()
  const told = await first.fetch(`/inbound/postmark?secret=${encodeURIComponent(secret)}`, {
    method: 'POST',
    body: '{"RecordType":"Open"}',
  })
  expect([told.status, first.said().includes(warning)]).toEqual([200, false])
  await first.stop()

  await using second = await start()
  expect(second.said()).toContain(warning)
  expect(second.said()).not.toContain(secret)
  const entered = await second.fetch('/admin/login', { method: 'POST', body: new URLSearchParams({ token: adminToken }) })
  const cookie = entered.headers.get('Set-Cookie')?.split(';', 1)[0] ?? ''
  const page = await (await second.fetch('/admin', { headers: { Cookie: cookie } })).text()
  expect(page).toContain(warning)
  expect(page).not.toContain(secret)
})

test('a proxy that is not named is warned of at the start and on the desk', async () => {
  await using content = await makeContent({})
  await using data = await dataFolder()
  const env = { PUBLIC_URL: 'https://tide.example.org' }
  await using service = await startService({ content: content.folder, data: data.folder, now: '2026-11-20T09:00:00Z', env })
  expect(service.said()).toContain('TRUST_PROXY is not set')
  const entered = await service.fetch('/admin/login', { method: 'POST', body: new URLSearchParams({ token: adminToken }) })
  const cookie = entered.headers.get('Set-Cookie')?.split(';', 1)[0] ?? ''
  expect(await (await service.fetch('/admin', { headers: { Cookie: cookie } })).text()).toContain('TRUST_PROXY is not set')
})

test('a start on a file that may hold erased addresses names the command that cleans it, until it ran', async () => {
  await using content = await makeContent({})
  await using data = await dataFolder()
  const start = () => startService({ content: content.folder, data: data.folder, now: '2026-11-20T09:00:00Z' })
  const isWarned = async () => {
    await using service = await start()
    await service.stop()
    return service.said().includes('run: broadsheet vacuum')
  }
  expect(await isWarned()).toBe(false)
  const file = new DatabaseSync(join(data.folder, 'data/broadsheet.sqlite'))
  file.exec('PRAGMA user_version = 0')
  file.close()
  expect(await isWarned()).toBe(true)
  const env = { CONTENT_DIR: content.folder, DATA_DIR: join(data.folder, 'data') }
  expect((await command(['vacuum'], { cwd: data.folder, env })).code).toBe(0)
  expect(await isWarned()).toBe(false)
}, 60_000)
