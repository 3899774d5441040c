import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import type { App } from '../../src/app/rest.ts'
import { readConfig } from '../../src/config.ts'
import { openHttp } from '../../src/server/http.ts'
import { quietLog } from '../support/quiet.ts'
import { startWorld, type World } from '../support/world.ts'

/** The doors of `world`, in front of a house that is built when the test says so. */
async function openBefore(world: World) {
  await using parts = new AsyncDisposableStack()
  const reading = readConfig({ TEMPLATES_DIR: resolve('templates') }, tmpdir())
  if (!reading.ok) throw new Error(reading.errors.join('\n'))
  const { promise: restOpening, resolve: build, reject: fail } = Promise.withResolvers<App>()
  restOpening.catch(() => {})
  const server = createServer(openHttp(reading.config, restOpening, world.published, quietLog, () => undefined))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  parts.defer(async () => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const owned = parts.move()
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
  return { get, build: () => build(world.app), fail, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

test('feeds are answered while the app is being opened, and a page that is asked for meanwhile once it is', async () => {
  await using world = await startWorld({})
  await using listener = await openBefore(world)
  const page = listener.get('/healthz')
  expect((await listener.get('/feed.xml')).status).toBe(200)
  listener.build()
  expect((await page).status).toBe(200)
})

test('where the app cannot be opened, whoever waits for a page is told so', async () => {
  await using world = await startWorld({})
  await using listener = await openBefore(world)
  const page = listener.get('/')
  await listener.get('/feed.xml')
  listener.fail(new Error('no secret'))
  expect((await page).status).toBe(500)
})
