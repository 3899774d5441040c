import { close, fdatasync, open } from 'node:fs'
import { promisify } from 'node:util'

const [openFile, syncData, closeFile] = [promisify(open), promisify(fdatasync), promisify(close)]

/** Syncs written data to disk on the thread pool, so that the event loop never waits for the disk. */
export interface Disk {
  /** Resolves when all data written before the call is on disk. Rejects if the sync fails. */
  reached(): Promise<void>
  /** Waits for the sync in progress. */
  close(): Promise<void>
}

/** `file` need not exist before the first call of `reached`. One sync serves all callers that asked before it began. */
export function openLogSync(file: string): Disk {
  let descriptor: number | undefined
  let current: Promise<void> | undefined
  let next: Promise<void> | undefined

  async function sync(): Promise<void> {
    descriptor ??= await openFile(file, 'r+')
    await syncData(descriptor)
  }

  function startSync(): Promise<void> {
    current = sync().finally(() => {
      current = undefined
    })
    return current
  }

  function startNext(): Promise<void> {
    next = undefined
    return startSync()
  }

  return {
    // The current sync may have begun before the last write, so only the next one covers it.
    reached() {
      if (!current) return startSync()
      next ??= current.then(startNext, startNext)
      return next
    },
    async close() {
      await (next ?? current)?.catch(() => undefined)
      if (descriptor !== undefined) await closeFile(descriptor)
    },
  }
}
