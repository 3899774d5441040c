import { migrate } from '../migrate.ts'
import type { Migration } from '../migration.ts'
import { sql } from '../sql.ts'
import { openSqlite } from '../sqlite.ts'

/** A table of both engines, as these migrations make it. */
export interface TableShape {
  readonly name: string
  readonly columns: readonly string[]
  readonly hasBlobs: boolean
  /** The column that the database numbers by itself, if any. */
  readonly numbered: string | undefined
  /** Whether a number is never used twice, also after its row was deleted. */
  readonly keepsNumbers: boolean
}

/**
 * The tables to copy, each after those that it refers to. `derived` tables are left out, because the other engine makes its own.
 * Read from an empty database in memory.
 */
export async function tablesOf(migrations: readonly Migration[]): Promise<TableShape[]> {
  const database = openSqlite(':memory:')
  try {
    await migrate(database, migrations)
    const leftOut = new Set(['migrations', 'lowest_version', ...migrations.flatMap(({ derived = [] }) => derived)])
    // Virtual tables and the parts of them have other types.
    const found = await database.all<{ name: string; script: string }>(sql`
      SELECT s.name, s.sql AS script FROM sqlite_schema s JOIN pragma_table_list t ON t.name = s.name AND t.schema = 'main'
      WHERE s.type = 'table' AND t.type = 'table' AND s.name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY s.rowid`)
    const shapes = new Map<string, TableShape & { readonly needs: ReadonlySet<string> }>()
    for (const { name, script } of found) {
      if (leftOut.has(name)) continue
      const columns = await database.all<{ name: string; type: string; pk: number }>(
        sql`SELECT name, type, pk FROM pragma_table_info(${name}) ORDER BY cid`,
      )
      const needs = await database.all<{ name: string }>(sql`SELECT "table" AS name FROM pragma_foreign_key_list(${name})`)
      shapes.set(name, {
        name,
        columns: columns.map((column) => column.name),
        hasBlobs: columns.some(({ type }) => type === 'BLOB'),
        numbered: /\bINTEGER PRIMARY KEY\b/.test(script) ? columns.find(({ pk }) => pk === 1)?.name : undefined,
        keepsNumbers: /\bAUTOINCREMENT\b/.test(script),
        needs: new Set(needs.map((one) => one.name).filter((one) => one !== name)),
      })
    }
    return inOrder(shapes)
  } finally {
    await database.close()
  }
}

function inOrder(shapes: ReadonlyMap<string, TableShape & { readonly needs: ReadonlySet<string> }>): TableShape[] {
  const ordered = new Map<string, TableShape>()
  while (ordered.size < shapes.size) {
    const ready = [...shapes].filter(([name, { needs }]) => !ordered.has(name) && [...needs].every((one) => ordered.has(one)))
    if (ready.length === 0)
      throw new Error(`tables refer to each other: ${[...shapes.keys()].filter((one) => !ordered.has(one)).join(', ')}`)
    for (const [name, { needs: _, ...shape }] of ready) ordered.set(name, shape)
  }
  return [...ordered.values()]
}
