import { expect, test } from 'vitest'
import { migrations } from '../../src/app/core.ts'
import { readAudience, readReader } from '../../src/digests/audience/audience-store.ts'
import { openTestDatabase } from '../support/databases.ts'
import { planned } from '../support/plans.ts'

test('a step of freezing reads its readers from an index without sorting', async () => {
  await using world = await openTestDatabase('sqlite', migrations)
  const { queries, steps } = planned(world.database)
  await readAudience(queries, 'weekly', '', 250)
  await readReader(queries, 'weekly', 'ada@example.org')
  expect([...steps].filter((step) => !step.startsWith('SEARCH'))).toEqual([])
  expect(steps.size).toBeGreaterThan(2)
})
