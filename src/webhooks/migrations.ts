import type { Migration } from '../platform/database/migration.ts'

export const webhookMigrations: readonly Migration[] = [
  {
    name: 'calls-001',
    sql: `
CREATE TABLE calls (
  key TEXT PRIMARY KEY,
  version TEXT NOT NULL,
  url TEXT NOT NULL,
  form TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('owed', 'failed')),
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  reason TEXT
) STRICT;
CREATE INDEX calls_owed ON calls (due_at) WHERE state = 'owed'`,
  },
]
