import { outsideTransactions } from './database/transaction-guard.ts'

/**
 * Work that is done in the background, again each time it is triggered, and never twice at once. Triggers that come during a run
 * are answered by one more run after it. A trigger may come from inside a transaction: the run is none of its statements.
 */
export class CoalescedTask {
  readonly #work: (signal: AbortSignal) => Promise<void>
  readonly #onFailure: (error: Error) => void
  readonly #stopping = new AbortController()
  #isTriggered = false
  #isRunning = false
  #lastRun: Promise<void> | undefined

  /** `work` begins no further step once its signal is aborted. What it throws goes to `onFailure`; the next trigger tries again. */
  constructor(work: (signal: AbortSignal) => Promise<void>, onFailure: (error: Error) => void) {
    this.#work = work
    this.#onFailure = onFailure
  }

  trigger(): void {
    this.#isTriggered = true
    if (this.#isRunning || this.#stopping.signal.aborted) return
    this.#lastRun = outsideTransactions(() => this.#run())
  }

  /** Resolves when nothing that was triggered is left to do. */
  async settled(): Promise<void> {
    while (this.#isRunning) await this.#lastRun
  }

  /** No new run begins; resolves when the one under way is over. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#lastRun
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#isTriggered && !this.#stopping.signal.aborted) {
      this.#isTriggered = false
      try {
        await this.#work(this.#stopping.signal)
      } catch (error) {
        this.#onFailure(error as Error)
      }
    }
    // In one breath with the last look at the trigger: one that comes a moment later must not be lost.
    this.#isRunning = false
  }
}
