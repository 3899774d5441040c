import { expect, test } from 'vitest'
import { type Prune, RetentionJob } from '../../src/platform/retention-job.ts'
import { drivenClock } from '../support/driven-clock.ts'
import { quietLog } from '../support/quiet.ts'

const hourMs = 3_600_000
const start = '2026-11-20T09:00:00Z'

test('every module prunes at most once an hour, also after a clock that was set back', async () => {
  const clock = drivenClock(start)
  const prunedAt: string[] = []
  const job = new RetentionJob({ clock, log: quietLog }, [async (now) => void prunedAt.push(now.toISOString())])
  for (const minutes of [0, 30, 29]) {
    clock.advance(minutes * 60_000)
    job.trigger()
  }
  clock.advance(60_000)
  await expect.poll(() => prunedAt).toHaveLength(1)
  job.trigger()
  await expect.poll(() => prunedAt).toEqual([start.replace('Z', '.000Z'), '2026-11-20T10:00:00.000Z'])
  clock.set(new Date('2026-11-19T09:00:00Z'))
  job.trigger()
  await expect.poll(() => prunedAt.at(-1)).toBe('2026-11-19T09:00:00.000Z')
  await job.stop()
})

test('a failure of one module is logged and does not stop the others', async () => {
  const told: string[] = []
  const log = { ...quietLog, error: ({ err }: { err: Error }) => told.push(err.message) } as unknown as typeof quietLog
  let pruned = 0
  const prunes: readonly Prune[] = [() => Promise.reject(new Error('the disk is full')), async () => void pruned++]
  const job = new RetentionJob({ clock: drivenClock(start), log }, prunes)
  job.trigger()
  await expect.poll(() => pruned).toBe(1)
  expect(told).toEqual(['the disk is full'])
  await job.stop()
})

test('stop() aborts the current module, waits for it, and starts no other', async () => {
  const gate = Promise.withResolvers<void>()
  const seen: string[] = []
  const prunes: readonly Prune[] = [
    async (_now, signal) => {
      await gate.promise
      seen.push(`stopping: ${signal.aborted}`)
    },
    async () => void seen.push('another'),
  ]
  const clock = drivenClock(start)
  const job = new RetentionJob({ clock, log: quietLog }, prunes)
  job.trigger()
  const stopped = job.stop()
  gate.resolve()
  await stopped
  clock.advance(2 * hourMs)
  job.trigger()
  expect(seen).toEqual(['stopping: true'])
})
