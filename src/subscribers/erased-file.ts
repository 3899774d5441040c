import { appendFileSync, closeSync, fsyncSync, openSync, readFileSync } from 'node:fs'

/** In DATA_DIR. */
export const erasedFileName = 'erased'

/** An erasure as it is noted beside the database. */
export interface Erasure {
  /** The keyed hash of the address. */
  readonly addressHash: string
  readonly at: Date
}

const hashShape = /^[\w-]{43}$/

/** Appends a line for each, `TIME HASH`, and syncs them to disk. */
export function appendErasures(file: string, erasures: readonly Erasure[]): void {
  const lines = erasures.filter(isErasure).map(({ addressHash, at }) => `${at.toISOString()} ${addressHash}\n`)
  if (lines.length === 0) return
  const handle = openSync(file, 'a', 0o600)
  try {
    appendFileSync(handle, lines.join(''))
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
    const erasure = { addressHash, at: new Date(time) }
    return isErasure(erasure) ? [erasure] : []
  })
}

function isErasure({ addressHash, at }: Erasure): boolean {
  return hashShape.test(addressHash) && !Number.isNaN(at.getTime())
}
