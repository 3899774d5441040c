import { randomBytes } from 'node:crypto'

/** The one source of chance, handed in at the edge. */
export interface Random {
  bytes(size: number): Uint8Array
}

export function systemRandom(): Random {
  return { bytes: (size) => randomBytes(size) }
}
