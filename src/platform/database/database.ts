import type { Sql, SqlValue } from './sql.ts'

/** What can be asked of the database, inside a transaction or outside. Instants are integers: milliseconds since 1970. */
export interface Queries {
  readonly engine: 'sqlite' | 'postgres'
  /** All rows of a SELECT or of a RETURNING. */
  all<Row extends object>(query: Sql): Promise<Row[]>
  /** The first row, if there is one. */
  get<Row extends object>(query: Sql): Promise<Row | undefined>
  /** How many rows were written. */
  run(query: Sql): Promise<number>
  /**
   * Inserts many rows as fast as the engine can: `into` ends before VALUES, `after` is what follows it, such as ON CONFLICT. Every row
   * has as many values as the first. Returns how many were written; all or none.
   */
  insertAll(into: Sql, rows: readonly (readonly SqlValue[])[], after?: Sql): Promise<number>
}

/**
 * The handle that is passed around. A call chain that is inside its own `transaction` or `commit` must use the `tx` of it: until the work
 * settles, the handle rejects that chain with an error that begins with the statement's first words. Others wait their turn. `lock` has
 * a connection of its own, and may be used anywhere.
 */
export interface Database extends Queries {
  /**
   * Runs `work` in one durable transaction: committed when it resolves, rolled back when it throws. Keep it short, and let it
   * change nothing but the database: where two transactions wait for each other, one is run again.
   */
  transaction<Result>(work: (tx: Queries) => Promise<Result>): Promise<Result>
  /**
   * As `transaction`, but resolves once it is committed, so that the next one may be: it is durable when `onDisk` resolves, and with it
   * all that was committed before.
   */
  commit<Result>(work: (tx: Queries) => Promise<Result>): Promise<Committed<Result>>
  /** A lock for this process alone, which the operating system or the server gives back when the process dies. */
  lock(name: string): Promise<Lock | undefined>
  close(): Promise<void>
}

export interface Committed<Result> {
  readonly result: Result
  readonly onDisk: Promise<void>
}

export interface Lock {
  /** False once the connection that held it is lost: somebody else may have it by now. */
  isHeld(): boolean
  release(): Promise<void>
}
