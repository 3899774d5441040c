import fc from 'fast-check'
import { expect, test } from 'vitest'
import { acceptedMore, firstThrottle, isPaused, refusedAgain, shareOf, type Throttle } from '../../../src/outbox/sender/domain-throttle.ts'

const monday = Date.parse('2026-11-23T08:00:00Z')
const throttle = (atOnce: number): Throttle => ({ ...firstThrottle(2, monday), atOnce })

test('the shares of all senders never add up to more than the limit, and each sender has a turn', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 16 }), fc.nat(1_000_000), (atOnce, senders, after) => {
      const sharesAt = (now: number) => Array.from({ length: senders }, (_, rank) => shareOf(throttle(atOnce), { senders, rank }, now))
      const sum = (shares: readonly number[]) => shares.reduce((total, share) => total + share, 0)
      expect(sum(sharesAt(monday + after))).toBeLessThanOrEqual(atOnce)
      const rounds = Array.from({ length: senders }, (_, round) => sharesAt(monday + round * 10_000))
      for (const shares of rounds) expect(sum(shares)).toBe(atOnce)
      for (let rank = 0; rank < senders; rank++) expect(Math.max(...rounds.map((shares) => shares[rank] ?? 0))).toBeGreaterThan(0)
    }),
  )
})

test('between two turns nobody has what cannot be divided, so that what is under way ends first', () => {
  const of = (now: number) => [0, 1].map((rank) => shareOf(throttle(1), { senders: 2, rank }, now))
  expect([of(monday), of(monday + 9_500), of(monday + 10_000)]).toEqual([
    [1, 0],
    [0, 0],
    [0, 1],
  ])
})

test('refusals of one pause count once; the next one halves the limit and doubles the pause', () => {
  const first = firstThrottle(9, monday)
  expect(first).toMatchObject({ atOnce: 4, pauseMs: 5_000 })
  expect(refusedAgain(first, monday + 4_999)).toBe(first)
  expect(refusedAgain(first, monday + 5_000)).toMatchObject({ atOnce: 2, pauseMs: 10_000, pauseUntil: monday + 15_000 })
})

test('a limit grows by one at a time, however many were accepted, and is lifted where it says nothing any more', () => {
  expect(acceptedMore(throttle(4), 3, 16)).toMatchObject({ atOnce: 4, accepted: 3 })
  expect(acceptedMore(throttle(4), 100, 16)).toMatchObject({ atOnce: 5, accepted: 0 })
  expect(acceptedMore(throttle(15), 15, 16)).toBeUndefined()
})

test('a pause holds where the clock of another process is some seconds ahead, and not where a clock was set back by an hour', () => {
  const first = firstThrottle(9, monday)
  expect([monday - 4_000, monday, monday + 5_000, monday - 3_600_000].map((now) => isPaused(first, now))).toEqual([
    true,
    true,
    false,
    false,
  ])
})
