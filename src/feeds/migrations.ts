import type { Migration } from '../platform/database/migration.ts'

export const feedMigrations: readonly Migration[] = [
  {
    name: 'feeds-001',
    sql: `
      CREATE TABLE feed_bodies (
        address TEXT PRIMARY KEY,
        hash TEXT NOT NULL,
        changed_at INTEGER NOT NULL
      ) STRICT;
    `,
  },
  {
    name: 'feeds-002',
    sql: `
CREATE TABLE feed_announcements (
  hub TEXT PRIMARY KEY,
  version TEXT NOT NULL
) STRICT;
CREATE TABLE feed_claims (
  day TEXT NOT NULL,
  feed TEXT NOT NULL,
  fetcher TEXT NOT NULL,
  source TEXT NOT NULL,
  readers INTEGER NOT NULL,
  PRIMARY KEY (day, feed, fetcher, source)
) STRICT`,
  },
  {
    name: 'feeds-003-id-base',
    sql: `
CREATE TABLE feed_id_base (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  url TEXT NOT NULL
) STRICT`,
  },
  {
    name: 'feeds-004-reader-counts',
    sql: `
CREATE TABLE feed_reader_counts (
  day TEXT PRIMARY KEY,
  readers INTEGER NOT NULL
) STRICT`,
  },
]
