import type { Clock } from '../platform/clock.ts'
import type { Migration } from '../platform/database/migration.ts'
import type { Log } from '../platform/log.ts'
import type { Random } from '../platform/random.ts'

/** Dependencies of commands that copy a whole database. They open it themselves. */
export interface BackupsContext {
  /** `postgres://…` or the path of the database file. */
  readonly databaseAddress: string
  readonly dataFolder: string
  /** SECRET; undefined: the one in the database. */
  readonly secret: string | undefined
  readonly previousSecrets: readonly string[]
  /** Of all modules. */
  readonly migrations: readonly Migration[]
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}
