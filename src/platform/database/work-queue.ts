import { setImmediate as nextTurn } from 'node:timers/promises'

/** Runs work one at a time in order, and yields to the event loop between two pieces. */
export class WorkQueue {
  #last: Promise<unknown> = Promise.resolve()
  #isTurnUsed = false

  /** Runs `work` after all earlier work settles. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(() => this.#yieldToOthers()).then(work)
    this.#last = result.catch(() => undefined)
    return result
  }

  /** Resolves when all work queued so far settles. */
  async idle(): Promise<void> {
    await this.#last
  }

  /** Without this, a long queue would run in one turn of the event loop and block all requests. */
  async #yieldToOthers(): Promise<void> {
    if (this.#isTurnUsed) await nextTurn()
    this.#isTurnUsed = true
    setImmediate(() => {
      this.#isTurnUsed = false
    })
  }
}
