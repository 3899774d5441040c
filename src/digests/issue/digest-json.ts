import { z } from 'zod'
import { count, instant, type Json } from '../../platform/json-shape.ts'
import type { DigestsContext } from '../context.ts'
import { nextSlot } from '../schedule/slots.ts'
import { isNextHeld } from './hold-next.ts'
import { issueJson, issueShape } from './issue-json.ts'
import { lastIssueOf } from './issues.ts'

export const digestShape = z.object({
  name: z.string(),
  title: z.string(),
  schedule: z.string().describe('A cron expression, or on_publish'),
  topics: z.array(z.string()).describe('Empty: articles of all topics'),
  next_slot: instant.nullable(),
  next_held: z.boolean().describe('An operator holds the next scheduled issue'),
  last_issue: issueShape.nullable(),
  readers: count.describe('Confirmed subscriptions'),
})

/** All digests of publication.yaml. `readers` has the number of confirmed subscriptions by digest. */
export async function digestsJson(context: DigestsContext, readers: ReadonlyMap<string, number>): Promise<Json<typeof digestShape>[]> {
  const { digests, timezone } = context.publication()
  return Promise.all(
    [...digests.values()].map(async (definition) => {
      const { name, title, schedule, topics } = definition
      const last = await lastIssueOf(context, name)
      return {
        name,
        title,
        schedule: schedule.kind === 'cron' ? schedule.expression : 'on_publish',
        topics,
        next_slot: nextSlot(definition, timezone, context.clock.now())?.toISOString() ?? null,
        next_held: await isNextHeld(context, name),
        last_issue: last ? issueJson(last) : null,
        readers: readers.get(name) ?? 0,
      }
    }),
  )
}
