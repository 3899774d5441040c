import { randomBytes } from 'node:crypto'

/** The only source of randomness. Callers receive it as an argument. */
export interface Random {
  bytes(size: number): Uint8Array
}

export function systemRandom(): Random {
  return { bytes: (size) => randomBytes(size) }
}
