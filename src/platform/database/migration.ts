import type { Queries } from './database.ts'

/**
 * One step of the schema, owned by the module whose tables it creates. `sql` is SQLite STRICT SQL. For PostgreSQL, `migrate` replaces
 * `INTEGER PRIMARY KEY` (with or without `AUTOINCREMENT`), `INTEGER`, `BLOB` and `) STRICT`.
 * If the engines need different SQL, each has its own text.
 * Never edit a released migration: its checksum is recorded.
 */
export interface Migration {
  /** Module and number, such as `articles-001`. Applied once, in the order of the list. */
  readonly name: string
  readonly sql: string | Readonly<Record<Queries['engine'], string>>
}
