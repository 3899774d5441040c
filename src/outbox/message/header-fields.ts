/** Lines of a header are at most this long where they can be folded (RFC 5322 §2.1.1). */
const maxLine = 76

/** 75 may be, but a line with one on it may have 76 in all, and the first stands beside the field's name (RFC 2047 §2). */
const maxEncodedWord = 64
const frameB = '=?UTF-8?B?'
const frameQ = '=?UTF-8?Q?'

/** Far below the 998 characters that no line may pass: a longer word cannot be folded. */
const longestPlainWord = 60

/** A structured header field: its parts are encoded already, and what could end a line becomes a blank (RFC 5322 §2.2). */
export function header(name: string, value: string): string {
  return `${fold(`${name}: ${oneLine(value)}`)}\r\n`
}

/** An unstructured one, such as a subject: any text comes back as it was, on one line. */
export function textHeader(name: string, value: string): string {
  const text = oneLine(value)
  return header(name, isPlain(text) ? text : encodedWords(text))
}

/** A display name as a quoted string, or as encoded words (RFC 5322 §3.2.5, RFC 2047 §5). */
export function phrase(name: string): string {
  const text = oneLine(name)
  return isPlain(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : encodedWords(text)
}

function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
}

/** Whether a text survives as it is: ASCII, nothing that could be taken for an encoded word, and lines can be folded at its blanks. */
function isPlain(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text) && !/=\?| {2}/.test(text) && text.split(' ').every((word) => word.length <= longestPlainWord)
}

/** Whole characters in each word, which is base64 or Q, whatever is shorter (RFC 2047 §4). */
function encodedWords(text: string): string {
  const bytes = Buffer.from(text)
  const q = [...text].map(qEncoded)
  if (q.join('').length > (bytes.length * 4) / 3) return wordsOf([...text], frameB, (part) => Buffer.from(part).toString('base64'))
  return wordsOf(q, frameQ, (part) => part)
}

function wordsOf(characters: readonly string[], frame: string, encode: (part: string) => string): string {
  const words: string[] = []
  let part = ''
  for (const character of characters) {
    if (part && frame.length + encode(part + character).length + 2 > maxEncodedWord) {
      words.push(part)
      part = ''
    }
    part += character
  }
  return [...words, part].map((word) => `${frame}${encode(word)}?=`).join(' ')
}

/** What stands in a phrase must be one of few characters (RFC 2047 §5 (3)); a blank is an underscore. */
function qEncoded(character: string): string {
  if (character === ' ') return '_'
  if (/^[A-Za-z0-9!*+/-]$/.test(character)) return character
  return Buffer.from(character).toString('hex').toUpperCase().replace(/../g, '=$&')
}

/** Breaks lines at blanks, which stay (RFC 5322 §2.2.3). */
function fold(line: string): string {
  if (line.length <= maxLine) return line
  let folded = ''
  let length = 0
  for (const [index, word] of line.split(' ').entries()) {
    // The name of the field does not stand alone: some servers take what follows for missing.
    const breaks = index > 1 && length + 1 + word.length > maxLine
    folded += index === 0 ? word : breaks ? `\r\n ${word}` : ` ${word}`
    length = breaks ? 1 + word.length : length + 1 + word.length
  }
  return folded
}
