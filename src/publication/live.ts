import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { FSWatcher } from 'chokidar'
import { type Log, logError } from '../platform/log.ts'
import type { Publication } from './publication.ts'
import { describeProblem, type PublicationReading, publicationFileName, type ReadPublication } from './read.ts'

/** Follows `publication.yaml`. An edit with errors is logged, and the last good version stays in service. */
export interface LivePublication {
  current(): Publication
  /** Listeners run one at a time, in the order they were added. */
  onChange(listener: (publication: Publication) => Promise<void>): void
  /** Starts watching. Resolves once changes are noticed, after a reload that covers changes made before. */
  watch(): Promise<void>
  close(): Promise<void>
}

/** Editors save in several steps. After this pause the file is complete. */
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
      // A checkout removes files for a moment. That must not drop all digests and the sender.
      log.error(`${publicationFileName} was removed; the last good version stays in service`)
      return
    }
    if (isDeepStrictEqual(reading.publication, current)) return
    current = reading.publication
    isWritten = reading.isWritten
    log.info(`${publicationFileName} was reloaded`)
    for (const listener of listeners) await listener(current)
  }

  function reloadSoon(): void {
    clearTimeout(timer)
    timer = setTimeout(() => {
      reload().catch((error: Error) => logError(log, error, `reloading ${publicationFileName} failed`))
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
      opened.on('error', (error) =>
        logError(log, error, `watching ${publicationFileName} failed; changes may go unnoticed until the next start`),
      )
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
