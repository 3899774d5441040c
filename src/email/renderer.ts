import { type ChildProcess, fork } from 'node:child_process'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Email, EmailRequest } from './email.ts'
import type { RenderAnswer, RenderRequest } from './render-messages.ts'

/** Renders emails in a child process, whose end frees the memory that MJML takes. */
export interface Renderer extends AsyncDisposable {
  /** Process id of the child; undefined before the first email, after `close` and after the idle time. */
  readonly pid: number | undefined
  /**
   * Renders one email. Rejects with an Error of one sentence: `templates/email/digest.mjml:12: …` for a fault in a template,
   * else what happened to the process. The next call works again.
   */
  render(request: EmailRequest): Promise<Email>
  /** Ends the child process. Rejects emails that are not ready. */
  close(): Promise<void>
}

export interface RendererLimits {
  /** Time limit of one email, including the start of the process. */
  readonly renderMs: number
  /** Idle time after which the child process ends. A start costs about half a second. */
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

/** A renderer for the templates in `templatesFolder/email`. Starts the child process with the first email. */
export function startRenderer(templatesFolder: string, limits: RendererLimits = usualLimits): Renderer {
  const folder = resolve(templatesFolder)
  let child: Child | undefined
  let lastId = 0
  let isClosed = false
  let idleTimer: NodeJS.Timeout | undefined

  const end = (): Promise<void> => {
    clearTimeout(idleTimer)
    const ending = child
    child = undefined
    ending?.process.kill('SIGKILL')
    return ending?.ended ?? Promise.resolve()
  }

  const render = (request: EmailRequest): Promise<Email> => {
    if (isClosed) return Promise.reject(new Error('The email renderer is closed.'))
    clearTimeout(idleTimer)
    child ??= startChild((gone) => {
      if (child?.process === gone) child = undefined
    })
    const { process, open } = child
    const id = ++lastId
    return new Promise((fulfil, reject) => {
      const timeout = setTimeout(() => {
        open.get(id)?.settle(new Error(`Rendering the ${request.template} email took longer than ${limits.renderMs / 1000} s.`))
        if (child?.process === process) void end()
        else process.kill('SIGKILL')
      }, limits.renderMs)
      open.set(id, {
        settle(answer) {
          clearTimeout(timeout)
          open.delete(id)
          if (child?.process === process && open.size === 0) idleTimer = setTimeout(() => void end(), limits.restMs).unref()
          if (answer instanceof Error) reject(answer)
          else fulfil(answer)
        },
      })
      process.send({ id, templatesFolder: folder, request } satisfies RenderRequest, (error) => {
        if (error)
          open.get(id)?.settle(new Error(`The email could not be passed to the renderer process: ${error.message}`, { cause: error }))
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
    // MJML loads modules that `.mjmlconfig` in its working directory names, so the directory must be a trusted one.
    cwd: dirname(script),
    env: { TZ: 'UTC' },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const open = new Map<number, PendingRender>()
  let stderr = ''
  process.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4_000)
  })
  process.on('message', (answer: RenderAnswer) => {
    open.get(answer.id)?.settle('email' in answer ? answer.email : failureOf(answer))
  })
  const ended = new Promise<void>((fulfil) => {
    const finish = (how: string, cause?: Error) => {
      whenGone(process)
      for (const { settle } of [...open.values()])
        settle(new Error(`The renderer process ended before the email was ready: ${how}.`, { cause }))
      fulfil()
    }
    process.once('error', (error) => finish(error.message, error))
    process.once('close', (code, signal) => finish(signal ?? reason(stderr) ?? `exit code ${code}`))
  })
  return { process, open, ended }
}

/** Keeps the stack of the child process, which shows the place of the fault. */
function failureOf({ problem, stack }: { readonly problem: string; readonly stack: string | undefined }): Error {
  return Object.assign(new Error(problem), stack === undefined ? {} : { stack })
}

/** The error message in the stderr output of a process, without the stack. */
function reason(stderr: string): string | undefined {
  return /^(?:Uncaught )?\w*Error(?: \[\w+\])?: (.+)$/m.exec(stderr)?.[1]
}
