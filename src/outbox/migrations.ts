import type { Migration } from '../platform/database/migration.ts'

/** The key of a delivery's counter. Each issue has its own; emails share one per kind, because each is a mailing of its own. */
const countedAs = (row: 'OLD' | 'NEW') => ({
  mailing: `CASE ${row}.priority WHEN 2 THEN ${row}.mailing_id ELSE '' END`,
  kind: `CASE ${row}.priority WHEN 2 THEN 'issue' ELSE (SELECT kind FROM mailings WHERE id = ${row}.mailing_id) END`,
})
const [was, is] = [countedAs('OLD'), countedAs('NEW')]

const addOne = `INSERT INTO delivery_counts (mailing_id, kind, state, count) VALUES (${is.mailing}, ${is.kind}, NEW.state, 1)
  ON CONFLICT (mailing_id, kind, state) DO UPDATE SET count = count + 1`
const takeOne = `UPDATE delivery_counts SET count = count - 1
  WHERE mailing_id = ${was.mailing} AND kind = ${was.kind} AND state = OLD.state`

/**
 * `delivery_counts`: deliveries by mailing, kind and state. On SQLite, counting a million rows would block the thread that answers
 * requests, so triggers maintain a table. On PostgreSQL, senders would wait for each other's counter rows, so it is a view.
 */
const deliveryCounts = {
  sqlite: `
CREATE TABLE delivery_counts (
  mailing_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  count INTEGER NOT NULL CHECK (count >= 0),
  PRIMARY KEY (mailing_id, kind, state)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER delivery_counted AFTER INSERT ON deliveries BEGIN
  ${addOne}; END;
CREATE TRIGGER delivery_moved AFTER UPDATE OF state ON deliveries WHEN NEW.state <> OLD.state BEGIN
  ${takeOne}; ${addOne}; END;
CREATE TRIGGER delivery_gone AFTER DELETE ON deliveries BEGIN
  ${takeOne}; END`,
  postgres: `
CREATE VIEW delivery_counts AS
SELECT mailing_id, 'issue' AS kind, state, count(*) AS count FROM deliveries WHERE priority = 2 GROUP BY mailing_id, state
UNION ALL SELECT '', m.kind, d.state, count(*) FROM deliveries d JOIN mailings m ON m.id = d.mailing_id WHERE d.priority < 2 GROUP BY m.kind, d.state`,
}

const states = ['queued', 'handing_over', 'sent', 'failed', 'cancelled', 'skipped', 'uncertain'] as const
const columnList = states.join(', ')
const addedUp = states.map((state) => `${state} = c.${state} + excluded.${state}`).join(', ')

/** Upserts the counters of this connection. `rows` has the columns mailing_id, kind and state; `sign` says whether they come or go. */
const countRows = (rows: string, sign: '' | '-') => `INSERT INTO delivery_counters AS c (mailing_id, kind, backend, ${columnList})
  SELECT mailing_id, kind, pg_backend_pid(), ${states.map((state) => `${sign}count(*) FILTER (WHERE state = '${state}')`).join(', ')}
  FROM (${rows}) AS r GROUP BY mailing_id, kind ON CONFLICT (mailing_id, kind, backend) DO UPDATE SET ${addedUp}`
const keyed = (table: string) => `SELECT CASE d.priority WHEN 2 THEN d.mailing_id ELSE '' END AS mailing_id,
  CASE d.priority WHEN 2 THEN 'issue' ELSE (SELECT kind FROM mailings WHERE id = d.mailing_id) END AS kind, d.state FROM ${table} d`

/**
 * `delivery_counters`: what `delivery_counts` adds up on PostgreSQL, so that a page about a million deliveries reads a few rows. Each
 * connection (`backend`) has its own row, so that senders never wait for each other. Single rows may be negative; their sum is not.
 */
