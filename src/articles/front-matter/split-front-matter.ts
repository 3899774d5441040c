import { createRequire } from 'node:module'
import type * as GrayMatter from 'gray-matter'
import type * as Toml from 'smol-toml'
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  Scalar,
  visit,
  type YAMLMap,
} from 'yaml'
import { type Fenced, type FrontMatterFormat, findFence } from './fence.ts'
import { readHeader } from './header.ts'
import { indentContinuations } from './indent-continuations.ts'
import { readSimpleYaml } from './simple-yaml.ts'

export interface FrontMatter {
  /** Plain scalars stay text, so a title of `1.10` does not become a number. Lists and maps are parsed. */
  readonly fields: Readonly<Record<string, unknown>>
  /** 1-based line of each field in the file. */
  readonly lines: ReadonlyMap<string, number>
  /** The text after the front matter, with `\n` line ends. */
  readonly body: string
  /** Whether there is a block, even an empty one. */
  readonly isThere: boolean
  /** Problems that did not keep the block from being read. */
  readonly remarks: readonly FrontMatterProblem[]
}

export interface FrontMatterProblem {
  readonly field: string | undefined
  readonly line: number | undefined
  readonly reason: string
}

export type SplitFile =
  | { readonly status: 'split'; readonly frontMatter: FrontMatter }
  | ({ readonly status: 'refused' } & FrontMatterProblem)

/** In characters. Bounds the work of the YAML parser. */
const maxFrontMatterLength = 64 * 1024
/** Allows aliases but not an alias bomb: each one takes a walk over the block, and may repeat what it names. */
const maxAliases = 100

/**
 * Splits a file into front matter and body. gray-matter runs the code of a `---js` fence and looks up engines on
 * Object.prototype. So `findFence` checks the fence first, and gray-matter gets only YAML, TOML and JSON.
 */
export function splitFrontMatter(file: string): SplitFile {
  const text = file.replace(/^[\uFEFF\u200B\u2060]+/, '').replace(/\r\n?/g, '\n')
  const fenced = findFence(text)
  if (fenced.status === 'refused') return refuse(fenced.line, fenced.reason)
  if (fenced.status === 'none') {
    const header = readHeader(text)
    if (header) return { status: 'split', frontMatter: { ...header, isThere: true, remarks: [] } }
    return { status: 'split', frontMatter: { fields: {}, lines: new Map(), body: fenced.body, isThere: false, remarks: [] } }
  }
  if (fenced.block.length > maxFrontMatterLength) return refuse(1, `the front matter is longer than ${maxFrontMatterLength / 1024} KB`)
  return readSimply(fenced) ?? readBlock(fenced)
}

/** Fast path without loading a parser. Most articles take it. */
function readSimply({ format, block, body, line }: Found): SplitFile | undefined {
  const simple = format === 'yaml' ? readSimpleYaml(block) : undefined
  if (!simple) return undefined
  const lines = new Map<string, number>()
  for (const [name, at] of simple.lines) lines.set(name, at + line - 1)
  return { status: 'split', frontMatter: { fields: simple.fields, lines, body, isThere: true, remarks: [] } }
}

/** Loaded with the first file that does not take the fast path. */
let matter: typeof GrayMatter.default | undefined

type Found = Extract<Fenced, { status: 'found' }>

/** What a format's reader collects besides the fields. Lines are 1-based in the block. */
interface Details {
  readonly lines: Map<string, number>
  readonly remarks: FrontMatterProblem[]
}

const readers: Readonly<Record<FrontMatterFormat, (block: string, details: Details) => Record<string, unknown>>> = {
  yaml: readYaml,
  toml: readToml,
  json: readJson,
}

function readBlock({ format, block, body, line }: Found): SplitFile {
  matter ??= createRequire(import.meta.url)('gray-matter') as typeof GrayMatter.default
  const details: Details = { lines: new Map(), remarks: [] }
  const refuseLanguage = () => {
    throw new Refusal(1, 'front matter must be YAML, TOML or JSON')
  }
  const lineInFile = (inBlock: number | undefined) => (inBlock === undefined ? undefined : inBlock + line - 1)
  try {
    // gray-matter's check for emptiness is quadratic in blank lines, so it gets none. The engine reads the original block.
    const { data } = matter(`---\n${block.replace(/\n\s+/g, '\n')}\n---\n`, {
      language: 'ours',
      engines: {
        ours: () => readers[format](block, details),
        yaml: refuseLanguage,
        json: refuseLanguage,
        javascript: refuseLanguage,
        js: refuseLanguage,
        coffee: refuseLanguage,
        coffeescript: refuseLanguage,
      },
    })
    const lines = new Map([...details.lines].map(([name, at]) => [name, at + line - 1]))
    const remarks = details.remarks.map((remark) => ({ ...remark, line: lineInFile(remark.line) }))
    return { status: 'split', frontMatter: { fields: data, lines, body, isThere: true, remarks } }
  } catch (error) {
    if (error instanceof Refusal) return refuse(lineInFile(error.line), error.message, error.field)
    // A stack overflow by deep nesting, or an alias bomb.
    return refuse(undefined, `the front matter cannot be read: ${error instanceof Error ? firstLine(error.message) : String(error)}`)
  }
}

