import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { FSWatcher } from 'chokidar'
import { type Log, logError } from '../platform/log.ts'
import type { Publication } from './publication.ts'
import { describeProblem, type PublicationReading, publicationFileName, type ReadPublication } from './read.ts'

/** The publication as the file says now; a bad edit is reported and the last good one stays. */
export interface LivePublication {
  current(): Publication
  /** Listeners are called one after the other, each when the one before is done. */
  onChange(listener: (publication: Publication) => Promise<void>): void
  /** Begins to watch the file; resolves when every change from then on is noticed, and one before was not missed. */
  watch(): Promise<void>
  close(): Promise<void>
}

/** An editor writes a file in several steps; what is read after this pause is whole. */
const settleMs = 50

export function openPublication(first: ReadPublication, read: () => Promise<PublicationReading>, log: Log): LivePublication {
  let current = first.publication
  let isWritten = first.isWritten
  const listeners: ((publication: Publication) => Promise<void>)[] = []
  let timer: NodeJS.Timeout | undefined
  let watcher: FSWatcher | undefined
  let isClosed = false

  async function reload(): Promise<void> {
    const reading = await read()
    if (!reading.ok) {
      for (const problem of reading.problems) log.error(`${describeProblem(problem)}; the last good version stays in service`)
      return
    }
    if (isWritten && !reading.isWritten) {
      // A checkout takes files away for a moment; nobody drops all digests and the sender by that.
      log.error(`${publicationFileName} is gone; the last good version stays in service`)
      return
    }
    if (isDeepStrictEqual(reading.publication, current)) return
    current = reading.publication
    isWritten = reading.isWritten
    log.info(`${publicationFileName} was read again`)
    for (const listener of listeners) await listener(current)
  }

  function reloadSoon(): void {
    clearTimeout(timer)
    timer = setTimeout(() => {
      reload().catch((error: Error) => logError(log, error, `a change of ${publicationFileName} was not taken in`))
    }, settleMs)
  }

  return {
    current: () => current,
    onChange: (listener) => void listeners.push(listener),
    async watch() {
      const { watch } = await import('chokidar')
      if (isClosed || watcher) return
      const opened = watch(join(first.publication.contentFolder, publicationFileName), { ignoreInitial: true })
      watcher = opened
      opened.on('all', reloadSoon)
      opened.on('error', (error) => logError(log, error, `${publicationFileName} is no longer watched`))
      await new Promise<void>((resolve) => opened.once('ready', resolve))
      await reload()
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      await watcher?.close()
    },
  }
}
