/** A search of more characters finds nothing that this many do not find. */
const maxLength = 100

/** From so many characters on, a search finds parts of words. The index holds groups of three. */
export const trigramLength = 3

/** Makes texts comparable: without case, accents and control characters, on one line. */
export function foldText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
}

/** What a search looks at. The key of the address comes first, so that a search for beginnings can use an ordinary index. */
export function wordsOf(subscriber: { readonly addressKey: string; readonly email: string; readonly name: string }): string {
  const email = foldText(subscriber.email)
  return [subscriber.addressKey, ...(email === subscriber.addressKey ? [] : [email]), foldText(subscriber.name)].join('\n')
}

/** What was typed, folded and cut. Empty: no search. */
export function readNeedle(text: string): string {
  return [...foldText(text)].slice(0, maxLength).join('')
}

export function hasTrigrams(needle: string): boolean {
  return [...needle].length >= trigramLength
}