/** Other parsers are more lenient, so a block that is not valid is read again with its indentation mended. */
function readYaml(block: string, details: Details): Record<string, unknown> {
  try {
    return readWholeYaml(block, details)
  } catch (error) {
    const spaced = block.replace(/^[ \t]*\t[ \t]*/gm, (indent) => indent.replaceAll('\t', '  '))
    const indented = indentContinuations(spaced)
    if (!(error instanceof Refusal) || indented === block) throw error
    const mended: Details = { lines: new Map(), remarks: [] }
    const fields = tryYaml(indented, mended)
    if (!fields) throw error
    details.lines.clear()
    for (const [name, line] of mended.lines) details.lines.set(name, line)
    const reason = 'a line is indented with a tab, which YAML does not allow: use spaces'
    const tab = { field: undefined, line: error.line, reason }
    details.remarks.splice(0, details.remarks.length, ...mended.remarks, ...(spaced === block ? [] : [tab]))
    return fields
  }
}

function tryYaml(block: string, details: Details): Record<string, unknown> | undefined {
  try {
    return readWholeYaml(block, details)
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}

class Refusal extends Error {
  readonly line: number | undefined
  readonly field: string | undefined

  constructor(line: number | undefined, reason: string, field?: string) {
    super(reason)
    this.line = line
    this.field = field
  }
}

/** Reads any YAML with the package `yaml`. Throws `Refusal` with a line and a reason. The last of duplicate fields counts. */
export function readWholeYaml(block: string, { lines, remarks }: Details): Record<string, unknown> {
  const lineCounter = new LineCounter()
  const document = parseDocument(block, { lineCounter, prettyErrors: false, schema: 'core', uniqueKeys: false, strict: false, merge: true })
  const lineAt = (offset: number) => lineCounter.linePos(offset).line
  const error = document.errors[0]
  if (error) throw new Refusal(lineAt(error.pos[0]), `the front matter is not valid YAML: ${explain(error.code, error.message)}`)
  refuseManyAliases(document, lineAt)
  const fields: Record<string, unknown> = Object.create(null)
  if (document.contents === null) return fields
  if (!isMap<ParsedNode, ParsedNode>(document.contents))
    throw new Refusal(1, 'the front matter is not a list of fields: write each as name: value')
  const toValue = (node: Node | null): unknown => {
    const found = resolved(node, document)
    if (isScalar(found)) return scalarText(found)
    return found?.toJS(document, { maxAliasCount: maxAliases })
  }
  const merged: Node[] = []
  for (const { key, value } of document.contents.items) {
    const line = key.range ? lineAt(key.range[0]) : undefined
    if (isMergeKey(key) && value) {
      merged.push(value)
      continue
    }
    const name = isScalar(key) ? scalarText(key) : undefined
    if (typeof name !== 'string') throw new Refusal(line, 'the name of a field must be text')
    if (lines.has(name)) remarks.push({ field: name, line, reason: `${name} is written twice; the last one counts` })
    const read = toValue(value)
    if (read !== undefined) fields[name] = read
    if (line !== undefined) lines.set(name, line)
  }
  for (const map of merged.flatMap((node) => mapsOf(node, document))) {
    for (const { key, value } of map.items) {
      const name = isScalar(key) && !isMergeKey(key) ? scalarText(key) : undefined
      const read = typeof name === 'string' && !(name in fields) ? toValue(value as Node | null) : undefined
      if (read !== undefined) fields[name as string] = read
    }
  }
  return fields
}

/** Refuses a block with too many aliases before any of them is resolved. */
function refuseManyAliases(document: Document, lineAt: (offset: number) => number): void {
  let count = 0
  visit(document, {
    Alias(_key, { range }) {
      if (++count <= maxAliases) return undefined
      throw new Refusal(range ? lineAt(range[0]) : undefined, `the front matter has more than ${maxAliases} aliases (*name)`)
    },
  })
}

function resolved(node: Node | null, document: Document): Node | null | undefined {
  return isAlias(node) ? node.resolve(document) : node
}

/** A bare `<<`, which YAML 1.1 merges. */
function isMergeKey(key: Node): boolean {
  return isScalar(key) && key.type === Scalar.PLAIN && key.source === '<<'
}

/** How deep merge keys may lead to each other. */
const maxMerges = 10

/** The maps that a merge key names, and those that their own merge keys name. An earlier one wins. */
function mapsOf(node: Node | null, document: Document, depth = 0): YAMLMap<Node, Node | null>[] {
  const found = resolved(node, document)
  if (isSeq<Node>(found)) return found.items.flatMap((item) => mapsOf(item, document, depth + 1)).slice(0, maxAliases)
  if (!isMap<Node, Node | null>(found) || depth > maxMerges) return []
  const further = found.items.filter(({ key }) => isMergeKey(key)).flatMap(({ value }) => mapsOf(value, document, depth + 1))
  return [found, ...further].slice(0, maxAliases)
}

/** Keeps `title: 2024` and `title: yes` as text. Undefined for an empty or null value. */
function scalarText(scalar: Scalar): unknown {
  if (scalar.value === null || scalar.value === undefined) return undefined
  if (typeof scalar.value === 'string') return scalar.value
  return scalar.type === Scalar.PLAIN && typeof scalar.source === 'string' ? scalar.source : String(scalar.value)
}

/** Quoted before parsing, because the parser turns 2017-02-29 into 1 March. */
const bareTomlDate =
  /^([ \t]*[\w."'-]+[ \t]*=[ \t]*)(\d{4}-\d{1,2}-\d{1,2}(?:[Tt ][\d:.]+)?(?:[Zz]|[+-]\d{2}:?\d{2})?)(?=[ \t]*(?:#.*)?$)/gm

/** Loaded with the first TOML block. */
let toml: typeof Toml | undefined

/** Throws `Refusal` with a line and a reason. */
export function readToml(block: string, { lines }: Details): Record<string, unknown> {
  toml ??= createRequire(import.meta.url)('smol-toml') as typeof Toml
  try {
    const fields = toml.parse(block.replace(bareTomlDate, '$1"$2"'))
    noteLines(lines, fields, block, /^[ \t]*\[{0,2}(?:"(?<double>[^"\n]*)"|'(?<single>[^'\n]*)'|(?<bare>[\w-]+))[ \t]*[=.\]]/gm)
    return fields
  } catch (error) {
    if (!(error instanceof toml.TomlError)) throw error
    const reason = firstLine(error.message).replace(/^Invalid TOML document: /, '')
    throw new Refusal(error.line, `the front matter is not valid TOML: ${reason}`)
  }
}

function readJson(block: string, { lines }: Details): Record<string, unknown> {
  let fields: unknown
  try {
    fields = JSON.parse(block)
  } catch (error) {
    throw new Refusal(1, `the front matter is not valid JSON: ${firstLine((error as Error).message)}`)
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw new Refusal(1, 'the front matter is not a list of fields: write each as "name": value')
  }
  noteLines(lines, fields, block, /"(?<double>(?:\\.|[^"\\])*)"[ \t]*:/g)
  return fields as Record<string, unknown>
}

/** Notes the first line on which each field is named. One pass, because a block may hold thousands of names. */
function noteLines(lines: Map<string, number>, fields: object, block: string, naming: RegExp): void {
  let line = 1
  let at = 0
  for (const { index, groups } of block.matchAll(naming)) {
    const name = groups?.double ?? groups?.single ?? groups?.bare ?? ''
    if (lines.has(name) || !Object.hasOwn(fields, name)) continue
    for (let end = block.indexOf('\n', at); end >= 0 && end < index; end = block.indexOf('\n', at)) {
      line++
      at = end + 1
    }
    lines.set(name, line)
  }
}

/** Rewords the most common parser errors, to say what to do. */
function explain(code: string, message: string): string {
  if (code === 'BLOCK_AS_IMPLICIT_KEY' || /nested mappings/i.test(message)) return 'put quotes around a text that contains a colon'
  if (/call stack/i.test(message)) return 'it is nested too deeply'
  if (code === 'TAB_AS_INDENT') return 'a line is indented with a tab: use spaces'
  return firstLine(message)
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message
}

function refuse(line: number | undefined, reason: string, field?: string): SplitFile {
  return { status: 'refused', field, line, reason }
}
