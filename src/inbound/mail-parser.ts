import { fileURLToPath } from 'node:url'
import { startChildWorker } from '../platform/child-worker.ts'
import type { Part } from './mime.ts'

/** Parses mail in a child process: what strangers send must not stop or fill this one. */
export interface MailParser extends AsyncDisposable {
  /** `source`: the message in the pieces in which it came. `unreadable`: it cannot be parsed within the limits, so it is no report. Messages are parsed one at a time. Rejects if no process can be started. */
  parse(source: readonly Buffer[]): Promise<MailReading>
}

export type MailReading = { readonly status: 'read'; readonly message: Part } | { readonly status: 'unreadable'; readonly reason: string }

export interface MailParserLimits {
  /** Time limit of one message, including the start of the process. */
  readonly parseMs: number
  /** Idle time after which the child process ends. */
  readonly restMs: number
}

const script = fileURLToPath(new URL('./mail-parser-child.ts', import.meta.url))
const usualLimits: MailParserLimits = { parseMs: 10_000, restMs: 30_000 }

export function startMailParser({ parseMs, restMs }: MailParserLimits = usualLimits): MailParser {
  const worker = startChildWorker<null, Part>({
    script,
    answerMs: parseMs,
    restMs,
    // A message of 5 MB needs a tenth of it.
    execArgv: ['--max-old-space-size=192'],
    messages: {
      closed: 'The mail parser is closed.',
      late: () => `parsing it took longer than ${parseMs / 1000} s`,
      unsent: 'it could not be passed to the process that parses mail',
      ended: 'the process that parses mail ended',
    },
  })
  let last: Promise<unknown> = Promise.resolve()
  let isClosed = false

  async function parseNow(source: readonly Buffer[]): Promise<MailReading> {
    try {
      return { status: 'read', message: await worker.ask(null, source) }
    } catch (error) {
      // At a stop, or where no process can be started, the message is not at fault: its sender keeps it.
      if (isClosed || (error as Error).cause !== undefined) throw error
      return { status: 'unreadable', reason: (error as Error).message }
    }
  }

  return {
    // One at a time, so that a hostile message ends with its own process and not with the parsing of another.
    parse(source) {
      const parsed = last.then(() => parseNow(source))
      last = parsed.catch(() => undefined)
      return parsed
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      await worker.close()
    },
  }
}
