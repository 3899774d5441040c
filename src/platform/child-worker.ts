import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { dirname } from 'node:path'

/** Work in a child process, whose end frees its memory. It starts with the first request and ends after an idle time. */
export interface ChildWorker<Request, Answer> extends AsyncDisposable {
  /** Process id of the child; undefined before the first request, after `close` and after the idle time. */
  readonly pid: number | undefined
  /**
   * Rejects with an Error of one sentence about what happened to the process. The next call works again. `body` goes to the standard input
   * of the child as it is: a message of 5 MB would be copied four times on its way through the channel.
   */
  ask(request: Request, body?: readonly Uint8Array[]): Promise<Answer>
  /** Ends the child process. Rejects requests without an answer. */
  close(): Promise<void>
}

export interface ChildWorkerSettings<Request> {
  /** Path of the module that the child runs. It gets a WorkerRequest as message, and sends a WorkerAnswer for each. */
  readonly script: string
  /** Time limit of one request, including the start of the process. */
  readonly answerMs: number
  /** Idle time after which the child process ends. */
  readonly restMs: number
  readonly execArgv?: readonly string[]
  /** Sentences of the errors. `unsent` and `ended` go on with a colon and the cause. */
  readonly messages: {
    readonly closed: string
    readonly late: (request: Request) => string
    readonly unsent: string
    readonly ended: string
  }
}

export interface WorkerRequest<Request> {
  readonly id: number
  readonly request: Request
  /** Bytes of the body, which follows on standard input. */
  readonly bodyBytes: number
}

export type WorkerAnswer<Answer> =
  | { readonly id: number; readonly answer: Answer }
  | { readonly id: number; readonly problem: string; readonly stack: string | undefined }

interface Child {
  readonly process: ChildProcess
  /** Request id → how to settle it. */
  readonly open: Map<number, (answer: unknown) => void>
  readonly ended: Promise<void>
}

export function startChildWorker<Request, Answer>(options: ChildWorkerSettings<Request>): ChildWorker<Request, Answer> {
  const { answerMs, restMs, messages } = options
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

  const ask = (request: Request, body: readonly Uint8Array[] = []): Promise<Answer> => {
    if (isClosed) return Promise.reject(new Error(messages.closed))
    clearTimeout(idleTimer)
    child ??= startChild(options, (gone) => {
      if (child?.process === gone) child = undefined
    })
    const { process, open } = child
    const id = ++lastId
    return new Promise((fulfil, reject) => {
      const timeout = setTimeout(() => {
        open.get(id)?.(new Error(messages.late(request)))
        if (child?.process === process) void end()
        else process.kill('SIGKILL')
      }, answerMs)
      open.set(id, (answer) => {
        clearTimeout(timeout)
        open.delete(id)
        if (child?.process === process && open.size === 0) idleTimer = setTimeout(() => void end(), restMs).unref()
        if (answer instanceof Error) reject(answer)
        else fulfil(answer as Answer)
      })
      const bodyBytes = body.reduce((sum, { length }) => sum + length, 0)
      process.send({ id, request, bodyBytes } satisfies WorkerRequest<Request>, (error) => {
        if (error) open.get(id)?.(new Error(`${messages.unsent}: ${error.message}`, { cause: error }))
      })
      for (const chunk of body) process.stdin?.write(chunk)
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
    ask,
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Answers requests in the child process. Exits when the parent disconnects, so `kill -9` leaves no orphan. */
export function answerRequests<Request, Answer>(work: (request: Request, body: Buffer) => Promise<Answer>): void {
  let lastBody: Promise<unknown> = Promise.resolve()
  process.on('disconnect', () => process.exit(0))
  process.on('message', async ({ id, request, bodyBytes }: WorkerRequest<Request>) => {
    // Bodies come in the order of their requests.
    const body = lastBody.then(() => readBody(bodyBytes))
    lastBody = body
    let answer: WorkerAnswer<Answer>
    try {
      answer = { id, answer: await work(request, await body) }
    } catch (error) {
      answer =
        error instanceof Error ? { id, problem: error.message, stack: error.stack } : { id, problem: String(error), stack: undefined }
    }
    process.send?.(answer)
  })
}

/** The next `bytes` of standard input. */
async function readBody(bytes: number): Promise<Buffer> {
  const body = Buffer.allocUnsafe(bytes)
  for (let filled = 0; filled < bytes; ) {
    const chunk: Buffer | null = process.stdin.read()
    if (chunk === null) {
      await once(process.stdin, 'readable')
      continue
    }
    const taken = chunk.subarray(0, bytes - filled)
    body.set(taken, filled)
    filled += taken.length
    if (taken.length < chunk.length) process.stdin.unshift(chunk.subarray(taken.length))
  }
  return body
}

function startChild<Request>(
  { script, execArgv = [], messages }: ChildWorkerSettings<Request>,
  whenGone: (process: ChildProcess) => void,
): Child {
  const process = fork(script, [], {
    serialization: 'advanced',
    // MJML loads modules that `.mjmlconfig` in its working directory names, so the directory must be a trusted one.
    cwd: dirname(script),
    env: { TZ: 'UTC' },
    execArgv: [...execArgv],
    stdio: ['pipe', 'ignore', 'pipe', 'ipc'],
  })
  // A child that ends before it has read a body: its end says why.
  process.stdin?.on('error', () => {})
  const open: Child['open'] = new Map()
  let stderr = ''
  process.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4_000)
  })
  process.on('message', (answer: WorkerAnswer<unknown>) => {
    open.get(answer.id)?.('answer' in answer ? answer.answer : failureOf(answer))
  })
  const ended = new Promise<void>((fulfil) => {
    const finish = (how: string, cause?: Error) => {
      whenGone(process)
      for (const settle of [...open.values()]) settle(new Error(`${messages.ended}: ${how}.`, { cause }))
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
