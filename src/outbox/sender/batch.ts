/** What `serve` gives for a batch: one answer for each item, in the order they came; an Error is thrown to who asked for that item. */
export type Answers<Answer> = readonly (Answer | Error)[]

/**
 * Gathers the single requests of one turn of the event loop and serves them in one go, such as many rows in one durable commit. What
 * comes meanwhile is the next batch. It begins when `serve` has resolved for the last one, whose answers may come later: they are a promise
 * within an object, because one within a promise would be waited for.
 */
export function batched<Item, Answer>(
  serve: (items: readonly Item[]) => Promise<{ readonly answers: Promise<Answers<Answer>> }>,
): (item: Item) => Promise<Answer> {
  interface Entry {
    readonly item: Item
    readonly resolve: (answer: Answer) => void
    readonly reject: (error: unknown) => void
  }
  let waiting: Entry[] = []
  let isServing = false

  async function flush(): Promise<void> {
    const batch = waiting
    waiting = []
    isServing = true
    try {
      const { answers } = await serve(batch.map((entry) => entry.item))
      void tell(batch, answers)
    } catch (error) {
      for (const entry of batch) entry.reject(error)
    }
    isServing = false
    if (waiting.length > 0) setImmediate(flush)
  }

  async function tell(batch: readonly Entry[], coming: Promise<Answers<Answer>>): Promise<void> {
    try {
      const answers = await coming
      for (const [index, { resolve, reject }] of batch.entries()) {
        const answer = answers[index] as Answer | Error
        if (answer instanceof Error) reject(answer)
        else resolve(answer)
      }
    } catch (error) {
      for (const entry of batch) entry.reject(error)
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0 && !isServing) setImmediate(flush)
      waiting.push({ item, resolve, reject })
    })
}
