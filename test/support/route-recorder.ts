import { join, resolve } from 'node:path'
import express from 'express'
import { systemRandom } from '../../src/platform/random.ts'
import { run } from '../../src/server/run.ts'
import { drivenClock } from './driven-clock.ts'

interface Recorded {
  readonly routes: { readonly path: unknown; readonly route: { readonly methods: Readonly<Record<string, boolean>> } }[]
  readonly mounts: { readonly path: string; readonly router: object }[]
}

/** The parts of Express's router that are recorded. */
interface RouterPrototype {
  route(this: object, path: unknown): Recorded['routes'][number]['route']
  use(this: object, ...handlers: unknown[]): unknown
}

/**
 * Every route that the server registers with Express, as `METHOD /path/:name`, sorted. Starts the server in this process, because routes are
 * registered in many files, and a list by hand would not notice a new one. Handlers for all methods are left out: they refuse.
 */
export async function registeredRoutes(content: string, data: string, env: Readonly<Record<string, string>>): Promise<string[]> {
  const recorded = new Map<object, Recorded>()
  const of = (router: object): Recorded => {
    const known = recorded.get(router) ?? { routes: [], mounts: [] }
    recorded.set(router, known)
    return known
  }
  const prototype = express.Router.prototype as unknown as RouterPrototype
  const { route, use } = prototype
  prototype.route = function (path) {
    const made = route.call(this, path)
    of(this).routes.push({ path, route: made })
    return made
  }
  prototype.use = function (...handlers) {
    const path = typeof handlers[0] === 'string' ? handlers[0] : ''
    for (const one of handlers.flat(2)) if (typeof one === 'function' && 'stack' in one) of(this).mounts.push({ path, router: one })
    return use.apply(this, handlers)
  }
  try {
    const running = await run({
      clock: drivenClock('2026-11-20T09:00:00Z'),
      random: systemRandom(),
      env: {
        PORT: '0',
        CONTENT_DIR: content,
        DATA_DIR: join(data, 'data'),
        TEMPLATES_DIR: resolve('templates'),
        LOG_LEVEL: 'silent',
        ...env,
      },
      folder: data,
      isTerminal: false,
      say: () => {},
    })
    // The first page loads Express and all routes.
    await (await fetch(running.address)).text()
    await running.stop()
  } finally {
    Object.assign(prototype, { route, use })
  }
  const mounted = new Set([...recorded.values()].flatMap(({ mounts }) => mounts.map(({ router }) => router)))
  const roots = [...recorded.keys()].filter((router) => !mounted.has(router))
  return [...new Set(roots.flatMap((root) => routesOf(recorded, root, '')))].sort()
}

function routesOf(recorded: ReadonlyMap<object, Recorded>, router: object, prefix: string): string[] {
  const { routes = [], mounts = [] } = recorded.get(router) ?? {}
  return [
    ...routes.flatMap(({ path, route }) => {
      const methods = Object.keys(route.methods).filter((method) => method !== '_all')
      const isForAll = methods.length > 10
      return isForAll ? [] : methods.map((method) => `${method.toUpperCase()} ${prefix}${path}`)
    }),
    ...mounts.flatMap((mount) => routesOf(recorded, mount.router, prefix + (mount.path === '/' ? '' : mount.path))),
  ]
}
