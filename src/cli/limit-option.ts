import { Misuse } from '../platform/start-failure.ts'

/** The value of `--limit`. */
export function readLimit(text: string): number {
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) throw new Misuse(['--limit: must be a number from 1 to 1000'])
  return limit
}
