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
  /** Reads the file again, also where no event came. False if it cannot be used or is gone: the folder may be unmounted. */
  lookAgain(): Promise<boolean>
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
  let reported: ReadonlySet<string> = new Set()
  let last: Promise<unknown> = Promise.resolve()

  /** One after the other, so that an older reading never replaces a newer one. */
  function reload(): Promise<boolean> {
    const turn = last.then(reloadNow, reloadNow)
    last = turn
    return turn
  }

  async function reloadNow(): Promise<boolean> {
    const reading = await read()
    const faults = reading.ok
      ? // A checkout removes files for a moment. That must not drop all digests and the sender.
        isWritten && !reading.isWritten
        ? [`${publicationFileName} was removed`]
        : []
      : reading.problems.map(describeProblem)
    // Looking again every minute must not say the same every minute.
    const fresh = faults.filter((fault) => !reported.has(fault))
    reported = new Set(faults)
    for (const fault of fresh) log.error(`${fault}; the last good version stays in service`)
    if (!reading.ok || faults.length > 0) return false
    if (isDeepStrictEqual(reading.publication, current)) return true
    const isMoved = reading.publication.contentFolder !== current.contentFolder
    current = reading.publication
    isWritten = reading.isWritten
    log.info(`${publicationFileName} was reloaded`)
    for (const listener of listeners) await listener(current)
    if (isMoved && watcher) await openWatcher()
    return true
  }

  async function openWatcher(): Promise<void> {
    const { watch } = await import('chokidar')
    if (isClosed) return
    const before = watcher
    const opened = watch(join(current.contentFolder, publicationFileName), { ignoreInitial: true })
    watcher = opened
    opened.on('all', reloadSoon)
    opened.on('error', (error) =>
      logError(log, error, `watching ${publicationFileName} failed; changes may go unnoticed until the next start`),
    )
    await before?.close()
    await new Promise<void>((resolve) => opened.once('ready', resolve))
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
    lookAgain: reload,
    async watch() {
      if (isClosed || watcher) return
      await openWatcher()
      await reload()
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      await watcher?.close()
    },
  }
}
