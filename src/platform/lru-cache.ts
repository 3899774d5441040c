/**
 * Keeps the values used last, up to a total weight, and forgets the others. Our own, because every start loads it: the package
 * of this name does much more, and takes three times as long to load.
 */
export class LruCache<Key, Value> {
  /** In the order of their last use, the longest unused first. */
  readonly #entries = new Map<Key, { readonly value: Value; readonly weight: number }>()
  readonly #maxWeight: number
  #weight = 0

  /** At a weight of 1 each, `maxWeight` is how many values are kept. */
  constructor(maxWeight: number) {
    this.#maxWeight = maxWeight
  }

  get(key: Key): Value | undefined {
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  /** The value just set stays, however heavy it is. */
  set(key: Key, value: Value, weight = 1): void {
    this.#weight += weight - (this.#entries.get(key)?.weight ?? 0)
    this.#entries.delete(key)
    this.#entries.set(key, { value, weight })
    for (const [oldest, { weight: freed }] of this.#entries) {
      if (this.#weight <= this.#maxWeight || oldest === key) break
      this.#entries.delete(oldest)
      this.#weight -= freed
    }
  }
}
