import { setImmediate as nextTurn } from 'node:timers/promises'

/** Runs work one at a time, in the order it was asked for, with a turn of the event loop between two pieces. */
export class WorkQueue {
  #last: Promise<unknown> = Promise.resolve()
  #isTurnUsed = false

  /** Runs `work` when all that came before it is settled. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(() => this.#yieldToOthers()).then(work)
    this.#last = result.catch(() => undefined)
    return result
  }

  /** Resolves when all that was asked for so far is settled. */
  async idle(): Promise<void> {
    await this.#last
  }

  /** Without this, a long queue would run within one turn of the event loop and hold up every request. */
  async #yieldToOthers(): Promise<void> {
    if (this.#isTurnUsed) await nextTurn()
    this.#isTurnUsed = true
    setImmediate(() => {
      this.#isTurnUsed = false
    })
  }
}
