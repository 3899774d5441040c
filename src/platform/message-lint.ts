import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import type { Finding } from './finding.ts'
import { messageFilesIn, openMessages, readMessageFile } from './messages.ts'
import { productTemplates } from './product-folder.ts'

/** What a message asks for: names of its values, and of its tags. */
export interface MessageNeeds {
  readonly values: ReadonlySet<string>
  readonly tags: ReadonlySet<string>
}

/** What the ICU message `text` asks for. Throws for a syntax error. */
export function needsOf(text: string): MessageNeeds {
  const { IntlMessageFormat }: typeof import('intl-messageformat') = createRequire(import.meta.url)('intl-messageformat')
  const values = new Set<string>()
  const tags = new Set<string>()
  const walk = (elements: readonly Element[]) => {
    for (const element of elements) {
      if (element.type === elementTypes.tag) tags.add(String(element.value))
      else if (element.type !== elementTypes.literal && element.type !== elementTypes.pound) values.add(String(element.value))
      walk(element.children ?? [])
      for (const option of Object.values(element.options ?? {})) walk(option.value)
    }
  }
  walk(new IntlMessageFormat(text, 'en').getAst() as unknown as readonly Element[])
  return { values, tags }
}

/** Numbers of @formatjs/icu-messageformat-parser. */
const elementTypes = { literal: 0, pound: 7, tag: 8 } as const

interface Element {
  readonly type: number
  readonly value?: unknown
  readonly children?: readonly Element[]
  readonly options?: Readonly<Record<string, { readonly value: readonly Element[] }>>
}

/** Checks the message files of TEMPLATES_DIR. Those of the product are checked by its own tests. */
export async function lintMessages(templatesFolder: string): Promise<Finding[]> {
  if (templatesFolder === productTemplates) return []
  const files = messageFilesIn(templatesFolder)
  if (files.length === 0) return []
  const known = readMessageFile(join(productTemplates, 'messages/en.json'))
  const own = await textOfTemplates(templatesFolder)
  const findings = await Promise.all(files.map((file) => lintFile(file, known, own)))
  return [...findings.flat(), ...files.flatMap((file) => lintMissing(file, Object.keys(known)))]
}

/** Keys of the words that readers see. Others are seen by operators. */
const seenByReaders = /^(?:article|email|issue|schedule|site)\./

/** A warning about what a language that is not the product's own lacks. Of other languages a file overrides single keys. */
function lintMissing(file: string, keys: readonly string[]): Finding[] {
  const language = basename(file, '.json')
  if (languagesOfProduct().includes(language)) return []
  let texts: Readonly<Record<string, string>>
  try {
    texts = readMessageFile(file)
  } catch {
    // lintFile reports it.
    return []
  }
  const wanted = keys.filter((key) => seenByReaders.test(key))
  const missing = wanted.filter((key) => !Object.hasOwn(texts, key))
  if (missing.length === 0) return []
  const named = missing.slice(0, 5).join(', ') + (missing.length > 5 ? ', …' : '')
  const reason = `lacks ${missing.length} of the ${wanted.length} messages that readers see, which are shown in English: ${named}`
  return [{ severity: 'warning', file, line: undefined, field: undefined, reason }]
}

/** Warnings about languages of a publication that neither the product nor TEMPLATES_DIR has words for. */
export function lintLanguages(languages: readonly string[], templatesFolder: string): string[] {
  const folders = templatesFolder === productTemplates ? [productTemplates] : [productTemplates, templatesFolder]
  const messages = openMessages(folders, () => 'UTC')
  return [...new Set(languages)]
    .filter((language) => messages.closest(language) === undefined)
    .map(
      (language) =>
        `there are no words in ${language}: pages and mail are in English. Write them to TEMPLATES_DIR/messages/${language}.json`,
    )
}

function languagesOfProduct(): string[] {
  return messageFilesIn(productTemplates).map((file) => basename(file, '.json'))
}

async function lintFile(file: string, known: Readonly<Record<string, string>>, ownTemplates: string): Promise<Finding[]> {
  const source = await readFile(file, 'utf8')
  let content: unknown
  try {
    content = JSON.parse(source)
  } catch (error) {
    const { message } = error as Error
    const at = /position (\d+)/.exec(message)?.[1]
    return [{ severity: 'error', file, line: at === undefined ? undefined : lineAt(source, Number(at)), field: undefined, reason: message }]
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    return [{ severity: 'error', file, line: 1, field: undefined, reason: 'must be an object of messages' }]
  return Object.entries(content).flatMap(([key, text]) => {
    const place = { file, line: lineAt(source, source.indexOf(JSON.stringify(key))), field: key }
    const isOwn = !Object.hasOwn(known, key)
    if (typeof text !== 'string') return [{ severity: 'error' as const, ...place, reason: 'must be a text' }]
    const faults = faultsOf(text, isOwn ? undefined : known[key]).map((reason) => ({ severity: 'error' as const, ...place, reason }))
    if (!isOwn || ownTemplates.includes(`'${key}'`) || ownTemplates.includes(`"${key}"`)) return faults
    return [...faults, { severity: 'warning' as const, ...place, reason: 'is no message of the product, and no template uses it' }]
  })
}

/** What is wrong with `text`, as predicates. `base`: the product's own message, which names the values that there are. */
function faultsOf(text: string, base: string | undefined): string[] {
  let needs: MessageNeeds
  try {
    needs = needsOf(text)
  } catch (error) {
    return [`has a syntax error (ICU MessageFormat): ${(error as Error).message}`]
  }
  if (base === undefined) return []
  const given = needsOf(base)
  const list = (names: ReadonlySet<string>) => (names.size === 0 ? 'none' : [...names].join(', '))
  return [
    ...[...needs.values.difference(given.values)].map((name) => `uses {${name}}, and the values that it gets are: ${list(given.values)}`),
    ...[...needs.tags.difference(new Set([...given.tags, ...freeTags]))].map(
      (name) => `uses <${name}>, and the tags that it may have are: ${list(new Set([...given.tags, ...freeTags]))}`,
    ),
  ]
}

/** Tags that need no value. */
const freeTags = ['strong', 'em', 'code', 'bdi', 'address']

async function textOfTemplates(templatesFolder: string): Promise<string> {
  const names = await readdir(templatesFolder, { recursive: true }).catch(() => [])
  const templates = names.filter((name) => /\.(?:liquid|mjml)$/.test(name))
  return (await Promise.all(templates.map((name) => readFile(join(templatesFolder, name), 'utf8')))).join('\n')
}

function lineAt(source: string, index: number): number {
  return source.slice(0, Math.max(0, index)).split('\n').length
}
