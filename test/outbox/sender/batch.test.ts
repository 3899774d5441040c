import { describe, expect, it } from 'vitest'
import { batched } from '../../../src/outbox/sender/batch.ts'

/** What was served, batch by batch, and when each may be followed by the next, and is answered. */
function serving() {
  const batches: { readonly items: readonly number[]; goOn(): void; answer(): void }[] = []
  const enter = batched(async (items: readonly number[]) => {
    const followed = Promise.withResolvers<void>()
    const answered = Promise.withResolvers<void>()
    batches.push({ items, goOn: followed.resolve, answer: answered.resolve })
    await followed.promise
    return { answers: answered.promise.then(() => items.map((item) => item * 10)) }
  })
  return { enter, served: () => batches.map(({ items }) => items), batches }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('batches', () => {
  it('gather what is asked in one turn, and answer each with its own', async () => {
    const { enter, served, batches } = serving()
    const answers = Promise.all([enter(1), enter(2), enter(3)])
    await turn()
    batches[0]?.goOn()
    batches[0]?.answer()
    expect(await answers).toEqual([10, 20, 30])
    expect(served()).toEqual([[1, 2, 3]])
  })

  it('follow one upon the other, the next one before the last one is answered', async () => {
    const { enter, served, batches } = serving()
    const answers: Promise<number>[] = []
    for (const item of [1, 2, 3]) {
      answers.push(enter(item))
      await turn()
    }
    expect(served()).toEqual([[1]])
    batches[0]?.goOn()
    await turn()
    await turn()
    expect(served()).toEqual([[1], [2, 3]])
    batches[1]?.goOn()
    batches[1]?.answer()
    expect(await Promise.all(answers.slice(1))).toEqual([20, 30])
    batches[0]?.answer()
    expect(await answers[0]).toBe(10)
  })

  it('fail whole where they are not served, or one by one, and the next one goes on', async () => {
    let isBroken = true
    const enter = batched(async (items: readonly number[]) => {
      if (isBroken) throw new Error('the disk is full')
      return { answers: Promise.resolve(items.map((item) => (item === 4 ? new Error('not this one') : item))) }
    })
    await expect(Promise.allSettled([enter(1), enter(2)])).resolves.toMatchObject([{ status: 'rejected' }, { status: 'rejected' }])
    isBroken = false
    await expect(Promise.allSettled([enter(3), enter(4)])).resolves.toMatchObject([{ value: 3 }, { status: 'rejected' }])
  })
})
