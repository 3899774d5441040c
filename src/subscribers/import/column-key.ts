/** Longer headers are cut: no known name is as long. */
const maxKeyLength = 200

/**
 * A column name in the form in which names are compared: words in lower case without accents, joined by `_`. `Email Opt-Out`,
 * `email_opt_out`, `emailOptOut` and `Email opt out?` have the same key.
 */
export function columnKey(column: string): string {
  return column
    .slice(0, maxKeyLength)
    .replace(/(\p{Ll}|\d)(?=\p{Lu})/gu, '$1_')
    .replace(/(\p{Lu})(?=\p{Lu}\p{Ll})/gu, '$1_')
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '')
}
