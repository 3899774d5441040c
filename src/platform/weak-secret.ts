/** Fewer characters than this can be guessed. `config.ts` refuses them. */
export const minSecretLength = 16
/** A random value of 16 hexadecimal digits has fewer once in ten thousand times. */
const minDistinct = 6
/** Characters that must be left without common words and sequences. */
const minUncommon = 8

/** Neighbours in the alphabet, among digits and on keyboards. */
const rows = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiop',
  'qwertzuiop',
  'azertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  '1q2w3e4r5t6y7u8i9o0p',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
]
/** Shorter runs occur in random values. */
const minRun = 4

/** Words of placeholders and of common passwords, anywhere in the value. */
const words = `
  administrator admin broadsheet changeme changeit change default development dummy example hunter2 insert keyboard letmein
  login master monkey passphrase password passwort passwd placeholder please production random replace root sample secure
  secret shhh something string super test this todo token value welcome with your iloveyou dragon football sunshine princess
  correcthorsebatterystaple characters here long least must enter goes some that very
`
  .trim()
  .split(/\s+/)
/** Signs that people type for a letter. */
const lookalikes: Readonly<Record<string, string>> = { a: '[a4@]', e: '[e3]', i: '[i1!]', o: '[o0]', s: '[s5$]', t: '[t7]' }
const commonWord = new RegExp(
  words
    .toSorted((a, b) => b.length - a.length)
    .map((word) => word.replace(/[aeiost]/g, (letter) => lookalikes[letter] ?? letter))
    .join('|'),
  'g',
)
/** Short words, where separators stand around them: inside a random value they mean nothing. */
const shortWords = new Set('a an and api app at be bit by dev for in is it key me my new no not of on or pass set the to up use'.split(' '))

/**
 * Why a secret can be guessed, as a predicate that does not contain it; undefined if nothing is known against it. Finds what people type,
 * such as `changeme-changeme`, `your-secret-goes-here` and `P4ssw0rd12345678`. It cannot prove that a value is random.
 */
export function weaknessOf(secret: string): string | undefined {
  if (secret.length < minSecretLength) return `is shorter than ${minSecretLength} characters`
  const lower = secret.toLowerCase()
  if (new Set(lower).size < minDistinct) return 'has only a few different characters'
  if (isRepeated(lower) || isRepeated(lower.replace(/[^\p{L}\p{N}]/gu, ''))) return 'repeats itself'
  return uncommonLength(lower) < minUncommon ? 'consists of common words or sequences' : undefined
}

/** Whether a part is written twice or more, also where the last one is cut off. */
function isRepeated(text: string): boolean {
  for (let period = 1; period <= text.length / 2; period++) {
    if (text.startsWith(text.slice(period))) return true
  }
  return false
}

function uncommonLength(text: string): number {
  const tokens = text.split(/[^\p{L}\p{N}@$!]+/u).filter((token) => !shortWords.has(token))
  return tokens.map(withoutCommon).join('').length
}

function withoutCommon(token: string): string {
  return withoutRuns(token.replace(commonWord, ' ').replace(/(.)\1{2,}/gu, ' ')).replaceAll(' ', '')
}

/** Takes out neighbours in a row, forwards or backwards. */
function withoutRuns(text: string): string {
  let rest = ''
  for (let at = 0; at < text.length; ) {
    const length = runAt(text, at)
    rest += length < minRun ? text[at] : ' '
    at += length < minRun ? 1 : length
  }
  return rest
}

function runAt(text: string, at: number): number {
  let longest = 0
  for (const row of rows) {
    for (const ordered of [row, [...row].reverse().join('')]) {
      const from = ordered.indexOf(text.slice(at, at + minRun))
      if (from === -1 || text.length - at < minRun) continue
      let length = minRun
      while (at + length < text.length && ordered[from + length] === text[at + length]) length++
      longest = Math.max(longest, length)
    }
  }
  return longest
}
