import type { Queries } from './database.ts'

/**
 * What this program expects of a database, as a whole number. Raise it when older programs can no longer use the database after a
 * migration, and one release before a migration that renames or drops: from then on, the program no longer uses what will go.
 */
export const storeVersion = 1

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
  /**
   * The lowest `storeVersion` that can use the database after this migration. Programs of that version go on although they do not know
   * it. A new migration always says it; the first ones were made before there was a version.
   */
  readonly since?: number
  /** Tables of this migration that triggers or a background job make from other tables. A copy to the other engine leaves them out. */
  readonly derived?: readonly string[]
}
