import { type Import, type ParsedFile, parseImports, type SourceFile } from './source-imports.ts'

/** Names of folders (`web/site`) and files (`config.ts`) below `src/`. A file belongs to the longest name that is a prefix of its path. */
export interface ImportTable {
  /** Every module may import these. */
  readonly base: ImportRows
  readonly modules: ImportRows
  /** Built from modules. These rows list all their imports; `every module` means all of `base` and `modules`. */
  readonly outer: ImportRows
  /** The only file that may import migrations. */
  readonly compositionRoot: string
}

type ImportRows = Readonly<Record<string, readonly string[]>>

/**
 * All violations of the table or of a general rule in `sources`, which must be all of `src/`, as `file:line: reason`.
 * Errors of the table itself begin with `table: `.
 */
export function findViolations(table: ImportTable, sources: readonly SourceFile[]): readonly string[] {
  const rows = expandRows(table)
  const files = sources.map(parseImports)
  return [
    ...tableFaults(rows, files).map((reason) => `table: ${reason}`),
    ...files.flatMap((file) => [...placeFaults(rows, file), ...importFaults(rows, table.compositionRoot, file), ...sqlFaults(file)]),
    ...cycleFaults(files),
  ]
}

/** Each row with its allowed imports. */
type Rows = ReadonlyMap<string, ReadonlySet<string>>

function expandRows({ base, modules, outer }: ImportTable): Rows {
  const everyModule = [...Object.keys(base), ...Object.keys(modules)]
  const rows = new Map<string, ReadonlySet<string>>()
  for (const [name, imports] of Object.entries(base)) rows.set(name, new Set(imports))
  for (const [name, imports] of Object.entries(modules)) rows.set(name, new Set([...Object.keys(base), ...imports]))
  for (const [name, imports] of Object.entries(outer)) {
    rows.set(name, new Set(imports.flatMap((one) => (one === 'every module' ? everyModule : one))))
  }
  return rows
}

function rowOf(rows: Rows, path: string): string | undefined {
  const holders = [...rows.keys()].filter((name) => path === name || path.startsWith(`${name}/`))
  return holders.sort((a, b) => b.length - a.length)[0]
}

function tableFaults(rows: Rows, files: readonly ParsedFile[]): string[] {
  const used = new Set(files.map(({ path }) => rowOf(rows, path)))
  const unused = [...rows.keys()].filter((name) => !used.has(name)).map((name) => `the row of ${name} has no file`)
  const unknown = [...rows].flatMap(([name, imports]) =>
    [...imports].filter((one) => !rows.has(one)).map((one) => `the row of ${name} names ${one}, which has no row`),
  )
  return [...unused, ...unknown, ...findCycles(rows).map((cycle) => `the rows allow a cycle: ${cycle.join(' -> ')}`)]
}

function placeFaults(rows: Rows, { path }: ParsedFile): string[] {
  return rowOf(rows, path) === undefined ? [`${path}:1: belongs to no row of the table`] : []
}

/** `store.ts`, `*-store.ts` and `migrations.ts`. */
const storeFile = /(?:^|\/)(?:store|[^/]+-store|migrations)\.ts$/
const holdsSql = (path: string) => storeFile.test(path) || path.startsWith('platform/database/')
const sqlRule = 'SQL stands only in store.ts, *-store.ts, migrations.ts and platform/database/'

function sqlFaults({ path, sql }: ParsedFile): string[] {
  return holdsSql(path) ? [] : sql.map(({ line, form }) => `${path}:${line}: writes SQL (${form}): ${sqlRule}`)
}

function importFaults(rows: Rows, compositionRoot: string, { path, imports }: ParsedFile): string[] {
  return imports.flatMap((one) => reasonsAgainst(rows, compositionRoot, path, one).map((reason) => `${path}:${one.line}: ${reason}`))
}

function reasonsAgainst(rows: Rows, compositionRoot: string, from: string, { target }: Import): string[] {
  if (target === undefined) return ['import() of a computed path cannot be checked']
  const [own, other] = [rowOf(rows, from), rowOf(rows, target)]
  const reasons: string[] = []
  if (target.startsWith('../')) reasons.push('is outside src/')
  else if (other === undefined) reasons.push('belongs to no row of the table')
  else if (own !== undefined && own !== other && !rows.get(own)?.has(other)) reasons.push(`${own} may not import ${other}`)
  if (target.endsWith('/migrations.ts')) {
    if (from !== compositionRoot) reasons.push(`only ${compositionRoot} imports migrations`)
  } else if (storeFile.test(target) && own !== other) reasons.push('a store is imported only inside its own module')
  if (target === 'platform/database/sql.ts' && !holdsSql(from)) reasons.push(sqlRule)
  return reasons.map((reason) => `imports ${target}: ${reason}`)
}

function cycleFaults(files: readonly ParsedFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const graph = new Map(files.map(({ path, imports }) => [path, new Set(imports.flatMap(({ target }) => target ?? []))]))
  return findCycles(graph).map((cycle) => {
    const line = byPath.get(cycle[0] ?? '')?.imports.find(({ target }) => target === cycle[1])?.line
    return `${cycle[0]}:${line}: import cycle: ${cycle.join(' -> ')}`
  })
}

/** Cycles, each from its first node back to it: one per edge that closes a cycle. Empty only if the graph has none. */
function findCycles(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const done = new Set<string>()
  const path: string[] = []
  const cycles: string[][] = []
  const visit = (node: string) => {
    if (path.includes(node)) cycles.push([...path.slice(path.indexOf(node)), node])
    if (done.has(node) || path.includes(node)) return
    path.push(node)
    for (const next of graph.get(node) ?? []) visit(next)
    path.pop()
    done.add(node)
  }
  for (const node of graph.keys()) visit(node)
  return cycles
}
