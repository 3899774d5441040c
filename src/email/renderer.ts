import { type ChildProcess, fork } from 'node:child_process'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Email, EmailRequest } from './email.ts'
import type { RenderAnswer, RenderRequest } from './render-messages.ts'

/** Renders mail in a child process. Its end gives back the memory that MJML takes. */
export interface Renderer extends AsyncDisposable {
  /** The process that prints now; none before the first print, after `close` and after a rest. */
  readonly pid: number | undefined
  /**
   * Renders one mail. Rejects with an Error in one sentence: `templates/email/digest.mjml:12: …` where a template is at
   * fault, else what became of the process. After any of them the next print works again.
   */
  render(request: EmailRequest): Promise<Email>
  /** Ends the child. Letters that are not ready by then are rejected. */
  close(): Promise<void>
}

export interface RendererLimits {
  /** Longest that one mail may take, the start of the process included. */
  readonly renderMs: number
  /** How long a child with nothing to print is kept: starting another costs about half a second. */
  readonly restMs: number
}

interface PendingRender {
  settle(answer: Email | Error): void
}

interface Child {
  readonly process: ChildProcess
  readonly open: Map<number, PendingRender>
  readonly ended: Promise<void>
}

const script = fileURLToPath(new URL('./renderer-child.ts', import.meta.url))
const usualLimits: RendererLimits = { renderMs: 30_000, restMs: 30_000 }

/** A renderer for the templates in `templatesFolder/email`. The child starts with the first request. */
export function startRenderer(templatesFolder: string, limits: RendererLimits = usualLimits): Renderer {
  const folder = resolve(templatesFolder)
  let child: Child | undefined
  let lastId = 0
  let isClosed = false
  let rest: NodeJS.Timeout | undefined

  const end = (): Promise<void> => {
    clearTimeout(rest)
    const ending = child
    child = undefined
    ending?.process.kill('SIGKILL')
    return ending?.ended ?? Promise.resolve()
  }

  const render = (request: EmailRequest): Promise<Email> => {
    if (isClosed) return Promise.reject(new Error('The renderer is closed: no mail can be rendered any more.'))
    clearTimeout(rest)
    child ??= startChild((gone) => {
      if (child?.process === gone) child = undefined
    })
    const { process, open } = child
    const id = ++lastId
    return new Promise((fulfil, reject) => {
      const late = setTimeout(() => {
        open.get(id)?.settle(new Error(`The mail ${request.template} was not ready after ${limits.renderMs / 1000} s.`))
        if (child?.process === process) void end()
        else process.kill('SIGKILL')
      }, limits.renderMs)
      open.set(id, {
        settle(answer) {
          clearTimeout(late)
          open.delete(id)
          if (child?.process === process && open.size === 0) rest = setTimeout(() => void end(), limits.restMs).unref()
          if (answer instanceof Error) reject(answer)
          else fulfil(answer)
        },
      })
      process.send({ id, templatesFolder: folder, request } satisfies RenderRequest, (error) => {
        if (error)
          open.get(id)?.settle(new Error(`The request could not be sent to the renderer process: ${error.message}`, { cause: error }))
      })
    })
  }

  const close = async (): Promise<void> => {
    isClosed = true
    await end()
  }
  return {
    get pid() {
      return child?.process.pid
    },
    render,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function startChild(whenGone: (process: ChildProcess) => void): Child {
  const process = fork(script, [], {
    serialization: 'advanced',
    // MJML reads `.mjmlconfig` in its working directory and requires what that names: so it is a folder of ours.
    cwd: dirname(script),
    env: { TZ: 'UTC' },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const open = new Map<number, PendingRender>()
  let said = ''
  process.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4_000)
  })
  process.on('message', (answer: RenderAnswer) => {
    open.get(answer.id)?.settle('email' in answer ? answer.email : failureOf(answer))
  })
  const ended = new Promise<void>((fulfil) => {
    const finish = (how: string, cause?: Error) => {
      whenGone(process)
      for (const { settle } of [...open.values()])
        settle(new Error(`The renderer process ended before this mail was ready: ${how}.`, { cause }))
      fulfil()
    }
    process.once('error', (error) => finish(error.message, error))
    process.once('close', (code, signal) => finish(signal ?? reason(said) ?? `exit code ${code}`))
  })
  return { process, open, ended }
}

/** The error of the child process, with the stack of the child. */
function failureOf({ problem, stack }: { readonly problem: string; readonly stack: string | undefined }): Error {
  return Object.assign(new Error(problem), stack === undefined ? {} : { stack })
}

/** The sentence of what a process printed as it failed, without its stack. */
function reason(said: string): string | undefined {
  return /^(?:Uncaught )?\w*Error(?: \[\w+\])?: (.+)$/m.exec(said)?.[1]
}
