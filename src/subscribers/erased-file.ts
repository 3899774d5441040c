import { appendFileSync, closeSync, fsyncSync, openSync, readFileSync } from 'node:fs'

/** In DATA_DIR. */
export const erasedFileName = 'erased'

/** An erasure as it is noted beside the database. */
export interface Erasure {
  /** The keyed hash of the address. */
  readonly addressHash: string
  readonly at: Date
}

/** Appends one line, `TIME HASH`, and syncs it to disk. */
export function appendErasure(file: string, { addressHash, at }: Erasure): void {
  const handle = openSync(file, 'a', 0o600)
  try {
    appendFileSync(handle, `${at.toISOString()} ${addressHash}\n`)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** All noted erasures. Empty if the file does not exist. A line that was cut off by a crash is skipped. */
export function readErasures(file: string): Erasure[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  return text.split('\n').flatMap((line) => {
    const [time = '', addressHash = ''] = line.split(' ', 2)
    const at = new Date(time)
    return /^[\w-]{43}$/.test(addressHash) && !Number.isNaN(at.getTime()) ? [{ addressHash, at }] : []
  })
}
