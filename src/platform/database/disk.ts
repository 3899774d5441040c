import { close, fdatasync, open } from 'node:fs'
import { promisify } from 'node:util'

const [openFile, syncData, closeFile] = [promisify(open), promisify(fdatasync), promisify(close)]

/** Brings what was written to a file to the disk, on the thread pool: the event loop does not wait for a disk. */
export interface Disk {
  /** Resolves when all that was written before the call is on the disk. Rejects where the disk did not take it. */
  reached(): Promise<void>
  /** Waits for what is under way. */
  close(): Promise<void>
}

/** `file` need not be there before the first call of `reached`. One sync serves all who asked before it began. */
export function openLogSync(file: string): Disk {
  let descriptor: number | undefined
  let underWay: Promise<void> | undefined
  let next: Promise<void> | undefined

  async function sync(): Promise<void> {
    descriptor ??= await openFile(file, 'r+')
    await syncData(descriptor)
  }

  function startSync(): Promise<void> {
    underWay = sync().finally(() => {
      underWay = undefined
    })
    return underWay
  }

  function follow(): Promise<void> {
    next = undefined
    return startSync()
  }

  return {
    // What is under way may have begun before the last write: only the next one is sure to bring it.
    reached() {
      if (!underWay) return startSync()
      next ??= underWay.then(follow, follow)
      return next
    },
    async close() {
      await (next ?? underWay)?.catch(() => undefined)
      if (descriptor !== undefined) await closeFile(descriptor)
    },
  }
}
