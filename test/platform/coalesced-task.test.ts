import { expect, test } from 'vitest'
import { CoalescedTask } from '../../src/platform/coalesced-task.ts'

/** Work that blocks in each run until the test releases it. */
function gatedWork() {
  const gates: PromiseWithResolvers<void>[] = []
  let underWay = 0
  let mostAtOnce = 0
  return {
    runs: () => gates.length,
    mostAtOnce: () => mostAtOnce,
    finish: (run: number) => gates[run]?.resolve(),
    fail: (run: number, message: string) => gates[run]?.reject(new Error(message)),
    async work() {
      underWay++
      mostAtOnce = Math.max(mostAtOnce, underWay)
      const gate = Promise.withResolvers<void>()
      gates.push(gate)
      await gate.promise.finally(() => underWay--)
    },
  }
}

test('triggers during a run lead to one more run, and runs never overlap', async () => {
  const gated = gatedWork()
  const task = new CoalescedTask(gated.work, () => {})
  for (let triggers = 0; triggers < 3; triggers++) task.trigger()
  expect(gated.runs()).toBe(1)
  gated.finish(0)
  await expect.poll(gated.runs).toBe(2)
  gated.finish(1)
  await task.settled()
  expect([gated.runs(), gated.mostAtOnce()]).toEqual([2, 1])
  task.trigger()
  expect(gated.runs()).toBe(3)
  gated.finish(2)
  await task.stop()
})

test('an error is reported, and the next trigger runs again', async () => {
  const gated = gatedWork()
  const failures: string[] = []
  const task = new CoalescedTask(gated.work, (error) => failures.push(error.message))
  task.trigger()
  gated.fail(0, 'the disk is full')
  await task.settled()
  expect(failures).toEqual(['the disk is full'])
  task.trigger()
  gated.finish(1)
  await task.settled()
  expect([gated.runs(), failures.length]).toEqual([2, 1])
})

test('work that throws synchronously does not crash the caller', async () => {
  const failures: string[] = []
  const task = new CoalescedTask(
    () => {
      throw new Error('at once')
    },
    (error) => failures.push(error.message),
  )
  task.trigger()
  await task.settled()
  expect(failures).toEqual(['at once'])
})

test('a trigger at the end of a run is not lost', async () => {
  for (let moments = 0; moments < 10; moments++) {
    const gated = gatedWork()
    const task = new CoalescedTask(gated.work, () => {})
    task.trigger()
    gated.finish(0)
    for (let moment = 0; moment < moments; moment++) await Promise.resolve()
    task.trigger()
    await expect.poll(gated.runs).toBe(2)
    gated.finish(1)
    await task.stop()
  }
})

test('stop() aborts the current run, waits for it, and prevents further runs', async () => {
  const gated = gatedWork()
  let told: AbortSignal | undefined
  const task = new CoalescedTask(
    (signal) => {
      told = signal
      return gated.work()
    },
    () => {},
  )
  task.trigger()
  task.trigger()
  let isStopped = false
  const stopping = task.stop().then(() => {
    isStopped = true
  })
  expect(told?.aborted).toBe(true)
  await Promise.resolve()
  expect(isStopped).toBe(false)
  gated.finish(0)
  await stopping
  task.trigger()
  expect(gated.runs()).toBe(1)
})
