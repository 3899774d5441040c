import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Actor } from '../../src/platform/actor.ts'
import { systemRandom } from '../../src/platform/random.ts'
import type { WebhooksContext } from '../../src/webhooks/context.ts'
import { addEndpoint } from '../../src/webhooks/endpoints.ts'
import { type EventType, raiseEvent } from '../../src/webhooks/event.ts'
import type { TestDatabase } from '../support/databases.ts'
import type { DrivenClock } from '../support/driven-clock.ts'
import { quietLog } from '../support/quiet.ts'

export const by: Actor = { operator: null, via: 'api' }

export interface Call {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A real HTTP server on this machine that keeps what it is sent. `answer` decides what it says; default: 204. */
export async function startReceiver(answer: (response: ServerResponse, call: Call) => void = (response) => response.writeHead(204).end()) {
  const calls: Call[] = []
  const arrivals = new Set<() => void>()
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const call = { path: request.url ?? '', headers: request.headers, body }
    calls.push(call)
    for (const arrived of arrivals) arrived()
    answer(response, call)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    host,
    url: `http://${host}/hook`,
    calls,
    /** Resolves when `count` calls have arrived. */
    async received(count: number): Promise<void> {
      while (calls.length < count) {
        const arrival = Promise.withResolvers<void>()
        arrivals.add(arrival.resolve)
        await arrival.promise
        arrivals.delete(arrival.resolve)
      }
    },
    async [Symbol.asyncDispose]() {
      if (!server.listening) return
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The verbs' context on a test database. `hosts` are private addresses that may be called. */
export function webhooksOn(
  world: TestDatabase,
  clock: DrivenClock,
  hosts: readonly string[],
  more: Partial<WebhooksContext> = {},
): WebhooksContext {
  const fetchAllow = hosts.map((host) => ({ purpose: 'webhook' as const, host }))
  return {
    database: world.database,
    clock,
    random: systemRandom(),
    log: quietLog,
    recordAudit: async () => {},
    fetchAllow,
    answerMs: 5_000,
    ...more,
  }
}

export async function addedTo(webhooks: WebhooksContext, url: string, types?: readonly EventType[]) {
  const added = await addEndpoint(webhooks, { url, types }, by)
  if (added.status !== 'added') throw new Error(JSON.stringify(added))
  return { id: added.endpoint.id, secret: added.secret }
}

export async function raise(webhooks: WebhooksContext, type: EventType = 'issue.finished', data: object = { id: '1' }): Promise<void> {
  await webhooks.database.transaction((tx) => raiseEvent(tx, webhooks, { type, data: async () => data }))
}
