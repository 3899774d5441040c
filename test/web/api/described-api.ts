import { resolve } from 'node:path'
import { limitTokenGuesses } from '../../../src/operators/token-guesses.ts'
import { apiRoutes } from '../../../src/web/api/routes.ts'
import { apiClient, type OpenApi } from '../../support/api-client.ts'
import { startWorld } from '../../support/world.ts'
import { serve } from '../site/visitor.ts'

export const adminToken = 'operator'

/** A report with every kind of fix; the checks have tests of their own. */
const report = {
  checkedAt: new Date('2026-11-20T09:00:00Z'),
  lines: [
    { check: 'clock', state: 'ok', title: 'Clock', asked: 'now', answered: 'right', problem: undefined, fixes: [] },
    {
      check: 'spf',
      state: 'fail',
      title: 'SPF',
      asked: 'TXT example.org',
      answered: 'nothing',
      problem: 'There is no SPF record.',
      fixes: [
        { kind: 'record', name: 'example.org', type: 'TXT', value: 'v=spf1 -all' },
        { kind: 'setting', name: 'SMTP_URL', value: 'smtps://mail.example.org' },
        { kind: 'command', text: 'date' },
        { kind: 'advice', text: 'Ask your provider.' },
      ],
    },
  ],
} as const

/** The API over the real app on real HTTP, and a client written from its own description. Calls have the admin token unless they name another. */
export async function startDescribedApi(options: Parameters<typeof startWorld>[0]) {
  await using parts = new AsyncDisposableStack()
  const world = parts.use(await startWorld(options))
  const { app } = world
  const guesses = limitTokenGuesses({ ...app.access, isAdminToken: (token: string) => token === adminToken }, world.clock)
  const routes = apiRoutes({
    ...app,
    guesses,
    templatesFolder: resolve('templates'),
    triggerScheduler: () => {},
    doctor: () => Promise.resolve({ report: () => Promise.resolve(report) }),
  })
  const visitor = parts.use(await serve({ '/': routes }))
  const send = (path: string, init: RequestInit) => {
    const headers = new Headers(init.headers)
    if (!headers.has('Authorization')) headers.set('Authorization', `Bearer ${adminToken}`)
    return fetch(visitor.origin + path, { redirect: 'manual', ...init, headers })
  }
  const document = (await (await send('/openapi.json', {})).json()) as OpenApi
  const client = apiClient(document, send)
  const owned = parts.move()
  return { world, routes, document, client, send, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

export type DescribedApi = Awaited<ReturnType<typeof startDescribedApi>>
