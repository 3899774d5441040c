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
  {
    // A removed operator stays until the audit log no longer names it. `origin` says how a session began; empty in earlier versions.
    // `operator` of links and sessions is null for the holder of ADMIN_TOKEN. `scopes` are separated by spaces.
    name: 'operator-004-operators',
    sql: `
CREATE TABLE operators (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL,
  address_key TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('viewer', 'editor', 'owner')),
  language TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  signed_in_at INTEGER,
  removed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX operators_by_address ON operators (address_key) WHERE removed_at IS NULL;
CREATE TABLE login_mails (
  operator TEXT NOT NULL REFERENCES operators (id),
  sent_at INTEGER NOT NULL
) STRICT;
CREATE INDEX login_mails_of_operator ON login_mails (operator, sent_at);
CREATE TABLE api_tokens (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  operator TEXT NOT NULL REFERENCES operators (id),
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER
) STRICT;
CREATE INDEX api_tokens_of_operator ON api_tokens (operator);
ALTER TABLE login_links ADD COLUMN operator TEXT;
ALTER TABLE login_links ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN last_seen_at INTEGER;
ALTER TABLE sessions ADD COLUMN address_asked_at INTEGER;
CREATE INDEX sessions_of_operator ON sessions (operator) WHERE operator IS NOT NULL`,
  },
  {
    name: 'operator-005-audit-of-subject',
    sql: `CREATE INDEX audit_log_of_subject ON audit_log (subject, id) WHERE subject IS NOT NULL`,
  },
]
