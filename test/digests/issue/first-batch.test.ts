import { expect, test } from 'vitest'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { resumeIssue } from '../../../src/digests/issue/issue-actions.ts'
import { findIssue } from '../../../src/digests/issue/issues.ts'
import { continueIssues } from '../../../src/digests/schedule/run-due.ts'
import { articleText, publicationYaml } from '../../support/content.ts'
import { insertReaders } from '../../support/readers.ts'
import { startWorld, type World } from '../../support/world.ts'

const readers = 60
const publication = publicationYaml.replace('0 8 * * mon"', '0 8 * * mon", first_batch: 20')

async function startFirstBatch(world: World) {
  const definition = world.app.publication.current().digests.get('weekly')
  if (!definition) throw new Error('there is no weekly')
  await insertReaders(world.app.database, readers)
  const created = await createIssue(world.app.digests, definition, {})
  if (created.status !== 'created') throw new Error(created.status)
  await goOn(world)
  return async () => {
    const found = await findIssue(world.app.digests, created.issue.id)
    if (!found) throw new Error('the issue is gone')
    return { id: found.issue.id, state: found.issue.state, pauseReason: found.issue.pauseReason, ...found.counts }
  }
}

async function goOn({ app }: World): Promise<void> {
  await continueIssues(app.digests)
  await app.sender.drain()
}

test('the rest of the audience follows after the first batch was accepted', async () => {
  let isBusy = true
  const onRecipient = (to: string) => (isBusy && /[0-4]@/.test(to) ? '450 4.2.0 greylisted' : undefined)
  await using world = await startWorld({ articles: { 'one.md': articleText() }, publication, receiver: { onRecipient } })
  const progress = await startFirstBatch(world)
  expect(await progress()).toMatchObject({ state: 'preparing', sent: 10, queued: 10 })
  await goOn(world)
  expect(await progress()).toMatchObject({ state: 'preparing', sent: 10, queued: 10 })
  isBusy = false
  world.clock.advance(75_000)
  await goOn(world)
  await goOn(world)
  await goOn(world)
  expect(await progress()).toMatchObject({ state: 'finished', sent: readers })
})

test('a refused first batch pauses the issue with the reason, and the operator can resume it', async () => {
  const onRecipient = (to: string) => (/[0-4]@/.test(to) ? '554 5.6.0 not liked' : undefined)
  await using world = await startWorld({ articles: { 'one.md': articleText() }, publication, receiver: { onRecipient } })
  const progress = await startFirstBatch(world)
  await goOn(world)
  const { id, ...paused } = await progress()
  expect(paused).toMatchObject({ state: 'paused', sent: 10, failed: 10, queued: 0 })
  expect(paused.pauseReason).toBe('10 of the first 20 readers did not get it: check the failed deliveries, then resume or cancel the issue')
  await resumeIssue(world.app.digests, id)
  await goOn(world)
  expect(await progress()).toMatchObject({ state: 'finished', sent: 30, failed: 30 })
})
