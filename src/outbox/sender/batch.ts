/** One answer per item, in order. An Error rejects the promise of its item. */
export type Answers<Answer> = readonly (Answer | Error)[]

/**
 * Collects the requests of one turn of the event loop and serves them together, such as many rows in one durable commit. The next
 * batch starts when `serve` resolves. Its answers may come later, so they are a promise inside an object, which `await` does not unwrap.
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
      void settle(batch, answers)
    } catch (error) {
      for (const entry of batch) entry.reject(error)
    }
    isServing = false
    if (waiting.length > 0) setImmediate(flush)
  }

  async function settle(batch: readonly Entry[], coming: Promise<Answers<Answer>>): Promise<void> {
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
