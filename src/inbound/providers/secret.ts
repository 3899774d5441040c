import { createHash, timingSafeEqual } from 'node:crypto'

/** Compares in constant time. */
export function isSecret(expected: string, given: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(expected), digest(given))
}
