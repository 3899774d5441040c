import type { Migration } from '../platform/database/migration.ts'

export const operatorMigrations: readonly Migration[] = [
  {
    name: 'operator-001',
    sql: `
CREATE TABLE secrets (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;
CREATE TABLE login_links (
  hash TEXT PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT`,
  },
]
