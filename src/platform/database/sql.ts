/** Types that a statement may bind. A driver might store other types as NULL. */
export type SqlValue = string | number | bigint | null | Uint8Array

/** A bound value, or a column of them, which only PostgreSQL takes. */
export type Bound = SqlValue | readonly SqlValue[]

/** A statement or a part of one: text and bound values. Create it with `sql`, never from strings. */
export class Sql {
  readonly #strings: readonly string[]
  readonly #values: readonly (Bound | Sql)[]

  constructor(strings: readonly string[], values: readonly (Bound | Sql)[]) {
    this.#strings = strings
    this.#values = values
  }

  /** The text with `$1`, `$2` … for PostgreSQL or `?` for SQLite, and the values in that order. */
  compile(parameters: 'numbered' | 'positional'): { text: string; values: Bound[] } {
    const values: Bound[] = []
    return { text: this.#write(values, parameters === 'numbered'), values }
  }

  /** Whether the statement begins with SELECT, and so only reads. */
  get isSelect(): boolean {
    return /^\s*SELECT\b/.test(this.#strings[0] ?? '')
  }

  #write(values: Bound[], isNumbered: boolean): string {
    let text = this.#strings[0] ?? ''
    for (let index = 0; index < this.#values.length; index++) {
      const value = this.#values[index] as Bound | Sql
      if (value instanceof Sql) text += value.#write(values, isNumbered)
      else {
        values.push(value)
        text += isNumbered ? `$${values.length}` : '?'
      }
      text += this.#strings[index + 1] ?? ''
    }
    return text
  }
}

/** SQL with every value bound: sql`SELECT id FROM articles WHERE path = ${path}`. A value may be another `sql`. */
export function sql(strings: TemplateStringsArray, ...values: (Bound | Sql)[]): Sql {
  return new Sql(strings, values)
}

/** Joins parts with `separator`, for example the rows of VALUES or the members of IN. The separator must not come from input. */
export function joinSql(parts: readonly (SqlValue | Sql)[], separator = ', '): Sql {
  if (parts.length === 0) throw new Error('joinSql needs at least one part')
  return new Sql(['', ...Array.from({ length: parts.length - 1 }, () => separator), ''], parts)
}
