import { readFileSync, realpathSync, statSync } from 'node:fs'
import { isFileError, isInside } from './folder.ts'

/** The text of a small file that, all links followed, lies inside `folder`; `undefined` where there is none such. */
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
