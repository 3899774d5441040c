import { readFileSync, realpathSync, statSync } from 'node:fs'
import { isFileError, isInside } from './folder.ts'

/** The text of a file whose real path is inside `folder`. Undefined if it is missing, outside or larger than `maxBytes`. */
export function readInside(folder: string, file: string, maxBytes: number): string | undefined {
  try {
    const real = realpathSync(file)
    if (!isInside(realpathSync(folder), real)) return undefined
    const stats = statSync(real)
    return stats.isFile() && stats.size <= maxBytes ? readFileSync(real, 'utf8') : undefined
  } catch (error) {
    if (isFileError(error)) return undefined
    throw error
  }
}
