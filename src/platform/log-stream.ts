import { fstatSync } from 'node:fs'
import { Socket } from 'node:net'
import type { DestinationStream } from 'pino'

/** Enough for some thousand lines, while the reader of the log is slow. */
const maxWaitingBytes = 1024 * 1024

/**
 * Standard error as a stream whose writes never block the process. Undefined if it is a file or a terminal, which do not stand still.
 * A pipe takes each line at once while it has room. Lines beyond 1 MB of backlog are dropped.
 * `onCaughtUp` gets their number once the backlog is written.
 */
export function openErrorStream(onCaughtUp: (dropped: number) => void): DestinationStream | undefined {
  const kind = fstatSync(2)
  if (!kind.isFIFO() && !kind.isSocket()) return undefined
  // Not process.stderr: that one is shared with code that expects each write to arrive before it returns.
  const socket = new Socket({ fd: 2, readable: false, writable: true })
  socket.unref()
  let dropped = 0
  let isOpen = true
  // Without a reader there is nobody to tell.
  socket.on('error', () => {
    isOpen = false
  })
  socket.on('drain', () => {
    if (dropped === 0) return
    const missed = dropped
    dropped = 0
    onCaughtUp(missed)
  })
  return {
    write(line) {
      if (!isOpen) return
      if (socket.writableLength >= maxWaitingBytes) dropped++
      else socket.write(line)
    },
  }
}
