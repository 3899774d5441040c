import { posix } from 'node:path'
import { type Node, parseSync, visitorKeys } from 'oxc-parser'

/** A file of `src/`; its path is relative to that folder and has forward slashes. */
export interface SourceFile {
  readonly path: string
  readonly source: string
}

export interface Import {
  /** 1-based. */
  readonly line: number
  /** A path as in SourceFile. It begins with `../` if it is outside `src/`. Undefined if it is computed at run time. */
  readonly target: string | undefined
}

export interface ParsedFile {
  readonly path: string
  /** Own files that this file refers to: imports of values and types, `export … from`, `import()`, scripts of child processes. */
  readonly imports: readonly Import[]
  /** Where the file contains SQL, and in which form. */
  readonly sql: readonly { readonly line: number; readonly form: string }[]
}

/** Any string that is the path of an own script counts as an import. */
const ownScript = /^\.{1,2}\/.*\.[cm]?[jt]sx?$/
/** The beginning of a statement, in upper case unlike prose. */
const rawSql = /^\s*(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|(?:CREATE|DROP|ALTER) (?:UNIQUE )?(?:TABLE|VIEW|INDEX|TRIGGER))\s/

/** Throws if the file cannot be parsed. */
export function parseImports({ path, source }: SourceFile): ParsedFile {
  const { program, errors } = parseSync(path, source)
  if (errors[0]) throw new Error(`${path} cannot be parsed: ${errors[0].message}`)
  const lineOf = ({ start }: Node) => source.slice(0, start).split('\n').length
  const imports: Import[] = []
  const sql = new Map<number, string>()
  for (const node of nodesIn(program)) {
    const { opening, isWhole } = textOf(node)
    if (isWhole && ownScript.test(opening)) imports.push({ line: lineOf(node), target: posix.join(posix.dirname(path), opening) })
    if (node.type === 'ImportExpression' && !textOf(node.source).isWhole) imports.push({ line: lineOf(node), target: undefined })
    const form = sqlForm(node) ?? (rawSql.test(opening) ? 'text of a statement' : undefined)
    // The tag comes before the text of a tagged template, so its form is recorded.
    if (form && !sql.has(lineOf(node))) sql.set(lineOf(node), form)
  }
  return { path, imports, sql: [...sql].map(([line, form]) => ({ line, form })) }
}

function sqlForm(node: Node): string | undefined {
  if (node.type === 'TaggedTemplateExpression' && isNamed(node.tag, 'sql')) return 'sql``'
  if (node.type === 'CallExpression' && isNamed(node.callee, 'joinSql')) return 'joinSql()'
  return node.type === 'NewExpression' && isNamed(node.callee, 'Sql') ? 'new Sql()' : undefined
}

function isNamed(node: Node, name: string): boolean {
  return node.type === 'Identifier' && node.name === name
}

/** The beginning of a literal or template, and whether it is the whole text. Empty for other nodes. */
function textOf(node: Node): { readonly opening: string; readonly isWhole: boolean } {
  if (node.type === 'Literal' && typeof node.value === 'string') return { opening: node.value, isWhole: true }
  if (node.type !== 'TemplateLiteral') return { opening: '', isWhole: false }
  return { opening: node.quasis[0]?.value.cooked ?? '', isWhole: node.expressions.length === 0 }
}

function* nodesIn(node: Node): Generator<Node> {
  yield node
  for (const key of visitorKeys[node.type] ?? []) {
    const child = node[key as keyof Node] as unknown as Node | (Node | null)[] | null
    for (const one of Array.isArray(child) ? child : [child]) if (one) yield* nodesIn(one)
  }
}
