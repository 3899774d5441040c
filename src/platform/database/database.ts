import type { Sql, SqlValue } from './sql.ts'

/** Queries, inside or outside a transaction. Instants are integers: milliseconds since 1970. */
export interface Queries {
  readonly engine: 'sqlite' | 'postgres'
  /** All rows of a SELECT or RETURNING. */
  all<Row extends object>(query: Sql): Promise<Row[]>
  /** The first row, if any. */
  get<Row extends object>(query: Sql): Promise<Row | undefined>
  /** Returns the number of written rows. */
  run(query: Sql): Promise<number>
  /**
   * Bulk insert. `into` ends before VALUES; `after` follows the values, such as ON CONFLICT. All rows have the same number of values.
   * Writes all rows or none. Returns the number of written rows.
   */
  insertAll(into: Sql, rows: readonly (readonly SqlValue[])[], after?: Sql): Promise<number>
}

/**
 * The shared database handle. Inside `transaction` or `commit`, a call chain must use the `tx` it is given: until the work settles, the
 * handle rejects that chain. The error begins with the start of the statement. Other call chains wait. `lock` has its own connection and
 * works anywhere.
 */
export interface Database extends Queries {
  /**
   * Runs `work` in one durable transaction: commits when it resolves, rolls back when it throws. Keep it short. `work` must change
   * only the database, because it runs again after a deadlock.
   */
  transaction<Result>(work: (tx: Queries) => Promise<Result>): Promise<Result>
  /**
   * Like `transaction`, but resolves after the commit and before the sync to disk, so that the next transaction can start. When `onDisk`
   * resolves, this and all earlier commits are durable.
   */
  commit<Result>(work: (tx: Queries) => Promise<Result>): Promise<Committed<Result>>
  /**
   * Writes a row and reads the database back. Rejects if that fails, such as on a full disk, or if the database was found malformed.
   * Changes no value. Takes a few milliseconds.
   */
  probe(): Promise<void>
  /** An exclusive lock of this process, or undefined if another one holds it. Released automatically when the process dies. */
  lock(name: string): Promise<Lock | undefined>
  /**
   * On a database file: moves the log into the file and cuts it to zero bytes, so that it holds no erased values. False if another process
   * reads it. Absent on PostgreSQL, which recycles its log itself.
   */
  emptyLog?(): Promise<boolean>
  /** On PostgreSQL: whether the last try to connect failed. Calls then reject with DatabaseAway. Absent on a database file. */
  isAway?(): boolean
  close(): Promise<void>
}

export interface Committed<Result> {
  readonly result: Result
  readonly onDisk: Promise<void>
}

export interface Lock {
  /** False once the connection of the lock is lost: another process may hold the lock by then. */
  isHeld(): boolean
  release(): Promise<void>
}
