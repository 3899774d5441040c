import type { Random } from '../../src/platform/random.ts'

/** Size of a UUID. Larger requests contain several. */
const blockBytes = 16

/** A counter instead of randomness: each 16 bytes end with the next number, so ids of one instant sort in order of creation. */
export function countingRandom(): Random {
  let count = 0
  return {
    bytes(size) {
      const bytes = Buffer.alloc(size)
      for (let start = 0; start < size; start += blockBytes) {
        const length = Math.min(4, size - start)
        bytes.writeUIntBE(++count % 256 ** length, Math.min(start + blockBytes, size) - length, length)
      }
      return bytes
    },
  }
}
