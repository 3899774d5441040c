/**
 * Marks used inside texts during rendering: noncharacters, which valid text does not contain (Unicode 3.4, D14). Text from outside is
 * stripped of them first, so no article, name or value can inject one. All marks are defined here, so that no two collide.
 */

/** For a character class of a regular expression. */
export const markRange = '\uFDD0-\uFDEF'

export const placeholderStart = '\uFDD0'
export const placeholderEnd = '\uFDD1'

/** Around the origin of a line of a template. */
export const originStart = '\uFDD2'
export const originEnd = '\uFDD3'

/** Replace `_` and `*` in code while Markdown marks are removed. */
export const codeUnderscore = '\uFDD4'
export const codeAsterisk = '\uFDD5'

/** Begin a line of a plain-text part: not wrapped, a title to underline, a line of a quotation. */
export const unwrappedLine = '\uFDD6'
export const titleLine = '\uFDD7'
export const quotedLine = '\uFDD8'

const pattern = new RegExp(`${placeholderStart}([a-z_]+|\\d+)${placeholderEnd}`, 'g')
const anyMark = new RegExp(`[${markRange}]`, 'g')

/** A placeholder for a value that is not known yet: U+FDD0 NAME U+FDD1. `name`: lower-case letters and underscores, or digits. */
export function placeholder(name: string): string {
  return `${placeholderStart}${name}${placeholderEnd}`
}

export function hasPlaceholder(text: string): boolean {
  return text.search(pattern) >= 0
}

/** Replaces each placeholder with its value. */
export function fillPlaceholders(text: string, toValue: (name: string) => string): string {
  return text.replace(pattern, (_, name: string) => toValue(name))
}

/** Text, name, text, name … text: alternates the text around placeholders and their names. */
export function splitAtPlaceholders(text: string): string[] {
  return text.split(pattern)
}

/** `text` without any mark. */
export function removeMarks(text: string): string {
  return text.replace(anyMark, '')
}