const deliveryCounters = `
CREATE TABLE delivery_counters (
  mailing_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  backend INTEGER NOT NULL,
  ${states.map((state) => `${state} INTEGER NOT NULL DEFAULT 0`).join(', ')},
  PRIMARY KEY (mailing_id, kind, backend)
) WITH (fillfactor = 50);
CREATE FUNCTION count_deliveries_added() RETURNS trigger AS $$ BEGIN
  ${countRows(keyed('added'), '')}; RETURN NULL; END $$ LANGUAGE plpgsql;
CREATE FUNCTION count_deliveries_gone() RETURNS trigger AS $$ BEGIN
  ${countRows(keyed('gone'), '-')}; RETURN NULL; END $$ LANGUAGE plpgsql;
CREATE FUNCTION count_delivery_moved() RETURNS trigger AS $$ BEGIN
  INSERT INTO delivery_counters AS c (mailing_id, kind, backend, ${columnList})
  VALUES (${is.mailing}, ${is.kind}, pg_backend_pid(), ${states.map((state) => `(NEW.state = '${state}')::int - (OLD.state = '${state}')::int`).join(', ')})
  ON CONFLICT (mailing_id, kind, backend) DO UPDATE SET ${addedUp}; RETURN NULL; END $$ LANGUAGE plpgsql;
CREATE TRIGGER deliveries_counted AFTER INSERT ON deliveries REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_deliveries_added();
CREATE TRIGGER deliveries_gone AFTER DELETE ON deliveries REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_deliveries_gone();
CREATE TRIGGER delivery_moved AFTER UPDATE OF state ON deliveries FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION count_delivery_moved();
${countRows(keyed('deliveries'), '')};
CREATE OR REPLACE VIEW delivery_counts AS
SELECT c.mailing_id, c.kind, s.state, CAST(s.count AS BIGINT) AS count
FROM (SELECT mailing_id, kind, ${states.map((state) => `sum(${state}) AS ${state}`).join(', ')} FROM delivery_counters GROUP BY mailing_id, kind) AS c
CROSS JOIN LATERAL (VALUES ${states.map((state) => `('${state}', c.${state})`).join(', ')}) AS s (state, count)`

/** `delivery_rates`: deliveries settled in each five seconds, by lease, so that senders never wait for each other. Kept for two minutes. */
const deliveryRates = `
CREATE TABLE delivery_rates (
  mailing_id TEXT NOT NULL,
  began_at INTEGER NOT NULL,
  lease TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (mailing_id, began_at, lease)
) STRICT`

const netOf = (state: string) =>
  `count(*) FILTER (WHERE is_new AND state = '${state}') - count(*) FILTER (WHERE NOT is_new AND state = '${state}')`

/**
 * Counts all rows of a statement at once. A counter row that is changed for each delivery grows by as many versions in one transaction.
 * Most statements move no delivery, such as a claim.
 */
const countMovesAtOnce = `
CREATE FUNCTION count_deliveries_moved() RETURNS trigger AS $$ BEGIN
  INSERT INTO delivery_counters AS c (mailing_id, kind, backend, ${columnList})
  SELECT mailing_id, kind, pg_backend_pid(), ${columnList} FROM (
    SELECT mailing_id, kind, ${states.map((state) => `${netOf(state)} AS ${state}`).join(', ')}
    FROM (SELECT true AS is_new, n.* FROM (${keyed('after')}) AS n UNION ALL SELECT false, o.* FROM (${keyed('before')}) AS o) AS moved
    GROUP BY mailing_id, kind) AS net
  WHERE ${states.map((state) => `${state} <> 0`).join(' OR ')}
  ON CONFLICT (mailing_id, kind, backend) DO UPDATE SET ${addedUp}; RETURN NULL; END $$ LANGUAGE plpgsql;
DROP TRIGGER delivery_moved ON deliveries;
CREATE TRIGGER deliveries_moved AFTER UPDATE ON deliveries REFERENCING OLD TABLE AS before NEW TABLE AS after
  FOR EACH STATEMENT EXECUTE FUNCTION count_deliveries_moved()`

