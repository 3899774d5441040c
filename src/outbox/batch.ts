/**
 * Gathers the single requests of one turn of the event loop and serves them in one go, such as many rows in one durable commit.
 * `serve` gets the items in the order they came and gives one answer for each, in that order. `atOnce` batches may be under way; what
 * comes meanwhile is the next one. With more than one, that what came later is not done sooner is up to `serve`.
 */
export function batched<Item, Result>(
  serve: (items: readonly Item[]) => Promise<readonly Result[]>,
  atOnce: number,
): (item: Item) => Promise<Result> {
  let waiting: { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void }[] = []
  let isPlanned = false
  let underWay = 0

  function plan(): void {
    if (isPlanned || waiting.length === 0 || underWay >= atOnce) return
    isPlanned = true
    setImmediate(flush)
  }

  async function flush(): Promise<void> {
    const batch = waiting
    waiting = []
    isPlanned = false
    underWay++
    try {
      const results = await serve(batch.map((entry) => entry.item))
      for (const [index, entry] of batch.entries()) entry.resolve(results[index] as Result)
    } catch (error) {
      for (const entry of batch) entry.reject(error)
    }
    underWay--
    plan()
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      plan()
    })
}
