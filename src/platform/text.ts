import { markRange } from './placeholders.ts'

// Control characters except tab and newline, and noncharacters: XML forbids them (XML 1.0 §2.2), and placeholders are made of
// noncharacters.
const forbidden = new RegExp(`[\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F${markRange}\\uFFFE\\uFFFF]`, 'g')

/** Removes control characters and noncharacters, and replaces lone surrogates, so that every format can carry the text. */
export function cleanText(text: string): string {
  return text.toWellFormed().replace(forbidden, '')
}

/** Signs that show nothing, such as a zero-width space, a soft hyphen or a Hangul filler. U+2800 is a Braille cell without dots. */
const invisible = /[\p{Default_Ignorable_Code_Point}\p{White_Space}\p{Cc}\p{Cf}\u2800]/gu

/** Whether a text shows anything. */
export function isVisible(text: string): boolean {
  return text.replace(invisible, '') !== ''
}

/** Like `cleanText`, on one line and trimmed: for a title or a name. */
export function cleanLine(text: string): string {
  return cleanText(text.replace(/[\t\n\r\v\f\u0085\u2028\u2029]+/g, ' ')).trim()
}
