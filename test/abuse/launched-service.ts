import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'

export interface LaunchedService extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly address: string
  readonly pid: number
  fetch(path: string, init?: RequestInit): Promise<Response>
}

export const adminToken = 'the-token-of-the-operator'

/**
 * Starts the service as `npm start` does: by its launcher, with its settings of memory, and with the clock of the machine. Nobody reads
 * its log. The process id stays, because the launcher replaces itself.
 */
export async function launchService(content: string, data: string, env: Readonly<Record<string, string>>): Promise<LaunchedService> {
  const child = spawn(process.execPath, [resolve('bin/broadsheet.js'), 'start', '--json'], {
    cwd: data,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: '0',
      CONTENT_DIR: content,
      DATA_DIR: join(data, 'data'),
      TEMPLATES_DIR: resolve('templates'),
      ADMIN_TOKEN: adminToken,
      ...env,
    },
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  while (!said.includes('\n')) await Promise.race([once(child.stdout, 'data'), endOf(child)])
  const { address } = JSON.parse(said) as { address: string }
  return {
    address,
    pid: child.pid ?? 0,
    fetch: (path, init) => fetch(new URL(path, address), { redirect: 'manual', ...init }),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

async function endOf(child: ReturnType<typeof spawn>): Promise<never> {
  const [code] = await once(child, 'exit')
  throw new Error(`the service ended with ${code}: ${child.stderr?.read()}`)
}
