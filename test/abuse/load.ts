import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'

export interface LoadRequest {
  readonly webPort: number
  readonly smtpPort: number
  /** The content folder. */
  readonly content: string
}

/** What was done, by kind. */
export interface Counts {
  claims: number
  pages: number
  webhooks: number
  mails: number
  files: number
  /** Connections that ended without a whole request. */
  slow: number
}

export interface Load extends AsyncDisposable {
  counts(): Promise<Counts>
}

/** Starts the load in a process of its own, so that it does not slow down what measures. */
export function startLoad(request: LoadRequest): Load {
  const child = fork(resolve('test/abuse/load-process.ts'), [JSON.stringify(request)], { execArgv: [] })
  return {
    async counts() {
      child.send('counts')
      const [counts] = await once(child, 'message')
      return counts as Counts
    },
    [Symbol.asyncDispose]: () => end(child),
  }
}

/** A server with one empty Express route, in a process of its own. */
export async function startBareServer(): Promise<{ readonly address: string } & AsyncDisposable> {
  const child = fork(resolve('test/abuse/bare-server.ts'), [], { execArgv: [] })
  const [port] = await once(child, 'message')
  return { address: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => end(child) }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
