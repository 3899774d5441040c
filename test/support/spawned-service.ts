import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export interface Service extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly address: string
  readonly pid: number
  /** Output and log so far. */
  said(): string
  /** Sets the clock of the process. Resolves after the callbacks due at that time were called. */
  setClock(now: string): Promise<void>
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL. */
  kill(): Promise<void>
}

export interface ServiceOptions {
  readonly content: string
  readonly data: string
  readonly now: string
  readonly env?: Readonly<Record<string, string>>
  /** False: nobody reads standard error, as when the program that collects the log stands still. */
  readonly isLogRead?: boolean
  /** The folder of another version of the program. Default: this one. */
  readonly root?: string
}

export const adminToken = 'the-token-of-the-operator'

/** Starts the real process on a free port and waits until it serves. */
export async function startService({ content, data, now, env = {}, isLogRead = true, root = '.' }: ServiceOptions): Promise<Service> {
  const child = fork(resolve(root, 'test/support/service-entry.ts'), [], {
    cwd: data,
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      CONTENT_DIR: content,
      DATA_DIR: join(data, 'data'),
      TEMPLATES_DIR: resolve(root, 'templates'),
      ADMIN_TOKEN: adminToken,
      TEST_NOW: now,
      ...env,
    },
  })
  let said = ''
  for (const stream of isLogRead ? [child.stdout, child.stderr] : [child.stdout])
    stream?.setEncoding('utf8').on('data', (text: string) => (said += text))
  const { address } = await message<{ address: string }>(child, 'address', () => said)
  async function end(signal: NodeJS.Signals): Promise<number | null> {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    child.kill(signal)
    const [code] = await once(child, 'exit')
    return code
  }
  return {
    address,
    pid: child.pid ?? 0,
    said: () => said,
    async setClock(to) {
      const heard = message(child, 'now', () => said)
      child.send({ now: to })
      await heard
    },
    fetch: (path, init) => fetch(new URL(path, address), { redirect: 'manual', ...init }),
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
    async [Symbol.asyncDispose]() {
      await end('SIGKILL')
    },
  }
}

function message<Message extends object>(child: ChildProcess, key: string, said: () => string): Promise<Message> {
  return new Promise((resolve, reject) => {
    const onMessage = (one: Message) => {
      if (!(key in one)) return
      finish()
      resolve(one)
    }
    const onExit = (code: number | null) => {
      finish()
      reject(new Error(`the service ended with ${code}: ${said()}`))
    }
    function finish(): void {
      child.off('message', onMessage)
      child.off('exit', onExit)
    }
    child.on('message', onMessage)
    child.once('exit', onExit)
  })
}

/** A separate data folder for the service. */
export async function dataFolder(): Promise<AsyncDisposable & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'broadsheet-service-'))
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}
