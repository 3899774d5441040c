import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, test } from 'vitest'
import { allowLongRequest, limitRequestTime } from '../../../src/platform/http/request-time.ts'

/** Sends the head of a request whose body never ends; resolves with what came until the connection ended or `untilMs` passed. */
async function trickle(path: string, untilMs: number): Promise<string> {
  const server = createServer((request, response) => {
    limitRequestTime(request, response, 100)
    if (request.url === '/import') allowLongRequest(request)
    request.resume()
    request.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n`)
  let heard = ''
  socket.setEncoding('utf8').on('data', (text: string) => (heard += text))
  const closed = once(socket, 'close').then(() => true)
  const hasEnded = await Promise.race([closed, new Promise<boolean>((resolve) => setTimeout(() => resolve(false), untilMs))])
  socket.destroy()
  server.close()
  server.closeAllConnections()
  return hasEnded ? heard : 'still open'
}

test('a body that never ends is refused with 408, except where the request may be long', async () => {
  const [other, long] = await Promise.all([trickle('/subscribe', 10_000), trickle('/import', 600)])
  expect(other).toMatch(/^HTTP\/1\.1 408 /)
  expect(long).toBe('still open')
})
