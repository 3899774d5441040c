import { describe, expect, it } from 'vitest'
import { batched } from '../../src/outbox/batch.ts'

/** What was served, batch by batch; `end` answers the oldest one that is under way. */
function serving(atOnce: number) {
  const batches: (readonly number[])[] = []
  const ends: (() => void)[] = []
  const enter = batched(async (items: readonly number[]) => {
    batches.push(items)
    const ended = Promise.withResolvers<void>()
    ends.push(ended.resolve)
    await ended.promise
    return items.map((item) => item * 10)
  }, atOnce)
  return { batches, enter, end: () => ends.shift()?.() }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('batches', () => {
  it('gather what is asked in one turn, and answer each with its own', async () => {
    const { batches, enter, end } = serving(1)
    const answers = Promise.all([enter(1), enter(2), enter(3)])
    await turn()
    end()
    expect(await answers).toEqual([10, 20, 30])
    expect(batches).toEqual([[1, 2, 3]])
  })

  it.each([
    [1, [[1], [2, 3, 4]]],
    [2, [[1], [2], [3, 4]]],
  ])('are under way %i at once, and what comes meanwhile is the next', async (atOnce, expected) => {
    const { batches, enter, end } = serving(atOnce)
    const answers: Promise<number>[] = []
    for (const item of [1, 2, 3, 4]) {
      answers.push(enter(item))
      await turn()
    }
    expect(batches).toEqual(expected.slice(0, atOnce))
    end()
    expect(await answers[0]).toBe(10)
    await turn()
    expect(batches).toEqual(expected)
    end()
    end()
    expect(await Promise.all(answers)).toEqual([10, 20, 30, 40])
  })

  it('fail whole, and the next one goes on', async () => {
    let isBroken = true
    const enter = batched(async (items: readonly number[]) => {
      if (isBroken) throw new Error('the disk is full')
      return items
    }, 1)
    await expect(Promise.allSettled([enter(1), enter(2)])).resolves.toMatchObject([{ status: 'rejected' }, { status: 'rejected' }])
    isBroken = false
    expect(await enter(3)).toBe(3)
  })
})
