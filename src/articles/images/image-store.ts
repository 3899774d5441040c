import type { Queries } from '../../platform/database/database.ts'
import { joinSql, sql } from '../../platform/database/sql.ts'

export interface StoredPicture {
  readonly type: string
  readonly bytes: Uint8Array
}

/** Result for one source. Without a `name`, mail uses the original. */
export interface StoredSource {
  readonly source: string
  readonly name: string | undefined
  readonly width: number
  readonly height: number
  readonly madeAt: Date
  /** Size of the stored picture; undefined if mail uses the original. */
  readonly bytes: number | undefined
}

export async function readPicture(db: Queries, name: string): Promise<StoredPicture | undefined> {
  return db.get<{ type: string; bytes: Uint8Array }>(sql`SELECT type, bytes FROM mail_pictures WHERE name = ${name}`)
}

export async function readSources(db: Queries, sources: readonly string[]): Promise<StoredSource[]> {
  if (sources.length === 0) return []
  const rows = await db.all<{
    source: string
    name: string | null
    width: number
    height: number
    made_at: number
    size: number | null
  }>(sql`
    SELECT s.source, s.name, s.width, s.height, s.made_at, length(p.bytes) AS size
    FROM mail_picture_sources s LEFT JOIN mail_pictures p ON p.name = s.name WHERE s.source IN (${joinSql(sources)})`)
  return rows.map(({ source, name, width, height, made_at, size }) => ({
    source,
    name: name ?? undefined,
    width,
    height,
    madeAt: new Date(made_at),
    bytes: size ?? undefined,
  }))
}

/** `name` is a hash of the bytes, so a sent issue never shows another picture. */
export async function insertPicture(tx: Queries, name: string, { type, bytes }: StoredPicture, now: Date): Promise<void> {
  await tx.run(sql`
    INSERT INTO mail_pictures (name, type, bytes, made_at) VALUES (${name}, ${type}, ${bytes}, ${now.getTime()}) ON CONFLICT (name) DO NOTHING`)
}

export async function storeSource(tx: Queries, { source, name, width, height, madeAt }: StoredSource): Promise<void> {
  await tx.run(sql`
    INSERT INTO mail_picture_sources (source, name, width, height, made_at)
    VALUES (${source}, ${name ?? null}, ${width}, ${height}, ${madeAt.getTime()})
    ON CONFLICT (source) DO UPDATE SET name = excluded.name, width = excluded.width, height = excluded.height, made_at = excluded.made_at`)
}
