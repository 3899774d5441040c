import type { Database } from '../database.ts'
import { sql } from '../sql.ts'
import type { CopyPlaces } from './copy-tables.ts'

/** Places in the copy itself. `origin` says what is copied: another one begins anew. */
export async function openPlaces(copy: Database, origin: string): Promise<CopyPlaces> {
  await copy.run(sql`CREATE TABLE IF NOT EXISTS copy_places (name TEXT PRIMARY KEY, place TEXT NOT NULL)`)
  await copy.run(sql`INSERT INTO copy_places (name, place) VALUES ('', ${origin}) ON CONFLICT (name) DO NOTHING`)
  return {
    async read(table) {
      const row = await copy.get<{ place: string }>(sql`SELECT place FROM copy_places WHERE name = ${table}`)
      if (row === undefined) return undefined
      return row.place === 'done' ? 'done' : Number(row.place)
    },
    async write(tx, table, place) {
      await tx.run(sql`
        INSERT INTO copy_places (name, place) VALUES (${table}, ${String(place)}) ON CONFLICT (name) DO UPDATE SET place = excluded.place`)
    },
  }
}

/** What an unfinished copy is of; undefined if there is none, or if it is finished. */
export async function originOf(copy: Database): Promise<string | undefined> {
  const isThere = await copy.get(sql`
    SELECT 1 AS found FROM pg_class WHERE relname = 'copy_places' AND relnamespace = current_schema()::regnamespace`)
  if (!isThere) return undefined
  return (await copy.get<{ place: string }>(sql`SELECT place FROM copy_places WHERE name = ''`))?.place
}
