import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { type FetchContext, faultOfTarget, fetchPublic } from '../../../src/platform/http/safe-fetch.ts'

const limits = { maxBytes: 100_000, timeoutMs: 5_000, accept: 'image/*' }

/** A web server on this machine, which the context treats as public while `isOpen` allows the address. */
async function startServer(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const here = { address: '127.0.0.1', family: 4 }
const context: FetchContext = { resolve: async () => [here], isPublic: async (address) => address === '127.0.0.1' }

test.each([
  'http://127.0.0.1/a.png',
  'http://[::1]/a.png',
  'http://[::ffff:127.0.0.1]/a.png',
  'http://10.1.2.3/a.png',
  'http://169.254.169.254/latest/meta-data',
  'http://192.168.1.1/a.png',
  'http://[fd00::1]/a.png',
  'http://[fe80::1]/a.png',
  'http://0.0.0.0/a.png',
  'http://2130706433/a.png',
  'http://0x7f.1/a.png',
  'http://100.64.0.1/a.png',
])('%s is never asked', async (address) => {
  expect(await fetchPublic(address, limits)).toMatchObject({
    status: 'refused',
    reason: expect.stringMatching(/is not on the public internet$/),
  })
})

test.each([
  ['file:///etc/passwd', 'neither http nor https'],
  ['https://user:secret@pictures.org/a.png', 'user name or a password'],
  ['https://pictures.example.org/a.png', 'is reserved'],
  ['http://localhost/a.png', 'is reserved'],
  ['nonsense', 'not a valid URL'],
])('%s is refused before anything is asked', (address, reason) => {
  expect(faultOfTarget(address)).toContain(reason)
})

test('a name with one private address is refused', async () => {
  const mixed: FetchContext = { ...context, resolve: async () => [here, { address: '10.0.0.1', family: 4 }] }
  expect(await fetchPublic('http://pictures.org/a.png', limits, mixed)).toMatchObject({
    status: 'refused',
    reason: 'pictures.org is not on the public internet',
  })
})

test('the connection goes to the checked address, with the requested host name', async () => {
  const hosts: (string | undefined)[] = []
  await using server = await startServer((request, response) => {
    hosts.push(request.headers.host)
    response.end('bytes')
  })
  const fetched = await fetchPublic(`http://pictures.org:${server.port}/a.png`, limits, context)
  expect(fetched).toEqual({ status: 'fetched', bytes: Buffer.from('bytes') })
  expect(hosts).toEqual([`pictures.org:${server.port}`])
})

test('a redirect is followed only to a public address', async () => {
  await using server = await startServer((request, response) => {
    const to = request.url === '/good' ? '/a.png' : request.url === '/bad' ? 'http://inside.org/a.png' : undefined
    if (request.url === '/loop') response.writeHead(302, { Location: '/loop' })
    else if (to) response.writeHead(302, { Location: to })
    response.end('bytes')
  })
  const inside: FetchContext = {
    ...context,
    resolve: async (name) => (name === 'inside.org' ? [{ address: '10.0.0.1', family: 4 }] : [here]),
  }
  const at = (path: string) => fetchPublic(`http://pictures.org:${server.port}${path}`, limits, inside)
  expect(await at('/good')).toMatchObject({ status: 'fetched' })
  expect(await at('/bad')).toMatchObject({ status: 'refused', reason: 'inside.org is not on the public internet' })
  expect(await at('/loop')).toMatchObject({ status: 'refused', reason: 'it redirects more than 3 times' })
})

test('responses that are too large, incomplete, endless or missing are refused with a reason', async () => {
  await using server = await startServer((request, response) => {
    if (request.url === '/large') response.end(Buffer.alloc(200_000))
    else if (request.url === '/broken') {
      response.writeHead(200, { 'Content-Length': '1000' })
      response.write('half', () => response.destroy())
    } else if (request.url === '/endless') response.write('some')
    else response.writeHead(404).end()
  })
  const at = (path: string, timeoutMs = 5_000) =>
    fetchPublic(`http://pictures.org:${server.port}${path}`, { ...limits, timeoutMs }, context)
  expect(await at('/large')).toMatchObject({ status: 'refused', reason: 'it is larger than 0 MB' })
  expect(await at('/broken')).toMatchObject({ status: 'refused' })
  expect(await at('/endless', 200)).toMatchObject({ status: 'refused', reason: 'it took longer than 0.2 s' })
  expect(await at('/none')).toMatchObject({ status: 'refused', reason: 'the server answered 404' })
})
