import { expect, test } from 'vitest'
import { abuse } from './abuse.ts'

// The short form of `npm run abuse`, which also holds the memory to a ratio: that needs a minute to settle.
test('under everything at once, feeds stay whole, an issue arrives whole, and nothing grows beyond its limit', {
  timeout: 120_000,
}, async () => {
  const { counts, healthz, feeds, issue, databaseMb, metricsKb } = await abuse(10, 60)
  for (const [kind, count] of Object.entries(counts)) if (kind !== 'slow') expect([kind, count > 0]).toEqual([kind, true])
  expect(feeds).toEqual({ whole: expect.any(Number), broken: 0 })
  expect(feeds.whole).toBeGreaterThan(0)
  expect(issue).toEqual({ readers: 60, whole: 60, twice: 0 })
  // Without the limits one mail or one file stopped the process for ten seconds and more.
  expect(healthz.longest).toBeLessThan(5_000)
  expect(databaseMb).toBeLessThan(50)
  expect(metricsKb).toBeLessThan(256)
})
