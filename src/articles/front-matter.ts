import matter from 'gray-matter'
import { isAlias, isMap, isScalar, LineCounter, type Node, type ParsedNode, parseDocument, Scalar } from 'yaml'
import { readSimpleYaml } from './simple-yaml.ts'

export interface FrontMatter {
  /** Plain scalars stay as they are written, so that a title of `1.10` is no number; lists and maps become values. */
  readonly fields: Readonly<Record<string, unknown>>
  /** 1-based line of each field in the file. */
  readonly lines: ReadonlyMap<string, number>
  /** What follows, with `\n` at the end of each line. */
  readonly body: string
}

export interface FrontMatterProblem {
  readonly field: string | undefined
  readonly line: number | undefined
  readonly reason: string
}

export type SplitFile =
  | { readonly status: 'split'; readonly frontMatter: FrontMatter }
  | ({ readonly status: 'refused' } & FrontMatterProblem)

/** More than any author writes; what YAML makes of it has to be bounded. */
const maxFrontMatterLength = 64 * 1024
/** An alias may be used, a bomb of aliases may not. */
const maxAliases = 100

/**
 * Splits a file into front matter and body. gray-matter runs the code of a `---js` fence and looks engines up on
 * Object.prototype, so the fence is judged here and it sees none but YAML.
 */
export function splitFrontMatter(file: string): SplitFile {
  const text = file.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n')
  const fence = text.slice(0, text.indexOf('\n') + 1 || text.length)
  const language = /^---(?!-)[ \t]*(.*?)[ \t]*\n?$/.exec(fence)?.[1]
  if (language === undefined) return refuse(1, 'the file does not begin with front matter: a line ---, then the fields, then a line ---')
  if (language !== '') {
    return refuse(1, `front matter marked "${language.slice(0, 40)}" is not read: only YAML is, which begins with --- alone on its line`)
  }
  const start = fence.length
  const end = text.startsWith('---', start) ? start : text.indexOf('\n---', start - 1) + 1
  if (end === 0) return refuse(1, 'the front matter is not closed: a line --- is missing after its last field')
  const closingLine = text.slice(end, text.indexOf('\n', end) < 0 ? text.length : text.indexOf('\n', end))
  const block = text.slice(start, end)
  const lineOfEnd = countLines(block) + 2
  if (closingLine.trimEnd() !== '---')
    return refuse(lineOfEnd, `the line that closes the front matter is "${closingLine.slice(0, 40)}", not ---`)
  if (block.length > maxFrontMatterLength) return refuse(1, `the front matter is longer than ${maxFrontMatterLength / 1024} KB`)
  const body = text.slice(end + closingLine.length + 1)
  return readBlock(block, body)
}

function readBlock(block: string, body: string): SplitFile {
  const lines = new Map<string, number>()
  const refuseLanguage = () => {
    throw new Refusal(1, 'only YAML front matter is read')
  }
  try {
    // gray-matter's test for emptiness is quadratic in blank lines, so it gets to see none; the engine reads the true block.
    const { data } = matter(`---\n${block.replace(/\n\s+/g, '\n')}\n---\n`, {
      language: 'yaml',
      engines: {
        yaml: () => readYaml(block, lines),
        json: refuseLanguage,
        javascript: refuseLanguage,
        js: refuseLanguage,
        coffee: refuseLanguage,
        coffeescript: refuseLanguage,
      },
    })
    return { status: 'split', frontMatter: { fields: data, lines, body } }
  } catch (error) {
    if (error instanceof Refusal) return refuse(error.line, error.message, error.field)
    // Nesting deep enough to end the stack, or a bomb of aliases.
    return refuse(undefined, `the front matter cannot be read: ${error instanceof Error ? firstLine(error.message) : String(error)}`)
  }
}

function readYaml(block: string, lines: Map<string, number>): Record<string, unknown> {
  const simple = readSimpleYaml(block)
  if (!simple) return readWholeYaml(block, lines)
  // The opening fence is line 1 of the file.
  for (const [name, line] of simple.lines) lines.set(name, line + 1)
  return simple.fields
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

/** By the package `yaml`: all of the language, and words for what is wrong. */
export function readWholeYaml(block: string, lines: Map<string, number>): Record<string, unknown> {
  const lineCounter = new LineCounter()
  const document = parseDocument(block, { lineCounter, prettyErrors: false, schema: 'core' })
  // The opening fence is line 1 of the file.
  const lineAt = (offset: number) => lineCounter.linePos(offset).line + 1
  const error = document.errors[0]
  if (error) throw new Refusal(lineAt(error.pos[0]), `the front matter is no valid YAML: ${explain(error.code, error.message)}`)
  const fields: Record<string, unknown> = Object.create(null)
  if (document.contents === null) return fields
  if (!isMap<ParsedNode, ParsedNode>(document.contents))
    throw new Refusal(2, 'the front matter is no list of fields: write each as name: value')
  const toValue = (node: Node | null): unknown => {
    const found = isAlias(node) ? node.resolve(document) : node
    if (isScalar(found)) return scalarText(found)
    return found?.toJS(document, { maxAliasCount: maxAliases })
  }
  for (const { key, value } of document.contents.items) {
    const line = key.range ? lineAt(key.range[0]) : undefined
    const name = isScalar(key) ? scalarText(key) : undefined
    if (typeof name !== 'string') throw new Refusal(line, 'the name of a field must be text')
    const read = toValue(value)
    if (read !== undefined) fields[name] = read
    if (line !== undefined) lines.set(name, line)
  }
  return fields
}

/** `title: 2024` and `title: yes` mean the text; what is empty or null is not there. */
function scalarText(scalar: Scalar): unknown {
  if (scalar.value === null || scalar.value === undefined) return undefined
  if (typeof scalar.value === 'string') return scalar.value
  return scalar.type === Scalar.PLAIN && typeof scalar.source === 'string' ? scalar.source : String(scalar.value)
}

/** What authors meet most, in words that say what to do. */
function explain(code: string, message: string): string {
  if (code === 'BLOCK_AS_IMPLICIT_KEY' || /nested mappings/i.test(message)) return 'a text with a colon in it needs quotes around it'
  if (code === 'DUPLICATE_KEY') return 'a field stands there twice'
  if (/call stack/i.test(message)) return 'it is nested too deeply'
  if (code === 'TAB_AS_INDENT') return 'a line is indented by a tab: use spaces'
  return firstLine(message)
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message
}

function countLines(text: string): number {
  let lines = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++
  return lines
}

function refuse(line: number | undefined, reason: string, field?: string): SplitFile {
  return { status: 'refused', field, line, reason }
}
