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

/** The request listener of `world`; the app opens when the test calls `finish`. */
async function openUnfinished(world: World) {
  await using parts = new AsyncDisposableStack()
  const reading = readConfig({ TEMPLATES_DIR: resolve('templates') }, tmpdir())
  if (!reading.ok) throw new Error(reading.errors.join('\n'))
  const { promise: restOpening, resolve: finish, reject: fail } = Promise.withResolvers<App>()
  restOpening.catch(() => {})
  const server = createServer(
    openHttp(
      reading.config,
      restOpening,
      world.published,
      quietLog,
      () => undefined,
      () => [],
    ),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  parts.defer(async () => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const owned = parts.move()
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
  return { get, finish: () => finish(world.app), fail, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

test('feeds are answered while the app opens; pages wait for it', async () => {
  await using world = await startWorld({})
  await using listener = await openUnfinished(world)
  const page = listener.get('/healthz')
  expect((await listener.get('/feed.xml')).status).toBe(200)
  listener.finish()
  expect((await page).status).toBe(200)
})

test('if the app cannot open, waiting page requests get 500', async () => {
  await using world = await startWorld({})
  await using listener = await openUnfinished(world)
  const page = listener.get('/')
  await listener.get('/feed.xml')
  listener.fail(new Error('no secret'))
  expect((await page).status).toBe(500)
})
