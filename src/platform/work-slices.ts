import { setImmediate as yieldToEventLoop } from 'node:timers/promises'

/** Long work in the event loop, in slices, so that requests wait for one slice and not for all of it. */
export class WorkSlices {
  readonly #stepsPerSlice: number
  #steps = 0

  /** A slice should take a few milliseconds. */
  constructor(stepsPerSlice: number) {
    this.#stepsPerSlice = stepsPerSlice
  }

  /** To be called after each step. Tells whether the slice is over, so that `next` is awaited only then. */
  isOver(): boolean {
    return ++this.#steps >= this.#stepsPerSlice
  }

  /** Lets requests be answered, and begins the next slice. */
  async next(): Promise<void> {
    this.#steps = 0
    await yieldToEventLoop()
  }
}
