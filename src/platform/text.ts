import { markRange } from './placeholders.ts'

// Control characters except tab and newline, and noncharacters: XML forbids them (XML 1.0 §2.2), and placeholders are made of
// noncharacters.
const forbidden = new RegExp(`[\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F${markRange}\\uFFFE\\uFFFF]`, 'g')

/** Removes control characters and noncharacters, and replaces lone surrogates, so that every format can carry the text. */
export function cleanText(text: string): string {
  return text.toWellFormed().replace(forbidden, '')
}

/** Like `cleanText`, on one line and trimmed: for a title or a name. */
export function cleanLine(text: string): string {
  return cleanText(text.replace(/[\t\n\r\v\f\u0085\u2028\u2029]+/g, ' ')).trim()
}
