import { describe, expect, test } from 'vitest'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { pauseIssue, resumeIssue } from '../../../src/digests/issue/issue-actions.ts'
import { liveIssueJson, progressOf } from '../../../src/digests/issue/progress.ts'
import { continueIssues } from '../../../src/digests/schedule/run-due.ts'
import { articleText } from '../../support/content.ts'
import type { Engine } from '../../support/databases.ts'
import { countedTwice } from '../../support/outbox.ts'
import { insertReaders } from '../../support/readers.ts'
import { prune, startWorld } from '../../support/world.ts'

const readers = 40

describe.each<Engine>(['sqlite', 'postgres'])('the progress of an issue on %s', (engine) => {
  test('counts add up to the audience, and rate and time left follow the deliveries of the last minute', async () => {
    const enough = Promise.withResolvers<void>()
    let heard = 0
    const onMessage = () => {
      if (++heard === 20) enough.resolve()
      return undefined
    }
    await using world = await startWorld({ engine, articles: { 'one.md': articleText() }, receiver: { onMessage } })
    const { digests, sender, database } = world.app
    await insertReaders(database, readers)
    const weekly = world.app.publication.current().digests.get('weekly')
    if (!weekly) throw new Error('there is no weekly')
    const created = await createIssue(digests, weekly, {})
    if (created.status !== 'created') throw new Error(created.status)
    const { id } = created.issue
    const progress = async () => {
      const [one] = await progressOf(digests, [id, 'unknown'])
      if (!one) throw new Error('the issue is gone')
      return one
    }
    expect(await progress()).toMatchObject({ state: 'preparing', audience: undefined, perSecond: undefined, leftSeconds: undefined })

    world.clock.set('2026-11-20T09:00:10Z')
    await continueIssues(digests)
    await enough.promise
    await pauseIssue(digests, id)
    await sender.drain()
    expect(await progress()).toMatchObject({ state: 'paused', audience: readers, perSecond: undefined, leftSeconds: undefined })

    await resumeIssue(digests, id)
    world.clock.set('2026-11-20T09:00:20Z')
    const { counts, perSecond = 0, leftSeconds } = await progress()
    expect(perSecond).toBeGreaterThan(0)
    if (counts.queued > 0) expect(leftSeconds).toBeGreaterThan(0)
    await sender.drain()
    const finished = await progress()
    expect(liveIssueJson(finished)).toEqual({
      id,
      state: 'finished',
      counts: { audience: readers, queued: 0, handing_over: 0, sent: readers, failed: 0, cancelled: 0, skipped: 0, uncertain: 0 },
      rate: null,
      left_seconds: null,
    })

    const { counters, rows } = await countedTwice(database)
    expect(counters).toEqual(rows)
    await prune(world)
    expect((await countedTwice(database)).counters).toEqual(rows)
  })
})
