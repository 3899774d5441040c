/** Keeps the values used last, up to a total weight, and forgets the others. */
export class Recent<Key, Value> {
  readonly #values = new Map<Key, { value: Value; weight: number }>()
  readonly #maxWeight: number
  #weight = 0

  constructor(maxWeight: number) {
    this.#maxWeight = maxWeight
  }

  get(key: Key): Value | undefined {
    const kept = this.#values.get(key)
    if (!kept) return undefined
    this.#values.delete(key)
    this.#values.set(key, kept)
    return kept.value
  }

  set(key: Key, value: Value, weight = 1): void {
    this.#weight += weight - (this.#values.get(key)?.weight ?? 0)
    this.#values.delete(key)
    this.#values.set(key, { value, weight })
    for (const [oldest, { weight: freed }] of this.#values) {
      if (this.#weight <= this.#maxWeight || oldest === key) break
      this.#values.delete(oldest)
      this.#weight -= freed
    }
  }
}
