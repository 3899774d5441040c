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
  {
    // `admin_token` is a keyed hash: a session ends when ADMIN_TOKEN changes. `operator` is null for the holder of ADMIN_TOKEN.
    name: 'operator-002-sessions',
    sql: `
CREATE TABLE sessions (
  hash TEXT PRIMARY KEY,
  operator TEXT,
  admin_token TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT`,
  },
  {
    // `operator` has no foreign key: entries stay when an operator is removed. `details` is JSON.
    name: 'operator-003-audit-log',
    sql: `
CREATE TABLE audit_log (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  operator TEXT,
  via TEXT NOT NULL CHECK (via IN ('desk', 'api', 'cli')),
  action TEXT NOT NULL,
  subject TEXT,
  details TEXT NOT NULL
) STRICT;
CREATE INDEX audit_log_in_time ON audit_log (at)`,
  },
]
