/**
 * Keeps the most recently used values up to a total weight. Every start loads this class; the package of the same name does more and
 * takes three times as long to load.
 */
export class LruCache<Key, Value> {
  /** In order of last use, oldest first. */
  readonly #entries = new Map<Key, { readonly value: Value; readonly weight: number }>()
  readonly #maxWeight: number
  #weight = 0

  /** With weight 1 per value, `maxWeight` is the number of values. */
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

  /** Never evicts the value just set, even if it is heavier than `maxWeight`. */
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
