import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import type { IntlMessageFormat } from 'intl-messageformat'
import type english from '../../templates/messages/en.json'
import { MarkedText } from './marked-text.ts'

/** A key of the product's own messages. */
export type MessageKey = keyof typeof english

/** A value of a message. Dates are shown in the time zone that the message file's caller names. */
export type MessageValue = string | number | Date | boolean | MarkedText | null | undefined

export type MessageValues = Readonly<Record<string, MessageValue>>

/** The product's own words, by key and language, in ICU MessageFormat. */
export interface Messages {
  /**
   * The message `key` in the closest language that has it; English is the last resort. Throws for an unknown key and for a value that the
   * message needs and that is missing: both are faults of the program or of a template.
   */
  text(language: string, key: string, values?: MessageValues): string
  /**
   * The same as HTML. Values are escaped, and a MarkedText says which part of it is in another language. `<strong>`, `<em>`, `<code>` and `<bdi>` stand for themselves, `<address>` keeps a long address
   * within its line, and `<time>` has the value of its name as its machine-readable time. Any other tag of the message, such as
   * `<link>…</link>`, is a link to the value of its name.
   */
  html(language: string, key: string, values?: MessageValues): string
  /** The languages that have a file. */
  readonly languages: readonly string[]
  /** Whether `language` has a file, exactly or by a close relative (`pt` finds `pt-BR`). */
  closest(language: string): string | undefined
  /** Whether `language` has words of its own for `key`, so that `text` does not fall back to English. */
  has(language: string, key: MessageKey): boolean
}

/** The product's words in one language, for code: the compiler knows the keys. */
export type Words = (key: MessageKey, values?: MessageValues) => string

export function wordsIn(messages: Messages, language: string): Words {
  return (key, values) => messages.text(language, key, values)
}

/** The last resort, and the language in which every key exists. */
const base = 'en'

/** What a message without values and tags does not contain. */
const syntax = /[{}<>']/

/** Tags that stand for an element of their own: what opens and what closes it. */
const ownTags: Readonly<Record<string, readonly [string, string]>> = {
  strong: ['<strong>', '</strong>'],
  em: ['<em>', '</em>'],
  code: ['<code>', '</code>'],
  bdi: ['<bdi>', '</bdi>'],
  address: ['<span class="address">', '</span>'],
}

/**
 * Reads `messages/LANG.json` of each folder in `folders`. A later folder overrides single keys of an earlier one. `timezone` is that of dates.
 * Files are read on first use: a change takes effect at the next start.
 */
export function openMessages(folders: readonly string[], timezone: () => string): Messages {
  const files = new Map<string, readonly string[]>()
  for (const folder of folders) {
    for (const file of messageFilesIn(folder)) {
      const language = basename(file, '.json')
      files.set(language, [...(files.get(language) ?? []), file])
    }
  }
  const languages = [...files.keys()].sort()
  const layers = new Map<string, readonly ReadonlyMap<string, string>[]>()
  const formats = new Map<string, IntlMessageFormat | Error>()
  const matches = new Map<string, string | undefined>()

  function closest(language: string): string | undefined {
    if (!matches.has(language)) matches.set(language, closestOf(languages, language))
    return matches.get(language)
  }

  /** The messages of a language: those of the last folder first. */
  function layersOf(language: string): readonly ReadonlyMap<string, string>[] {
    const known = layers.get(language)
    if (known) return known
    const read = (files.get(language) ?? []).map((file) => new Map(Object.entries(readMessageFile(file)))).toReversed()
    layers.set(language, read)
    return read
  }

  /**
   * Fills the message `key`. An override that is broken, or that asks for a value that is not given, must not stop a page or a digest: what
   * it overrides is shown instead, and `check` tells the operator.
   */
  function fill(language: string, key: string, filled: (format: IntlMessageFormat) => string): string {
    const found = closest(language) ?? base
    let failure: unknown = new Error(`there is no message ${key} in messages/${base}.json`)
    for (const used of new Set([found, base])) {
      for (const texts of layersOf(used)) {
        const text = texts.get(key)
        if (text === undefined) continue
        // Most messages are plain. They need no parser, which a process that only serves feeds does not load.
        if (!syntax.test(text)) return text
        try {
          return filled(formatOf(text, dateLocale(used === found ? localeOf(language, found) : used)))
        } catch (error) {
          failure = error
        }
      }
    }
    throw failure
  }

  function formatOf(text: string, locale: string): IntlMessageFormat {
    const name = `${locale}\0${timezone()}\0${text}`
    const known = formats.get(name) ?? parse(text, locale, timezone())
    formats.set(name, known)
    if (known instanceof Error) throw known
    return known
  }

  function text(language: string, key: string, values: MessageValues = {}): string {
    const plain = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, value instanceof MarkedText ? value.text : value]),
    )
    return fill(language, key, (format) => String(format.format(plain)))
  }

  function html(language: string, key: string, values: MessageValues = {}): string {
    const escaped = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, asHtml(value, language)]))
    return fill(language, key, (format) => {
      const tags = Object.fromEntries([...tagsIn(format)].map((tag) => [tag, elementFor(tag, values[tag])]))
      return String(format.format({ ...escaped, ...tags }))
    })
  }

  function has(language: string, key: MessageKey): boolean {
    const found = closest(language)
    return found !== undefined && layersOf(found).some((texts) => texts.has(key))
  }

  return { text, html, languages, closest, has }
}

