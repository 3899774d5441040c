import { outsideTransactions } from './database/transaction-guard.ts'

/**
 * Background work that runs after each trigger, and never twice at once. Triggers during a run lead to one more run after it.
 * A run started from inside a transaction does not belong to that transaction.
 */
export class CoalescedTask {
  readonly #work: (signal: AbortSignal) => Promise<void>
  readonly #onFailure: (error: Error) => void
  readonly #stopping = new AbortController()
  #isTriggered = false
  #isRunning = false
  #lastRun: Promise<void> | undefined

  /** `work` must not begin another step once its signal is aborted. Errors go to `onFailure`; the next trigger runs it again. */
  constructor(work: (signal: AbortSignal) => Promise<void>, onFailure: (error: Error) => void) {
    this.#work = work
    this.#onFailure = onFailure
  }

  trigger(): void {
    this.#isTriggered = true
    if (this.#isRunning || this.#stopping.signal.aborted) return
    this.#lastRun = outsideTransactions(() => this.#run())
  }

  /** Resolves when all triggered work is done. */
  async settled(): Promise<void> {
    while (this.#isRunning) await this.#lastRun
  }

  /** Prevents new runs. Resolves when the current run ends. */
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
    // Synchronous with the last check of the trigger, so that no trigger in between is lost.
    this.#isRunning = false
  }
}
