import { describe, expect, test } from 'vitest'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { cancelIssue, decideUncertain, pauseIssue, resumeIssue, retryFailed } from '../../../src/digests/issue/issue-actions.ts'
import { findIssue } from '../../../src/digests/issue/issues.ts'
import { continueIssues } from '../../../src/digests/schedule/run-due.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { articleText } from '../../support/content.ts'
import type { Engine } from '../../support/databases.ts'
import { insertReaders } from '../../support/readers.ts'
import { startWorld, type World } from '../../support/world.ts'

const readers = 60

async function createWeekly(world: World): Promise<string> {
  const definition = world.app.publication.current().digests.get('weekly')
  if (!definition) throw new Error('there is no weekly')
  const created = await createIssue(world.app.digests, definition, {})
  if (created.status !== 'created') throw new Error(created.status)
  return created.issue.id
}

async function progress(world: World, id: string) {
  const found = await findIssue(world.app.digests, id)
  if (!found) throw new Error('the issue is gone')
  const { queued, handing_over, sent, failed, cancelled, skipped, uncertain } = found.counts
  expect(queued + handing_over + sent + failed + cancelled + skipped + uncertain).toBe(readers)
  return { state: found.issue.state, ...found.counts }
}

describe.each<Engine>(['sqlite', 'postgres'])('issue actions on %s', (engine) => {
  const articles = { 'one.md': articleText() }

  test('nothing is handed over after a pause returns; a resumed issue reaches every remaining reader once', async () => {
    let heard = 0
    const some = Promise.withResolvers<void>()
    const onMessage = () => {
      if (++heard === 10) some.resolve()
      return undefined
    }
    await using world = await startWorld({ engine, articles, receiver: { onMessage } })
    const { digests, sender } = world.app
    await insertReaders(world.app.database, readers)
    const id = await createWeekly(world)
    await continueIssues(digests)
    await some.promise
    expect(await pauseIssue(digests, id)).toMatchObject({
      status: 'done',
      issue: { state: 'paused', pauseReason: 'paused by the operator' },
    })
    const { sent, handing_over } = await progress(world, id)
    await sender.drain()
    const paused = await progress(world, id)
    expect(paused).toMatchObject({ state: 'paused', handing_over: 0 })
    expect(paused.sent).toBeLessThanOrEqual(sent + handing_over)
    expect(paused.queued).toBeGreaterThan(0)
    expect(await pauseIssue(digests, id)).toMatchObject({ status: 'refused', reason: 'issue 1 is paused: there is nothing to pause' })
    expect(await resumeIssue(digests, id)).toMatchObject({ status: 'done', issue: { state: 'sending' } })
    await sender.drain()
    expect(await progress(world, id)).toMatchObject({ state: 'finished', sent: readers })
    expect(new Set(world.receiver.received.map(({ to }) => to)).size).toBe(readers)
    expect(world.receiver.received).toHaveLength(readers)
  })

  test('an issue paused during freezing continues freezing when resumed', async () => {
    await using world = await startWorld({ engine, articles })
    const { digests, sender } = world.app
    await insertReaders(world.app.database, readers)
    const id = await createWeekly(world)
    await pauseIssue(digests, id)
    await continueIssues(digests)
    expect((await findIssue(digests, id))?.counts).toMatchObject({ queued: 0 })
    expect(await resumeIssue(digests, id)).toMatchObject({ issue: { state: 'preparing' } })
    await continueIssues(digests)
    await sender.drain()
    expect(await progress(world, id)).toMatchObject({ state: 'finished', sent: readers })
  })

  test('a cancelled issue sends nothing more and records the outcome for each reader', async () => {
    const some = Promise.withResolvers<void>()
    await using world = await startWorld({ engine, articles, receiver: { onMessage: () => void some.resolve() } })
    const { digests, sender } = world.app
    await insertReaders(world.app.database, readers)
    const id = await createWeekly(world)
    await continueIssues(digests)
    await some.promise
    await cancelIssue(digests, id)
    await sender.drain()
    const { state, queued, sent, cancelled } = await progress(world, id)
    expect({ state, queued, all: sent + cancelled }).toEqual({ state: 'cancelled', queued: 0, all: readers })
    expect(cancelled).toBeGreaterThan(0)
    expect(world.receiver.received).toHaveLength(sent)
    for (const verb of [pauseIssue, resumeIssue, cancelIssue, retryFailed]) {
      expect(await verb(digests, id)).toMatchObject({ status: 'refused' })
    }
  })

  test('a retry sends the failed deliveries and no others', async () => {
    let isFull = true
    const onRecipient = (to: string) => (isFull && /[05]@/.test(to) ? '552 5.2.2 mailbox full' : undefined)
    await using world = await startWorld({ engine, articles, receiver: { onRecipient } })
    const { digests, sender } = world.app
    await insertReaders(world.app.database, readers)
    const id = await createWeekly(world)
    await continueIssues(digests)
    await sender.drain()
    expect(await progress(world, id)).toMatchObject({ state: 'finished', failed: 12, sent: 48 })
    isFull = false
    expect(await retryFailed(digests, id)).toMatchObject({ issue: { state: 'sending' } })
    await sender.drain()
    expect(await progress(world, id)).toMatchObject({ state: 'finished', failed: 0, sent: readers })
    expect(world.receiver.received).toHaveLength(readers)
    expect(await retryFailed(digests, id)).toMatchObject({ status: 'refused', reason: 'issue 1 is finished: there is nothing to retry' })
  })

  test('uncertain deliveries are resent with the same Message-ID or left, as the operator decides', async () => {
    await using world = await startWorld({ engine, articles })
    const { digests, sender, database } = world.app
    await insertReaders(database, readers)
    const id = await createWeekly(world)
    await continueIssues(digests)
    await sender.drain()
    const makeUncertain = (address: string) => database.run(sql`UPDATE deliveries SET state = 'uncertain' WHERE address = ${address}`)
    await makeUncertain('reader1@example.org')
    await decideUncertain(digests, id, 'let_be')
    await makeUncertain('reader2@example.org')
    await decideUncertain(digests, id, 'resend')
    for (const action of ['let_be', 'resend'] as const)
      expect(await decideUncertain(digests, id, action), action).toMatchObject({
        status: 'refused',
        reason: expect.stringMatching(/there is nothing to (let be|resend)$/),
      })
    await sender.drain()
    expect(await progress(world, id)).toMatchObject({ state: 'finished', uncertain: 1, sent: readers - 1 })
    const again = world.receiver.received.filter(({ to }) => to === 'reader2@example.org')
    expect(again).toHaveLength(2)
    expect(new Set(again.map(({ mail }) => mail.messageId)).size).toBe(1)
    expect(world.receiver.received).toHaveLength(readers + 1)
  })
})
