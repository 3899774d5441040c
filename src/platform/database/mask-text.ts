import { domainToUnicode } from 'node:url'
import { asciiDomain, splitAddress } from '../email-address.ts'
import { escapeMarkup } from '../html/escape.ts'
import type { Queries } from './database.ts'
import { joinSql, type Sql, sql } from './sql.ts'

/** A column of free text. */
export interface TextColumn {
  readonly table: Sql
  readonly column: Sql
  /** Limits the rows. Default: all. */
  readonly within?: Sql | undefined
}

const everyRow = sql`TRUE`

/** Takes the place of an address. Also valid in a URL. */
const mask = 'erased'

/** Replaces an address in every value of these columns, in each form that a text may hold. Returns the number of changed rows. */
export async function maskAddress(tx: Queries, address: string, columns: readonly TextColumn[]): Promise<number> {
  let changed = 0
  for (const { table, column, within } of columns) {
    for (const value of await textsWith(tx, address, { table, column, within })) {
      const masked = maskIn(value, address)
      if (masked !== value)
        changed += await tx.run(sql`UPDATE ${table} SET ${column} = ${masked} WHERE ${column} = ${value} AND ${within ?? everyRow}`)
    }
  }
  return changed
}

/** The distinct values of a column that may hold the address. A longer address that ends or begins with it is found too. */
export async function textsWith(db: Queries, address: string, { table, column, within = everyRow }: TextColumn): Promise<string[]> {
  const holds = (part: string) => sql`lower(${column}) LIKE ${`%${part.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`} ESCAPE '\\'`
  const found = formsOf(address).map(holds)
  // One cheap comparison for most rows: every form has such a local part as it is.
  const { local } = splitAddress(address)
  const likely = /^[a-z\d._-]+$/i.test(local) ? holds(local) : everyRow
  const rows = await db.all<{ text: string }>(
    sql`SELECT DISTINCT ${column} AS text FROM ${table} WHERE ${within} AND ${likely} AND (${joinSql(found, ' OR ')})`,
  )
  return rows.map((row) => row.text)
}

/** Replaces the address, but not longer addresses that contain it. */
export function maskIn(text: string, address: string): string {
  const forms = formsOf(address).map((form) => form.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
  // In JSON, a letter may follow a backslash: `\nada@example.org`.
  const before = String.raw`(?<=^|\\[nrt]|[^\p{L}\p{N}._%+-])`
  return text.replace(new RegExp(`${before}(?:${forms.join('|')})(?![\\p{L}\\p{N}_-]|\\.[\\p{L}\\p{N}])`, 'giu'), mask)
}

/** As written, percent-encoded and escaped in HTML, with the domain in ASCII and in Unicode. */
function formsOf(address: string): string[] {
  const { local, domain } = splitAddress(address)
  const domains = [domain, asciiDomain(domain), domainToUnicode(domain)]
  const forms = domains.flatMap((one) => [
    `${local}@${one}`,
    `${encodeURIComponent(local)}%40${encodeURIComponent(one)}`,
    `${local}%40${one}`,
  ])
  return [...new Set([...forms, ...forms.map(escapeMarkup)])].filter((form) => form !== '')
}
