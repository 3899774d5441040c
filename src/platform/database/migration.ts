import type { Queries } from './database.ts'

/**
 * One step of the schema, owned by the module whose tables it makes. `sql` is SQLite's own STRICT language; for
 * PostgreSQL the runner replaces `INTEGER PRIMARY KEY` (with or without `AUTOINCREMENT`), `INTEGER`, `BLOB` and `) STRICT` by what they are called there.
 * Where the engines must keep a promise in two ways, each has a text in its own words.
 * Never edit one that was released: its checksum is recorded.
 */
export interface Migration {
  /** Room and number, such as `articles-001`: applied once, in the order of the list. */
  readonly name: string
  readonly sql: string | Readonly<Record<Queries['engine'], string>>
}
