import { z } from 'zod'
import { count, type Json } from '../../platform/json-shape.ts'
import type { Growth, GrowthPart } from './growth.ts'

const numbers = { joined: count, left: count, net: z.int() }

export const growthShape = z.object({
  per: z.enum(['day', 'week']),
  ...numbers,
  periods: z.array(z.object({ from: z.string().describe('Its first day, in UTC'), ...numbers })),
  by_digest: z.array(z.object({ digest: z.string(), ...numbers })),
  by_source: z.array(z.object({ source: z.string(), ...numbers })),
})

/** Growth as JSON, for the API and the command line. */
export function growthJson(per: 'day' | 'week', { joined, left, net, periods, byDigest, bySource }: Growth): Json<typeof growthShape> {
  const numbersOf = (one: GrowthPart) => ({ joined: one.joined, left: one.left, net: one.net })
  return {
    per,
    joined,
    left,
    net,
    periods,
    by_digest: byDigest.map((one) => ({ digest: one.name, ...numbersOf(one) })),
    by_source: bySource.map((one) => ({ source: one.name, ...numbersOf(one) })),
  }
}
