import type { ImportProgress } from '../subscribers/import/report.ts'
import type { CommandContext } from './context.ts'

/** Shows the progress of an import on standard error. */
export interface ProgressLine {
  /** Passes the bytes through and counts them. */
  counted(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer>
  show(progress: ImportProgress): void
  end(): void
}

/** A terminal updates one line; a log gets a new line less often. */
const everyMs = { terminal: 250, log: 5_000 }

export function startProgress(context: CommandContext, totalBytes: number): ProgressLine {
  const { clock, isTerminal } = context
  const startedAt = clock.now().getTime()
  let readBytes = 0
  let shownAt = startedAt
  let isOpen = false
  let first: { readonly bytes: number; readonly rows: number; readonly at: number } | undefined
  return {
    async *counted(bytes) {
      for await (const chunk of bytes) {
        readBytes += chunk.length
        yield chunk
      }
    },
    show({ rows }) {
      const now = clock.now().getTime()
      // Rows skipped after an interruption do not count: they would make the rate look too high.
      first ??= { bytes: readBytes, rows, at: now }
      if (now - shownAt < (isTerminal ? everyMs.terminal : everyMs.log)) return
      shownAt = now
      const line = describeProgress({
        rows,
        rowsBefore: first.rows,
        elapsedMs: now - first.at,
        bytes: readBytes - first.bytes,
        leftBytes: totalBytes - readBytes,
      })
      context.complain(isTerminal ? `\r${line}\u001b[K` : `broadsheet: ${line}\n`)
      isOpen = isTerminal
    },
    end() {
      if (isOpen) context.complain('\n')
    },
  }
}

/** `120000 rows, 31000/s, 0:28 left`. */
function describeProgress(one: { rows: number; rowsBefore: number; elapsedMs: number; bytes: number; leftBytes: number }): string {
  const seconds = Math.max(one.elapsedMs, 1) / 1_000
  const left = one.bytes > 0 ? Math.ceil((one.leftBytes / one.bytes) * seconds) : undefined
  const time = left === undefined ? '' : `, ${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')} left`
  return `${one.rows} rows, ${Math.round((one.rows - one.rowsBefore) / seconds)}/s${time}`
}
