/**
 * Marks that stand in a text while it is made: noncharacters, which no text may hold (Unicode 3.4, D14). Text from outside
 * loses them before marks are set, so no article, name or value can bring one about. All are listed here: no two meet.
 */

/** For a class of characters in a pattern. */
export const markRange = '\uFDD0-\uFDEF'

export const placeholderStart = '\uFDD0'
export const placeholderEnd = '\uFDD1'

/** Around the origin of a line of a template. */
export const originStart = '\uFDD2'
export const originEnd = '\uFDD3'

/** For `_` and `*` of code, where those of Markdown are taken out. */
export const codeUnderscore = '\uFDD4'
export const codeAsterisk = '\uFDD5'

const pattern = new RegExp(`${placeholderStart}([a-z_]+|\\d+)${placeholderEnd}`, 'g')
const anyMark = new RegExp(`[${markRange}]`, 'g')

/** Where a value goes that is not known yet: U+FDD0 NAME U+FDD1. `name`: small letters and underscores, or digits. */
export function placeholder(name: string): string {
  return `${placeholderStart}${name}${placeholderEnd}`
}

export function hasPlaceholder(text: string): boolean {
  return text.search(pattern) >= 0
}

/** `text` with the value of each placeholder in its place. */
export function fillPlaceholders(text: string, toValue: (name: string) => string): string {
  return text.replace(pattern, (_, name: string) => toValue(name))
}

/** Text, name, text, name … text: what stands around the placeholders, and their names. */
export function splitAtPlaceholders(text: string): string[] {
  return text.split(pattern)
}

/** `text` without any mark. */
export function removeMarks(text: string): string {
  return text.replace(anyMark, '')
}
