import { expect, test } from 'vitest'
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
