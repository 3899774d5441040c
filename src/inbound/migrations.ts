import type { Migration } from '../platform/database/migration.ts'

export const inboundMigrations: readonly Migration[] = [
  {
    // `secret_hash` is a keyed hash. Topics and ids are of Amazon SNS, which allows no address in them.
    name: 'inbound-001-webhooks',
    sql: `
CREATE TABLE webhook_secrets (
  provider TEXT NOT NULL,
  secret_hash TEXT NOT NULL,
  topic TEXT,
  refused_topic TEXT,
  refused_at INTEGER,
  in_query_at INTEGER,
  PRIMARY KEY (provider, secret_hash)
) STRICT;
CREATE TABLE webhook_messages (
  id TEXT PRIMARY KEY,
  received_at INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_messages_in_time ON webhook_messages (received_at)`,
  },
]
