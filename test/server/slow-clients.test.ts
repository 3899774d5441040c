import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
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

test('a thousand connections are open at once: a further one is closed, and one that ends makes room', async () => {
  await using content = await makeContent({})
  await using data = await dataFolder()
  await using service = await startService({ content: content.folder, data: data.folder, now })
  const port = Number(new URL(service.address).port)
  const ask = async (socket: Socket) => {
    let heard = ''
    socket.setEncoding('utf8').on('data', (text: string) => (heard += text))
    const closed = new Promise((resolve) => socket.on('error', () => {}).on('close', resolve))
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    await closed
    return heard.slice(0, 15)
  }
  const held: Socket[] = []
  // A body that does not come holds its connection for a minute.
  const begun = 'POST /subscribe HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\ne'
  while (held.length < 999) {
    const more = Array.from({ length: 37 }, () => connect(port, '127.0.0.1').on('error', () => {}))
    await Promise.all(more.map((socket) => once(socket, 'connect')))
    for (const socket of more) socket.write(begun)
    held.push(...more)
  }
  // Connections are accepted in their order, so all of them are when the last is answered.
  const last = connect(port, '127.0.0.1').on('error', () => {})
  last.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
  const [answer] = await once(last, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /)
  expect(held.filter((socket) => socket.closed || socket.readableEnded)).toEqual([])
  for (let n = 0; n < 20; n++) expect(await ask(connect(port, '127.0.0.1'))).toBe('')
  await expect.poll(() => service.said().match(/too many open connections/g)).toHaveLength(1)
  last.destroy()
  held.pop()?.destroy()
  await expect.poll(() => ask(connect(port, '127.0.0.1')), { timeout: 10_000 }).toBe('HTTP/1.1 200 OK')
  for (const socket of held) socket.destroy()
})
