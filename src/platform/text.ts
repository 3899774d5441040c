import { markRange } from './placeholders.ts'

// Controls but tab and newline, and noncharacters: no feed, page or mail may hold them (XML 1.0 §2.2), and the mail's
// placeholders are made of the last.
const unfit = new RegExp(`[\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F${markRange}\\uFFFE\\uFFFF]`, 'g')

/** Text that every format can carry: no control characters, no noncharacters, no lone surrogates. */
export function cleanText(text: string): string {
  return text.toWellFormed().replace(unfit, '')
}

/** The same on one line, without blanks around it: a title or a name. */
export function cleanLine(text: string): string {
  return cleanText(text.replace(/[\t\n\r\v\f\u0085\u2028\u2029]+/g, ' ')).trim()
}