/** Returns the error of a message that cannot be read, so that it is parsed once. */
function parse(text: string, locale: string, timeZone: string): IntlMessageFormat | Error {
  // Loaded with the first message: a process that only serves feeds needs none.
  const { IntlMessageFormat }: typeof import('intl-messageformat') = createRequire(import.meta.url)('intl-messageformat')
  try {
    return new IntlMessageFormat(text, locale, undefined, { formatters: formattersIn(timeZone) })
  } catch (error) {
    return new Error(`the message ${JSON.stringify(text)} is not valid: ${(error as Error).message}`, { cause: error })
  }
}

/** The flat object of a message file. Throws with the file's name if it is not one of strings. */
export function readMessageFile(file: string): Readonly<Record<string, string>> {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error })
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) throw new Error(`${file}: is not an object of messages`)
  for (const [key, text] of Object.entries(content)) {
    if (typeof text !== 'string') throw new Error(`${file}: the message ${key} is not a text`)
  }
  return content as Record<string, string>
}

/** The paths of `messages/LANG.json` in a folder of templates, which need not have any. */
export function messageFilesIn(folder: string): string[] {
  let names: string[]
  try {
    names = readdirSync(join(folder, 'messages'))
  } catch {
    return []
  }
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(folder, 'messages', name))
}

/** RFC 4647 §3.4 (lookup), then the first file of the same primary language: `pt` finds `pt-BR`, `zh-CN` finds `zh-Hans`. */
function closestOf(languages: readonly string[], asked: string): string | undefined {
  const exact = (tag: string) => languages.find((language) => language.toLowerCase() === tag.toLowerCase())
  const parts = asked.split('-')
  for (let length = parts.length; length > 0; length--) {
    const found = exact(parts.slice(0, length).join('-'))
    if (found) return found
  }
  const primary = parts[0]?.toLowerCase()
  return languages.find((language) => language.split('-')[0]?.toLowerCase() === primary)
}

/** Numbers and dates follow the region that was asked for: `de-AT` has its own January. */
function localeOf(asked: string, found: string): string {
  return asked.toLowerCase().startsWith(found.toLowerCase()) ? asked : found
}

/** Intl reads plain `en` as American English. A publication that wants American dates sets en-US. */
function dateLocale(language: string): string {
  return language === 'en' ? 'en-GB' : language
}

function formattersIn(
  timeZone: string,
): ConstructorParameters<typeof IntlMessageFormat>[3] extends infer Options
  ? NonNullable<Options> extends { formatters?: infer Formatters }
    ? Formatters
    : never
  : never {
  return {
    getNumberFormat: (locales, options) => new Intl.NumberFormat(locales, options),
    getDateTimeFormat: (locales, options) => new Intl.DateTimeFormat(locales, { ...options, timeZone }),
    getPluralRules: (locales, options) => new Intl.PluralRules(locales, options),
  }
}

type Element = { readonly type: number; readonly value?: unknown; readonly children?: readonly Element[]; readonly options?: unknown }

/** The names of all tags in a message, in plural forms too. */
function tagsIn(format: IntlMessageFormat): Set<string> {
  const tags = new Set<string>()
  const walk = (elements: readonly Element[]) => {
    for (const element of elements) {
      if (element.children) {
        tags.add(String(element.value))
        walk(element.children)
      }
      for (const option of Object.values((element.options ?? {}) as Record<string, { value: readonly Element[] }>)) walk(option.value)
    }
  }
  walk(format.getAst() as unknown as readonly Element[])
  return tags
}

function elementFor(tag: string, value: MessageValue): (chunks: readonly unknown[]) => string {
  const own = Object.hasOwn(ownTags, tag) ? ownTags[tag] : undefined
  if (own) return (chunks) => own[0] + chunks.join('') + own[1]
  if (typeof value !== 'string') throw new Error(`the message needs a value for its tag <${tag}>`)
  if (tag === 'time') return (chunks) => `<time datetime="${escapeHtml(value)}">${chunks.join('')}</time>`
  return (chunks) => `<a href="${escapeHtml(value)}">${chunks.join('')}</a>`
}

function asHtml(value: MessageValue, language: string): Exclude<MessageValue, MarkedText> {
  if (value instanceof MarkedText) return value.htmlOn(language)
  return typeof value === 'string' ? escapeHtml(value) : value
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
