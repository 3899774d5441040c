import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, inject } from 'vitest'
import type { Database } from '../../src/platform/database/database.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import type { Migration } from '../../src/platform/database/migration.ts'
import { openDatabase } from '../../src/platform/database/open.ts'
import { createPostgresDatabase } from './postgres.ts'
import { quietLog } from './quiet.ts'

export type Engine = 'sqlite' | 'postgres'

/** The address of an empty database: a file in a temporary folder, or a new database in the suite's PostgreSQL. */
export async function freshDatabase(engine: Engine): Promise<{ address: string; remove: () => Promise<void> }> {
  if (engine === 'postgres') {
    const name = `test_${inject('postgresRun')}_${randomUUID().replaceAll('-', '')}`
    const url = inject('postgresUrl')
    await createPostgresDatabase(url.replace('DATABASE', 'postgres'), name)
    return { address: url.replace('DATABASE', name), remove: async () => {} }
  }
  const folder = await mkdtemp(join(tmpdir(), 'broadsheet-test-'))
  return { address: join(folder, 'broadsheet.sqlite'), remove: () => rm(folder, { recursive: true, force: true }) }
}

export interface TestDatabase extends AsyncDisposable {
  readonly database: Database
  readonly address: string
}

/** Runs `tests` on SQLite and on PostgreSQL. Each test opens its own empty database. */
export function onEachDatabase(
  context: string,
  migrations: readonly Migration[],
  tests: (open: () => Promise<TestDatabase>, engine: Engine) => void,
): void {
  describe.each<Engine>(['sqlite', 'postgres'])(`${context} on %s`, (engine) => {
    tests(() => openTestDatabase(engine, migrations), engine)
  })
}

export async function openTestDatabase(engine: Engine, migrations: readonly Migration[]): Promise<TestDatabase> {
  const { address, remove } = await freshDatabase(engine)
  const database = await openDatabase(address, quietLog)
  await migrate(database, migrations)
  return {
    database,
    address,
    async [Symbol.asyncDispose]() {
      await database.close()
      await remove()
    },
  }
}
