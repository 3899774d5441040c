import type { Database, Queries } from '../../src/platform/database/database.ts'
import { type Sql, sql } from '../../src/platform/database/sql.ts'

/** Records the query plan of each statement before it runs, on a file database. `steps` contains all steps so far. */
export function planned(database: Database): { readonly queries: Queries; readonly steps: Set<string> } {
  const steps = new Set<string>()
  async function explained(query: Sql): Promise<Sql> {
    for (const { detail } of await database.all<{ detail: string }>(sql`EXPLAIN QUERY PLAN ${query}`)) steps.add(detail)
    return query
  }
  const queries: Queries = {
    engine: database.engine,
    all: async (query) => database.all(await explained(query)),
    get: async (query) => database.get(await explained(query)),
    run: async (query) => database.run(await explained(query)),
    insertAll: database.insertAll,
  }
  return { queries, steps }
}
