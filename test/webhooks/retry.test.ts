import { expect, test } from 'vitest'
import { type FailedAttempt, nextAttemptAt, readRetryAfter } from '../../src/webhooks/retry.ts'

const now = new Date('2026-11-23T08:00:00Z')
const hour = 3_600_000

function waitOf(attempt: Partial<FailedAttempt>): number | undefined {
  const at = nextAttemptAt({ tries: 1, beganAt: now, now, retryAfterMs: undefined, chance: 0.5, ...attempt })
  return at && at.getTime() - now.getTime()
}

test('pauses grow, and differ by chance within a tenth', () => {
  const waits = Array.from({ length: 10 }, (_, index) => waitOf({ tries: index + 1 }) ?? 0)
  expect(waits).toEqual([...waits].sort((a, b) => a - b))
  expect(waits[0]).toBe(5_000)
  expect([waitOf({ tries: 5, chance: 0 }), waitOf({ tries: 5, chance: 1 })]).toEqual([6_480_000, 7_920_000])
  expect(waitOf({ tries: 11 })).toBeUndefined()
})

test('a receiver may ask for a longer pause, never for a shorter one, and not beyond three days', () => {
  expect(waitOf({ retryAfterMs: hour })).toBe(hour)
  expect(waitOf({ tries: 5, retryAfterMs: 1_000 })).toBe(2 * hour)
  expect(waitOf({ retryAfterMs: 9_999_999_999_000 })).toBe(72 * hour)
  expect(waitOf({ beganAt: new Date(now.getTime() - 72 * hour), retryAfterMs: hour })).toBeUndefined()
})

test.each([
  ['120', 120_000],
  [' 0 ', 0],
  ['Mon, 23 Nov 2026 09:00:00 GMT', hour],
  ['Mon, 23 Nov 2026 07:00:00 GMT', 0],
  ['Mon, 99 Nov 2026 09:00:00 GMT', undefined],
  ['soon', undefined],
  ['-5', undefined],
  [undefined, undefined],
])('Retry-After %s is %s ms', (value, expected) => {
  expect(readRetryAfter(value, now)).toBe(expected)
})
