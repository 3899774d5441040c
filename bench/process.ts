import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { lowMemory } from '../bin/runtime.js'

export interface Served extends AsyncDisposable {
  readonly port: number
  readonly pid: number
  /** From the start of the process to the first byte of the answer. */
  readonly startMs: number
  /** Sends SIGTERM; resolves when the process has ended. */
  stop(): Promise<void>
}

/** Starts a server (the arguments of Node) on a free port, in its own process, and waits for the first byte of `path`. */
export async function startServer(args: readonly string[], path: string, env: Record<string, string> = {}): Promise<Served> {
  const port = await freePort()
  const began = performance.now()
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, PORT: String(port), NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await firstByte(child, port, path)
  const startMs = performance.now() - began
  async function end(signal: NodeJS.Signals): Promise<void> {
    child.kill(signal)
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  return { port, pid: child.pid ?? 0, startMs, stop: () => end('SIGTERM'), [Symbol.asyncDispose]: () => end('SIGKILL') }
}

/** A data folder, removed at the end. */
export async function makeDataFolder(): Promise<AsyncDisposable & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'broadsheet-bench-data-'))
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

/** Starts the service on these articles, as the launcher of `npm start` does (bin/runtime.js). */
export function startBroadsheet(content: string, data: string, more: Record<string, string> = {}): Promise<Served> {
  const env = { ...lowMemory.env, CONTENT_DIR: content, DATA_DIR: data, TEMPLATES_DIR: resolve('templates'), LOG_LEVEL: 'error', ...more }
  return startServer([...lowMemory.flags, resolve('bin/service.js'), 'start'], '/feed.xml', env)
}

/** Resident memory of the process, in MB. */
export async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024
}

async function firstByte(child: ChildProcess, port: number, path: string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`)
    const isThere = await new Promise<boolean>((answer) => {
      const call = request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
        response.once('data', () => answer(true)).resume()
      })
      call.on('error', () => answer(false))
      call.end()
    })
    if (isThere) return
    await new Promise((again) => setTimeout(again, 2))
  }
}

/** A free port. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
