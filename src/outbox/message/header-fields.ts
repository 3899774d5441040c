/** Longest header line, if it can be folded (RFC 5322 §2.1.1). */
const maxLine = 76

/** The limit is 75, and 76 for the whole line, which may also hold the field's name (RFC 2047 §2). */
const maxEncodedWord = 64
const frameB = '=?UTF-8?B?'
const frameQ = '=?UTF-8?Q?'

/** A word cannot be folded, so longer ones are encoded. Far below the line limit of 998 characters. */
const longestPlainWord = 60

/** A structured header field whose parts are already encoded. Control characters become blanks (RFC 5322 §2.2). */
export function header(name: string, value: string): string {
  return `${fold(`${name}: ${oneLine(value)}`)}\r\n`
}

/** An unstructured header field, such as a subject. Decoding it gives the same text on one line. */
export function textHeader(name: string, value: string): string {
  const text = oneLine(value)
  return header(name, isPlain(text) ? text : encodedWords(text))
}

/** A display name as a quoted string, or as encoded words (RFC 5322 §3.2.5, RFC 2047 §5). */
export function phrase(name: string): string {
  const text = oneLine(name)
  return isPlain(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : encodedWords(text)
}

/** Characters of a name that an inbox shows. */
const longestName = 60

/**
 * A reader's name fit for a header: no addresses, no links, no characters that are invisible or change the direction of text.
 * Anybody can sign up with any name, so it may try to look like something else. Empty if nothing is left.
 */
export function displayName(name: string): string {
  // Fast path: most names need no work, and each message has one.
  if (/^[A-Za-z]{1,20}(?: [A-Za-z]{1,20}){0,1}$/.test(name)) return name
  const visible = oneLine(name.normalize('NFC').replace(/(?![\u200C\u200D])[\p{Cf}\p{Co}\p{Cn}]/gu, ''))
  const words = visible.split(/\s+/u).filter((word) => !/[@＠<>]|[:/]\/|^www\.|[\p{L}\p{N}-]\.\p{L}{2,}/iu.test(word))
  const kept = words.join(' ')
  if (!/[\p{L}\p{N}]/u.test(kept)) return ''
  return [...new Intl.Segmenter().segment(kept)]
    .slice(0, longestName)
    .map(({ segment }) => segment)
    .join('')
    .trim()
}

function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
}

/** Whether a text needs no encoding: ASCII, nothing that looks like an encoded word, and foldable at its blanks. */
function isPlain(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text) && !/=\?| {2}/.test(text) && text.split(' ').every((word) => word.length <= longestPlainWord)
}

/** Uses base64 or Q, whichever is shorter. No word splits a character (RFC 2047 §4, §5). */
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

/** Only these characters are allowed unencoded in a phrase (RFC 2047 §5 (3)). */
function qEncoded(character: string): string {
  if (character === ' ') return '_'
  if (/^[A-Za-z0-9!*+/-]$/.test(character)) return character
  return Buffer.from(character).toString('hex').toUpperCase().replace(/../g, '=$&')
}

/** Breaks lines before blanks, and keeps the blanks (RFC 5322 §2.2.3). */
function fold(line: string): string {
  if (line.length <= maxLine) return line
  let folded = ''
  let length = 0
  for (const [index, word] of line.split(' ').entries()) {
    // Never break right after the field name: some servers then treat the field as empty.
    const breaks = index > 1 && length + 1 + word.length > maxLine
    folded += index === 0 ? word : breaks ? `\r\n ${word}` : ` ${word}`
    length = breaks ? 1 + word.length : length + 1 + word.length
  }
  return folded
}
