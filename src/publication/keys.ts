import { cleanLine } from '../platform/text.ts'

/** A name as it stands in addresses: lower case, letters and digits of any script, hyphens between. May be empty. */
export function toKey(name: string): string {
  return cleanLine(name)
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
}

/** The key of a topic. Signs that tell names apart are spelled out: `C#`, `C++`, `.NET` are `c-sharp`, `c-plus-plus`, `dot-net`. */
export function topicKey(name: string): string {
  // The signs that a pattern below begins with: most names have none, and a start need not wait for the patterns.
  if (!/[+#♯.]/.test(name)) return toKey(name)
  return toKey(
    name
      .normalize('NFC')
      .replace(/(?<=[\p{L}\p{N}\p{M}])\+\+/gu, '-plus-plus-')
      .replace(/(?<=[\p{L}\p{N}\p{M}])\+(?![\p{L}\p{N}+])/gu, '-plus-')
      .replace(/(?<=[\p{L}\p{N}\p{M}])[#♯](?!\p{L})/gu, '-sharp-')
      .replace(/(?<![\p{L}\p{N}\p{M}.])\.(?=\p{L})/gu, 'dot-'),
  )
}

/** The key of `/authors/:author/`. */
export function authorKey(name: string): string {
  return toKey(name)
}
