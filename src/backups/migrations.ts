import type { Migration } from '../platform/database/migration.ts'

export const backupMigrations: readonly Migration[] = [
  {
    // A slot ends with `finished_at`. Until then `failed_at` and `reason` tell of the last attempt.
    name: 'backups-001-scheduled',
    sql: `
CREATE TABLE scheduled_backups (
  slot INTEGER NOT NULL PRIMARY KEY,
  file TEXT,
  bytes INTEGER,
  finished_at INTEGER,
  failed_at INTEGER,
  reason TEXT
) STRICT`,
    since: 1,
  },
]
