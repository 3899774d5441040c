/**
 * Gathers the single requests of one turn of the event loop and serves them in one go, such as many rows in one durable commit.
 * `serve` gets the items in the order they came and gives one answer for each, in that order. One batch is served after the other, so
 * that what came later is never done sooner; what comes meanwhile is the next one.
 */
export function batched<Item, Result>(serve: (items: readonly Item[]) => Promise<readonly Result[]>): (item: Item) => Promise<Result> {
  let waiting: { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void }[] = []

  let isServing = false

  async function flush(): Promise<void> {
    const batch = waiting
    waiting = []
    isServing = true
    try {
      const results = await serve(batch.map((entry) => entry.item))
      for (const [index, entry] of batch.entries()) entry.resolve(results[index] as Result)
    } catch (error) {
      for (const entry of batch) entry.reject(error)
    }
    isServing = false
    if (waiting.length > 0) setImmediate(flush)
  }

  return (item) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0 && !isServing) setImmediate(flush)
      waiting.push({ item, resolve, reject })
    })
}
