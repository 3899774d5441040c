import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { fillPlaceholders } from '../../src/platform/placeholders.ts'
import { productTemplates } from '../../src/platform/product-folder.ts'
import { makeContent } from './content.ts'

/*
 * Every message gets an accent on each of its letters. The values of writer and reader are in Cyrillic letters, and dates in Greek ones.
 * So a plain Latin letter in a page or mail is a word that stands in no message file.
 */

/** Greek: the language of dates. The words of its file are accented English. */
export const pseudoLanguage = 'el'

/** The message with an accent on each letter that is shown, in plural and select forms too. */
export function accented(text: string): string {
  let result = ''
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === '<') {
      const end = text.indexOf('>', at)
      result += text.slice(at, end + 1)
      at = end
    } else if (character === '{') {
      const end = closingOf(text, at)
      result += argument(text.slice(at, end + 1))
      at = end
    } else result += /[a-z]/i.test(character) ? `${character}\u0301` : character
  }
  return result
}

function argument(text: string): string {
  const head = /^\{\w+,\s*(?:plural|select),/.exec(text)?.[0]
  if (head === undefined) return text
  let result = head
  for (let at = head.length; at < text.length; at++) {
    if (text[at] !== '{') result += text[at]
    else {
      const end = closingOf(text, at)
      result += `{${accented(text.slice(at + 1, end))}}`
      at = end
    }
  }
  return result
}

function closingOf(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{') depth++
    if (text[at] === '}' && --depth === 0) return at
  }
  throw new Error(`no end: ${text}`)
}

/**
 * Runs of plain Latin letters that a reader sees or hears. Addresses are values; what stands in `lang="en"` or in code says that it is English
 * or a name.
 */
export function plainRuns(html: string): string[] {
  const own = html.replace(/<(span|option|pre)\b[^>]*\slang="[^"]*"[^>]*>[\s\S]*?<\/\1>|<(code|pre)\b[^>]*>[\s\S]*?<\/\2>/g, ' ')
  const shown = /\b(?:alt|title|aria-label|placeholder|data-label|data-copy|data-copied|data-selected)="([^"]*)"/g
  const attributes = [...html.matchAll(shown)].map(([, value = '']) => value)
  const visible = own.replace(/<(style|script|textarea|title)\b[\s\S]*?<\/\1>|<!--[\s\S]*?-->|<[^>]*>|&#?\w+;/g, ' ')
  // File names and paths, and names of formats and records.
  const values = /\S+@\S+|https?:\S+|\S*\S[./]\w\S*|\b(?:RSS|Atom|JSON Feed|OPML|HTML|TXT)\b/g
  const seen = fillPlaceholders([visible, ...attributes].join('\n'), () => '').replace(values, '')
  return [...seen.normalize('NFD').matchAll(/(?:[a-z](?!\p{M})){2,}/giu)].map(([run]) => run)
}

/** A folder of templates with nothing but the messages of that language. It ends with the test. */
export async function pseudoFolder(): Promise<string> {
  const english = JSON.parse(readFileSync(join(productTemplates, 'messages/en.json'), 'utf8')) as Record<string, string>
  const texts = Object.fromEntries(Object.entries(english).map(([key, text]) => [key, accented(text)]))
  const content = await makeContent({}, null)
  onTestFinished(() => content[Symbol.asyncDispose]())
  await content.write(`messages/${pseudoLanguage}.json`, JSON.stringify(texts))
  return content.folder
}
