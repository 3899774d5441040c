import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import type { Resized } from '../../../src/articles/images/resize.ts'
import { type FetchPicture, resizeInTurn } from '../../../src/articles/images/resize-in-turn.ts'
import { fetchPublic } from '../../../src/platform/http/safe-fetch.ts'

const megabyte = 1024 * 1024

/** A site of pictures: `/N` answers N MB, and `/N/small` a real picture. Counts what it sends. */
async function startSite() {
  const picture = await sharp({ create: { width: 64, height: 36, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
  const asked: string[] = []
  let open = 0
  let mostOpen = 0
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    mostOpen = Math.max(mostOpen, ++open)
    response.on('close', () => open--)
    // Bytes after the end of a PNG are no part of it.
    const mb = Number(/^\/(\d+)/.exec(request.url ?? '')?.[1])
    response.end(Buffer.concat([picture, Buffer.alloc(Math.max(0, mb * megabyte - picture.length))]))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const here = { address: '127.0.0.1', family: 4 }
  const fetchPicture: FetchPicture = (url, limits) =>
    fetchPublic(url, { ...limits, timeoutMs: 60_000 }, { resolve: async () => [here], isPublic: async () => true })
  return {
    asked,
    mostOpen: () => mostOpen,
    async make(paths: readonly string[]) {
      const requests = paths.map((path) => ({ source: { url: `http://pictures.org:${port}${path}` }, use: 'text' as const }))
      const all: Resized[] = []
      for await (const one of resizeInTurn(requests, fetchPicture)) all.push(one)
      return all.map((one) => (one.status === 'refused' ? one.reason : one.status))
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const spent = 'the pictures of this email are too large together'

test('the pictures of one email are fetched one after the other, 48 MB together', async () => {
  await using site = await startSite()
  expect(await site.make(['/11', '/11', '/11', '/11', '/5', '/0', '/0'])).toEqual([
    ...Array(4).fill('resized'),
    // 4 MB are left.
    'it is larger than 4 MB',
    spent,
    spent,
  ])
  expect(site.asked).toEqual(['/11', '/11', '/11', '/11', '/5'])
  expect(site.mostOpen()).toBe(1)
})

test('what is too large counts as far as it was read, so a hundred such pictures are not fetched', async () => {
  await using site = await startSite()
  expect(await site.make(Array(100).fill('/14'))).toEqual([
    ...Array(3).fill('it is larger than 12 MB'),
    // What was read of the first three is a little more than 12 MB each.
    expect.stringMatching(/^it is larger than 1[12] MB$/),
    ...Array(96).fill(spent),
  ])
  expect(site.asked).toHaveLength(4)
})