// SQLite uses a partial index only if the statement repeats the terms of its WHERE. Queued deliveries have few indexes: each costs WAL
// pages at every commit, and one by address would add a page per delivery.
export const outboxMigrations: readonly Migration[] = [
  {
    name: 'outbox-001',
    sql: `
CREATE TABLE mailings (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('issue', 'confirmation', 'welcome', 'goodbye', 'test', 'notice')),
  list TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'paused', 'finished', 'cancelled')),
  excused TEXT NOT NULL DEFAULT '[]',
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX mailings_to_send ON mailings (created_at, id) WHERE kind = 'issue' AND state = 'open';
CREATE INDEX mailings_to_sweep ON mailings (id) WHERE state = 'cancelled';
CREATE TABLE editions (
  id TEXT PRIMARY KEY,
  content TEXT NOT NULL
) STRICT;
CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  mailing_id TEXT NOT NULL REFERENCES mailings (id),
  edition_id TEXT REFERENCES editions (id),
  priority INTEGER NOT NULL,
  address TEXT NOT NULL,
  address_key TEXT NOT NULL,
  holes TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'handing_over', 'sent', 'failed', 'cancelled', 'skipped', 'uncertain')),
  reason TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  owed_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  lease TEXT,
  lease_until INTEGER,
  settled_at INTEGER,
  decided_at INTEGER,
  CHECK (edition_id IS NOT NULL OR state = 'skipped'),
  UNIQUE (mailing_id, address_key)
) STRICT;
CREATE INDEX deliveries_urgent ON deliveries (priority, due_at, id) WHERE state = 'queued' AND priority < 2;
CREATE INDEX deliveries_owed ON deliveries (mailing_id, due_at, id) WHERE state = 'queued';
CREATE INDEX deliveries_leased ON deliveries (mailing_id, lease) WHERE lease IS NOT NULL;
CREATE INDEX deliveries_by_state ON deliveries (mailing_id, state) WHERE state <> 'handing_over';
CREATE TABLE sending_hold (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  reason TEXT NOT NULL,
  since INTEGER NOT NULL
) STRICT;
CREATE TABLE sending_pace (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  next_at INTEGER NOT NULL
) STRICT`,
  },
  {
    name: 'outbox-002-suppressions',
    sql: `
CREATE TABLE suppressions (
  address_hash TEXT PRIMARY KEY,
  address_key TEXT,
  reason TEXT NOT NULL CHECK (reason IN ('bounce', 'complaint', 'operator', 'erasure')),
  created_at INTEGER NOT NULL,
  asked_at INTEGER,
  CHECK (reason <> 'erasure' OR address_key IS NULL)
) STRICT;
CREATE INDEX suppressions_by_address ON suppressions (address_key) WHERE address_key IS NOT NULL;
CREATE INDEX suppressions_in_time ON suppressions (created_at, address_hash)`,
  },
  {
    name: 'outbox-003-forgetting',
    sql: `
CREATE INDEX deliveries_of_letters ON deliveries (address_key) WHERE priority < 2;
CREATE INDEX mailings_of_issues ON mailings (id) WHERE kind = 'issue';
CREATE INDEX mailings_in_time ON mailings (created_at);
CREATE TABLE thinned_deliveries (
  mailing_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (mailing_id, kind, state)
) STRICT;
CREATE VIEW begun_deliveries AS SELECT mailing_id FROM deliveries WHERE state IN ('sent', 'uncertain') AND state <> 'handing_over'
UNION ALL SELECT mailing_id FROM deliveries WHERE lease IS NOT NULL AND state = 'handing_over'
UNION ALL SELECT mailing_id FROM thinned_deliveries WHERE state IN ('sent', 'uncertain')`,
  },
  {
    name: 'outbox-004-reports',
    sql: `
CREATE TABLE reports (
  delivery_id INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('hard', 'soft', 'policy', 'complaint')),
  mailing_id TEXT NOT NULL,
  status TEXT,
  address_hash TEXT,
  reported_at INTEGER NOT NULL,
  PRIMARY KEY (delivery_id, kind)
) STRICT;
CREATE INDEX reports_of_mailing ON reports (mailing_id);
CREATE INDEX reports_soft ON reports (address_hash, reported_at) WHERE address_hash IS NOT NULL`,
  },
  { name: 'outbox-005-counts', sql: deliveryCounts, derived: ['delivery_counts'] },
  {
    name: 'outbox-006-rates',
    sql: { sqlite: deliveryRates, postgres: `${deliveryRates};${deliveryCounters}` },
    derived: ['delivery_counters'],
  },
  { name: 'outbox-007-moves', sql: { sqlite: '', postgres: countMovesAtOnce }, since: 1 },
  {
    name: 'outbox-008-throttles',
    sql: `
CREATE TABLE throttled_domains (
  domain TEXT PRIMARY KEY,
  at_once INTEGER NOT NULL CHECK (at_once >= 1),
  pause_until INTEGER NOT NULL,
  pause_ms INTEGER NOT NULL,
  accepted INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT`,
    since: 1,
  },
]
