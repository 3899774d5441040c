import type { Random } from '../../src/platform/random.ts'

/** Of a UUID. Whoever asks for more makes several of it. */
const blockBytes = 16

/** Chance that counts: each 16 bytes end with the next number, so ids that were made at one instant sort in the order of their making. */
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
