import type { Database, Queries } from '../database.ts'
import { Sql, sql } from '../sql.ts'
import { named } from './rows.ts'

/**
 * The same PostgreSQL database, with another schema in place of its own. Each call is a transaction that sets the search path, so that a
 * pooled connection goes back as it was.
 */
export function inSchema(database: Database, schema: string): Database {
  const within = <Result>(work: (tx: Queries) => Promise<Result>) =>
    database.transaction(async (tx) => {
      await tx.run(sql`SET LOCAL search_path TO ${named(schema)}`)
      return work(tx)
    })
  return {
    ...database,
    all: (query) => within((tx) => tx.all(query)),
    get: (query) => within((tx) => tx.get(query)),
    run: (query) => within((tx) => tx.run(query)),
    insertAll: (into, rows, after) => within((tx) => tx.insertAll(into, rows, after)),
    transaction: within,
    commit: async (work) => ({ result: await within(work), onDisk: Promise.resolve() }),
  }
}

export async function hasSchema(db: Queries, schema: string): Promise<boolean> {
  return (await db.get(sql`SELECT 1 AS found FROM pg_namespace WHERE nspname = ${schema}`)) !== undefined
}

/** An empty schema, in place of one with that name. */
export async function makeSchema(tx: Queries, schema: string): Promise<void> {
  await dropSchema(tx, schema)
  await tx.run(sql`CREATE SCHEMA ${named(schema)}`)
}

export async function dropSchema(tx: Queries, schema: string): Promise<void> {
  if (await hasSchema(tx, schema)) await tx.run(sql`DROP SCHEMA ${named(schema)} CASCADE`)
}

/** What the schema of the connection holds of ours: a database, only something else with such names, or nothing. */
export async function findOurs(tx: Queries, names: readonly string[]): Promise<'ours' | 'foreign' | 'nothing'> {
  const found = await tx.all<{ name: string }>(
    sql`SELECT relname AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'v', 'm', 'p', 'f')`,
  )
  const present = new Set(found.map(({ name }) => name))
  if (present.has('migrations') && (await tx.get(sql`SELECT 1 AS found FROM migrations WHERE name = 'operator-001'`))) return 'ours'
  return names.some((name) => present.has(name)) || present.has('migrations') ? 'foreign' : 'nothing'
}

/**
 * Moves everything of `staging` into the schema of the connection, in one transaction of the caller. What has the same name there is moved
 * to `aside` before. Indexes, numbers and triggers go along with their tables.
 */
export async function swapSchemas(tx: Queries, staging: string, aside: string | undefined): Promise<void> {
  const place = await tx.get<{ name: string | null }>(sql`SELECT current_schema() AS name`)
  if (!place?.name) throw new Error('DATABASE_URL: the connection has no schema that exists: set its search_path')
  const incoming = await partsOf(tx, staging)
  if (aside !== undefined) {
    const names = new Set(incoming.map(({ kind, name }) => `${kind} ${name}`))
    await tx.run(sql`CREATE SCHEMA ${named(aside)}`)
    await move(
      tx,
      (await partsOf(tx, place.name)).filter(({ kind, name }) => names.has(`${kind} ${name}`)),
      aside,
    )
  }
  await move(tx, incoming, place.name)
  await tx.run(sql`DROP SCHEMA ${named(staging)}`)
}

interface Part {
  readonly kind: 'TABLE' | 'VIEW' | 'FUNCTION'
  readonly name: string
  /** Quoted, with its schema. */
  readonly full: string
}

async function partsOf(tx: Queries, schema: string): Promise<Part[]> {
  return tx.all<Part & object>(sql`
    SELECT CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind, relname AS name, format('%I.%I', nspname, relname) AS "full"
    FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = ${schema} AND relkind IN ('r', 'v')
    UNION ALL SELECT 'FUNCTION', proname, format('%I.%I(%s)', nspname, proname, pg_get_function_identity_arguments(p.oid))
    FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = ${schema}`)
}

async function move(tx: Queries, parts: readonly Part[], schema: string): Promise<void> {
  const quoted = `"${schema.replaceAll('"', '""')}"`
  for (const { kind, full } of parts) await tx.run(new Sql([`ALTER ${kind} ${full} SET SCHEMA ${quoted}`], []))
}

/**
 * Whether another process of ours is connected to the database. A DATABASE_URL may name its connections otherwise. Looked at before this
 * process opens more than one connection.
 */
export async function hasOtherProcesses(tx: Queries): Promise<boolean> {
  const row = await tx.get(sql`
    SELECT 1 AS found FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND (application_name LIKE 'broadsheet%' OR application_name = current_setting('application_name')) LIMIT 1`)
  return row !== undefined
}
