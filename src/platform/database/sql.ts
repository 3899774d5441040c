/** What a statement may bind. Anything else is a mistake that a driver might store as NULL. */
export type SqlValue = string | number | bigint | null | Uint8Array

/** A statement or a part of one: text between bound values. Make it with `sql`, never from strings. */
export class Sql {
  readonly #strings: readonly string[]
  readonly #values: readonly (SqlValue | Sql)[]

  constructor(strings: readonly string[], values: readonly (SqlValue | Sql)[]) {
    this.#strings = strings
    this.#values = values
  }

  /** The text with `$1`, `$2` … (which PostgreSQL numbers and SQLite names) and the values in that order. */
  compile(): { text: string; values: SqlValue[] } {
    const values: SqlValue[] = []
    return { text: this.#write(values), values }
  }

  #write(values: SqlValue[]): string {
    let text = this.#strings[0] ?? ''
    for (const [index, value] of this.#values.entries()) {
      text += value instanceof Sql ? value.#write(values) : `$${values.push(value)}`
      text += this.#strings[index + 1] ?? ''
    }
    return text
  }
}

/** SQL with every value bound: sql`SELECT id FROM articles WHERE path = ${path}`. A value may be another `sql`. */
export function sql(strings: TemplateStringsArray, ...values: (SqlValue | Sql)[]): Sql {
  return new Sql(strings, values)
}

/** Parts joined by `separator`, as for the rows of VALUES or the members of IN. The separator is code, never input. */
export function joinSql(parts: readonly (SqlValue | Sql)[], separator = ', '): Sql {
  if (parts.length === 0) throw new Error('joinSql needs at least one part')
  return new Sql(['', ...Array.from({ length: parts.length - 1 }, () => separator), ''], parts)
}
