import { z } from 'zod'
import type { SubscribersContext } from '../../subscribers/context.ts'
import { growthOf, maxPeriods, usualPeriods } from '../../subscribers/growth/growth.ts'
import { growthJson, growthShape } from '../../subscribers/growth/growth-json.ts'
import type { Operations } from './operation.ts'
import { unprocessable } from './problems.ts'

const countFault = `must be a number from 1 to ${maxPeriods}`

const growthQuery = z.object({
  per: z.enum(['day', 'week'], { error: 'must be day or week' }).default('day'),
  count: z.coerce
    .number({ error: countFault })
    .int(countFault)
    .min(1, countFault)
    .max(maxPeriods, countFault)
    .default(usualPeriods)
    .describe('How many days or weeks, today included'),
  digest: z.string({ error: 'must be given once' }).optional(),
  source: z.string({ error: 'must be given once' }).optional(),
})

const growthOperation = {
  id: 'getGrowth',
  call: 'GET /subscribers/growth',
  scope: 'readers',
  summary: 'Say who joined and left, by day or week, digest and sign-up source',
  query: growthQuery,
  answers: { 200: { description: 'The numbers; they may be seconds late', shape: growthShape } },
} as const

/** How the number of readers grows. */
export function addGrowth(operations: Operations, subscribers: SubscribersContext): void {
  operations.add(growthOperation, async (request, response) => {
    // An empty parameter counts as absent, as with the other lists.
    const given = Object.entries(request.query).filter(([, value]) => value !== '')
    // Only digits: `1e2` is a number too.
    if (given.some(([name, value]) => name === 'count' && !/^\d+$/.test(String(value)))) return unprocessable(response, 'count', countFault)
    const reading = growthQuery.safeParse(Object.fromEntries(given))
    if (!reading.success) {
      const [issue] = reading.error.issues
      return unprocessable(response, String(issue?.path[0] ?? 'query'), issue?.message ?? 'is not valid')
    }
    const { per, count, digest, source } = reading.data
    const growth = await growthOf(subscribers, { per, count, ...(digest ? { digest } : {}), ...(source ? { source } : {}) })
    response.json(growthJson(per, growth))
  })
}
