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
]
