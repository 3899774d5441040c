import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { makeContent } from '../support/content.ts'
import { dataFolder, startService } from '../support/spawned-service.ts'

const now = '2026-11-20T09:00:00Z'
const secret = 'a secret of sixteen and more'

test('a reader of the log that stands still stops no request and no exit', async () => {
  await using content = await makeContent({})
  await using data = await dataFolder()
  const env = { INBOUND_POSTMARK_SECRET: secret }
  await using service = await startService({ content: content.folder, data: data.folder, now, env, isLogRead: false })
  // Each refusal is one line.
  for (let n = 0; n < 40; n++) {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => service.fetch('/inbound/postmark?secret=wrong', { method: 'POST', body: '{}' })),
    )
    for (const answer of answers) {
      expect(answer.status).toBe(401)
      await answer.text()
    }
  }
  expect((await service.fetch('/healthz')).status).toBe(200)
  expect(await service.stop()).toBe(0)
})

test('a webhook with a wrong secret is refused before its body arrives', async () => {
  await using content = await makeContent({})
  await using data = await dataFolder()
  const env = { INBOUND_POSTMARK_SECRET: secret, INBOUND_SES_SECRET: secret }
  await using service = await startService({ content: content.folder, data: data.folder, now, env })
  const port = Number(new URL(service.address).port)
  for (const provider of ['postmark', 'ses']) {
    const socket = connect(port, '127.0.0.1')
    socket.write(`POST /inbound/${provider}?secret=wrong HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n{`)
    let heard = ''
    socket.setEncoding('utf8').on('data', (text: string) => (heard += text))
    await once(socket, 'close')
    expect(heard).toMatch(/^HTTP\/1\.1 401 /)
  }
})
