import { fstatSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { DestinationStream } from 'pino'

/** Enough for some thousand lines, while the reader of the log is slow. */
const maxWaitingBytes = 1024 * 1024
const retryMs = 50

/**
 * Standard error as a stream whose writes never block the process. Undefined if it is a file or a terminal, which do not stand still.
 * A pipe takes each line at once while it has room. Lines beyond 1 MB of backlog are dropped.
 * `onCaughtUp` gets their number once the backlog is written.
 */
export function openErrorStream(onCaughtUp: (dropped: number) => void): DestinationStream | undefined {
  const kind = fstatSync(2)
  if (!kind.isFIFO() && !kind.isSocket()) return undefined
  // Makes the descriptor non-blocking. Its own writes are not used: one that waits would keep the process from ending.
  new Socket({ fd: 2, readable: false, writable: true }).unref()
  return new Backlog(onCaughtUp)
}

class Backlog implements DestinationStream {
  readonly #onCaughtUp: (dropped: number) => void
  /** Chunks that the pipe has not taken yet. */
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #dropped = 0
  #timer: NodeJS.Timeout | undefined
  /** False once the reader is gone: there is nobody to tell. */
  #isOpen = true

  constructor(onCaughtUp: (dropped: number) => void) {
    this.#onCaughtUp = onCaughtUp
    process.once('exit', () => this.#writeWaiting())
  }

  write(line: string): void {
    if (!this.#isOpen) return
    if (this.#waitingBytes >= maxWaitingBytes) {
      this.#dropped++
      return
    }
    const bytes = Buffer.from(line)
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    if (!this.#timer) this.#writeWaiting()
  }

  #writeWaiting(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    while (this.#isOpen && this.#waitingBytes > 0) {
      const chunk = Buffer.concat(this.#waiting)
      const written = this.#tryWrite(chunk)
      this.#waiting = written < chunk.length ? [chunk.subarray(written)] : []
      this.#waitingBytes -= written
      if (written === 0) break
    }
    if (!this.#isOpen) return
    if (this.#waitingBytes > 0) {
      this.#timer = setTimeout(() => this.#writeWaiting(), retryMs).unref()
    } else if (this.#dropped > 0) {
      const dropped = this.#dropped
      this.#dropped = 0
      this.#onCaughtUp(dropped)
    }
  }

  #tryWrite(chunk: Buffer): number {
    try {
      return writeSync(2, chunk)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') this.#isOpen = false
      return 0
    }
  }
}
