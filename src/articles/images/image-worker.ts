import { type ChildProcess, fork } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ResizeAnswer, ResizeRequest } from './image-worker-messages.ts'
import type { Resized } from './resize.ts'

const script = fileURLToPath(new URL('./image-worker-child.ts', import.meta.url))

/**
 * Fetches and makes pictures in a child process, so that the memory that takes is given back, and a picture that means harm
 * meets a process that holds nothing. Resolves when all are there or `patienceMs` is over: what is missing then is refused.
 */
export async function resizeAll(orders: readonly ResizeRequest[], patienceMs: number): Promise<Resized[]> {
  const all = orders.map((): Resized => ({ status: 'refused', reason: 'it was not ready in time' }))
  if (orders.length === 0) return all
  const child = startChild()
  let open = orders.length
  await new Promise<void>((done) => {
    const timer = setTimeout(done, patienceMs)
    const finish = () => {
      clearTimeout(timer)
      done()
    }
    child.on('message', ({ index, resized }: ResizeAnswer) => {
      all[index] = resized
      if (--open === 0) finish()
    })
    child.once('error', finish)
    child.once('close', finish)
    child.send(orders, (error) => error && finish())
  })
  child.kill('SIGKILL')
  return all
}

function startChild(): ChildProcess {
  return fork(script, [], {
    serialization: 'advanced',
    cwd: dirname(script),
    env: { TZ: 'UTC' },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
}
