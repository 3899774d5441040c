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
  {
    name: 'webhooks-001-endpoints',
    sql: `
CREATE TABLE webhook_endpoints (
  id TEXT PRIMARY KEY,
  url TEXT NOT NULL,
  types TEXT NOT NULL,
  description TEXT NOT NULL,
  is_enabled INTEGER NOT NULL CHECK (is_enabled IN (0, 1)),
  disabled_reason TEXT,
  secret TEXT NOT NULL,
  previous_secret TEXT,
  previous_until INTEGER,
  failures INTEGER NOT NULL,
  failing_since INTEGER,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE webhook_events (
  id TEXT PRIMARY KEY,
  type TEXT NOT NULL,
  payload TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_events_by_age ON webhook_events (created_at);
CREATE TABLE webhook_deliveries (
  id TEXT PRIMARY KEY,
  event_id TEXT NOT NULL REFERENCES webhook_events (id) ON DELETE CASCADE,
  endpoint_id TEXT NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
  state TEXT NOT NULL CHECK (state IN ('queued', 'succeeded', 'failed', 'cancelled')),
  tries INTEGER NOT NULL,
  began_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  lease TEXT,
  lease_until INTEGER,
  settled_at INTEGER,
  created_at INTEGER NOT NULL,
  UNIQUE (event_id, endpoint_id)
) STRICT;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, due_at) WHERE state = 'queued';
CREATE INDEX webhook_deliveries_of_endpoint ON webhook_deliveries (endpoint_id, id);
CREATE TABLE webhook_attempts (
  id TEXT PRIMARY KEY,
  delivery_id TEXT NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
  attempted_at INTEGER NOT NULL,
  took_ms INTEGER NOT NULL,
  status INTEGER,
  reason TEXT,
  answer TEXT
) STRICT;
CREATE INDEX webhook_attempts_of_delivery ON webhook_attempts (delivery_id, id);
CREATE TABLE announced_articles (
  article_id TEXT PRIMARY KEY
) STRICT`,
  },
]
