import { flushCompileCache } from 'node:module'
import { run } from '../main.ts'
import type { CommandEdges } from './edges.ts'

/** Serves until a signal says stop. Throws a StartFailure where it cannot begin. */
export async function start(edges: CommandEdges): Promise<void> {
  // Heard from the beginning, and by whoever read that it serves. A launcher and a terminal may both pass the signal on: a repeat
  // is the same wish, not a louder one.
  const told = new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => resolve(name))
  })
  const running = await run(edges)
  // A process that is killed would leave nothing for the next start.
  flushCompileCache()
  const signal = await told
  edges.complain(`broadsheet: stopping (${signal})\n`)
  await running.stop()
}
