import { cleanLine } from '../platform/text.ts'

/** A name as it is written in URLs: lowercase letters and digits of any script, joined by hyphens. May be empty. */
export function toKey(name: string): string {
  return cleanLine(name)
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
}

/** The key of a topic. Signs that distinguish names are spelled out: `C#`, `C++`, `.NET` become `c-sharp`, `c-plus-plus`, `dot-net`. */
export function topicKey(name: string): string {
  // Fast path: most names have none of the signs that the patterns below look for.
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

/** The key of an author in `/authors/:author/`. */
export function authorKey(name: string): string {
  return toKey(name)
}
