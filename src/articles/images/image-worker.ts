import { type ChildProcess, fork } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ResizeAnswer, ResizeRequest } from './image-worker-messages.ts'
import type { Resized } from './resize.ts'

const script = fileURLToPath(new URL('./image-worker-child.ts', import.meta.url))

/**
 * Fetches and resizes pictures in a child process. Its end frees the memory, and a malicious picture meets a process
 * without secrets. Resolves when all are done or after `timeoutMs`; unfinished ones are refused.
 */
export async function resizeAll(requests: readonly ResizeRequest[], timeoutMs: number): Promise<Resized[]> {
  const all = requests.map((): Resized => ({ status: 'refused', reason: 'it was not ready in time' }))
  if (requests.length === 0) return all
  const child = startChild()
  let pending = requests.length
  await new Promise<void>((done) => {
    const timer = setTimeout(done, timeoutMs)
    const finish = () => {
      clearTimeout(timer)
      done()
    }
    child.on('message', ({ index, resized }: ResizeAnswer) => {
      all[index] = resized
      if (--pending === 0) finish()
    })
    child.once('error', finish)
    child.once('close', finish)
    child.send(requests, (error) => error && finish())
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
