import { createHash, timingSafeEqual } from 'node:crypto'

/** Compared in the same time whatever was given. */
export function isSecret(expected: string, given: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(expected), digest(given))
}
