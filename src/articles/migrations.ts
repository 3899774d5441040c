import type { Migration } from '../platform/database/migration.ts'

export const articleMigrations: readonly Migration[] = [
  {
    name: 'articles-001',
    sql: `
      CREATE TABLE articles (
        path TEXT PRIMARY KEY,
        id TEXT NOT NULL,
        origin TEXT NOT NULL,
        first_seen_at INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE published_slugs (
        slug TEXT PRIMARY KEY,
        path TEXT NOT NULL,
        published_at INTEGER NOT NULL
      ) STRICT;
    `,
  },
  {
    name: 'articles-002-mail-pictures',
    sql: `
      CREATE TABLE mail_pictures (
        name TEXT PRIMARY KEY,
        type TEXT NOT NULL,
        bytes BLOB NOT NULL,
        made_at INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE mail_picture_sources (
        source TEXT PRIMARY KEY,
        name TEXT REFERENCES mail_pictures (name),
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        made_at INTEGER NOT NULL
      ) STRICT;
    `,
  },
  {
    name: 'articles-003-texts',
    sql: `
      ALTER TABLE articles ADD COLUMN fingerprint TEXT;
      ALTER TABLE articles ADD COLUMN text_hash TEXT;
      ALTER TABLE articles ADD COLUMN text_changed_at INTEGER;
    `,
  },
  {
    name: 'articles-004-hidden',
    sql: `
      CREATE TABLE article_reports (
        name TEXT PRIMARY KEY,
        made_at INTEGER NOT NULL
      ) STRICT`,
  },
  {
    name: 'articles-005-git-dates',
    sql: `
      CREATE TABLE article_git_dates (
        key TEXT PRIMARY KEY,
        dates TEXT NOT NULL
      ) STRICT;
    `,
  },
  {
    name: 'articles-006-dialects',
    sql: `
      CREATE TABLE article_dialects (
        name TEXT PRIMARY KEY,
        why TEXT NOT NULL,
        found_at INTEGER NOT NULL
      ) STRICT;
    `,
  },
]
