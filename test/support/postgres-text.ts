import type { Database, Queries } from '../../src/platform/database/database.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import type { Migration } from '../../src/platform/database/migration.ts'
import { Sql, sql } from '../../src/platform/database/sql.ts'

/**
 * Dumps a PostgreSQL database as statements that end with a semicolon and a line break: the schema of these migrations, with the record
 * of each, then the rows.
 */
export async function postgresText(database: Database, migrations: readonly Migration[]): Promise<string> {
  const lines = [...(await statementsOf(migrations))]
  for (const table of await tablesOf(database)) {
    const rows = await database.all<Record<string, unknown>>(new Sql([`SELECT * FROM ${table} ORDER BY 1, 2`], []))
    for (const row of rows) {
      const [names, values] = [Object.keys(row), Object.values(row).map(literal)]
      lines.push(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${values.join(', ')})`)
    }
  }
  for (const { table_name: table, column_name: column } of await identitiesOf(database))
    lines.push(
      `SELECT setval(pg_get_serial_sequence('${table}', '${column}'), (SELECT coalesce(max(${column}), 0) + 1 FROM ${table}), false)`,
    )
  return `${lines.join(';\n')};\n`
}

/** The statements of `migrate` on an empty PostgreSQL. */
async function statementsOf(migrations: readonly Migration[]): Promise<string[]> {
  const statements: string[] = []
  const tx: Queries = {
    engine: 'postgres',
    all: async () => [],
    get: async () => undefined,
    async run(statement) {
      const { text, values } = statement.compile('numbered')
      if (!text.includes('pg_advisory'))
        statements.push(text.replace(/\$(\d+)/g, (_, number) => literal(values[Number(number) - 1])).trim())
      return 0
    },
    insertAll: async () => 0,
  }
  await migrate({ ...tx, transaction: (work: (tx: Queries) => Promise<unknown>) => work(tx) } as unknown as Database, migrations)
  return statements
}

/** In order of creation, so that referenced tables come first. */
async function tablesOf(database: Database): Promise<string[]> {
  const rows = await database.all<{ name: string }>(sql`
    SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT IN ('migrations', 'lowest_version') ORDER BY oid`)
  return rows.map(({ name }) => name)
}

async function identitiesOf(database: Database): Promise<{ table_name: string; column_name: string }[]> {
  return database.all(sql`
    SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND is_identity = 'YES' ORDER BY table_name`)
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  if (typeof value === 'number') return String(value)
  if (Buffer.isBuffer(value)) return `'\\x${value.toString('hex')}'`
  return `'${String(value).replaceAll("'", "''")}'`
}
