import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'

export interface Outcome {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs the command line as a user does, with the launcher. Its environment contains only `env` and PATH. */
export async function command(
  args: readonly string[],
  options: { cwd: string; env?: Readonly<Record<string, string>>; onStart?: (child: ChildProcess) => void },
): Promise<Outcome> {
  const child = spawn(process.execPath, [resolve('bin/broadsheet.js'), ...args], {
    cwd: options.cwd,
    env: { PATH: process.env.PATH, TEMPLATES_DIR: resolve('templates'), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  options.onStart?.(child)
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const [code] = await once(child, 'close')
  return { code, out, err }
}
