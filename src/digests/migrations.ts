import type { Migration } from '../platform/database/migration.ts'

export const digestMigrations: readonly Migration[] = [
  {
    name: 'digests-001',
    sql: `
CREATE TABLE digests (
  name TEXT PRIMARY KEY,
  began_at INTEGER NOT NULL,
  rhythm TEXT NOT NULL,
  counts_from INTEGER NOT NULL,
  trouble TEXT,
  trouble_since INTEGER
) STRICT;
CREATE TABLE slots (
  digest TEXT NOT NULL REFERENCES digests (name),
  slot INTEGER NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('issued', 'skipped', 'missed')),
  reason TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  PRIMARY KEY (digest, slot)
) STRICT;
CREATE INDEX slots_missed ON slots (recorded_at) WHERE outcome = 'missed';
CREATE TABLE issues (
  id TEXT PRIMARY KEY,
  digest TEXT NOT NULL REFERENCES digests (name),
  number INTEGER NOT NULL,
  slot INTEGER,
  key TEXT,
  state TEXT NOT NULL CHECK (state IN ('preparing', 'held', 'sending', 'paused', 'finished', 'cancelled')),
  subject TEXT NOT NULL,
  content TEXT NOT NULL,
  frozen_through TEXT NOT NULL,
  frozen_at INTEGER,
  first_batch INTEGER,
  pause_reason TEXT,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  held_for TEXT,
  release_at INTEGER,
  trouble TEXT,
  trouble_since INTEGER,
  reviewed_at INTEGER,
  UNIQUE (digest, number),
  UNIQUE (digest, slot),
  UNIQUE (digest, key),
  CHECK ((state = 'paused') = (pause_reason IS NOT NULL))
) STRICT;
CREATE INDEX issues_by_state ON issues (state);
CREATE INDEX issues_to_review ON issues (id) WHERE state = 'finished' AND reviewed_at IS NULL;
CREATE TABLE issue_editions (
  issue_id TEXT NOT NULL REFERENCES issues (id),
  list_key TEXT NOT NULL,
  edition_id TEXT NOT NULL,
  articles TEXT NOT NULL,
  PRIMARY KEY (issue_id, list_key)
) STRICT;
CREATE TABLE ledger (
  digest TEXT NOT NULL REFERENCES digests (name),
  article_id TEXT NOT NULL,
  issue_id TEXT REFERENCES issues (id),
  reason TEXT,
  recorded_at INTEGER NOT NULL,
  CHECK ((issue_id IS NULL) <> (reason IS NULL)),
  PRIMARY KEY (digest, article_id)
) STRICT;
CREATE INDEX ledger_of_article ON ledger (article_id);
CREATE TABLE notices (
  id TEXT PRIMARY KEY,
  cause TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('held', 'paused', 'failed', 'missed')),
  digest TEXT NOT NULL,
  issue_id TEXT,
  subject TEXT NOT NULL,
  paragraphs TEXT NOT NULL,
  since INTEGER NOT NULL,
  stands_until INTEGER,
  ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX notices_standing ON notices (cause) WHERE ended_at IS NULL`,
  },
  {
    name: 'digests-002-measured-links',
    sql: `
CREATE TABLE measured_links (
  id TEXT PRIMARY KEY,
  issue_id TEXT NOT NULL REFERENCES issues (id),
  kind TEXT NOT NULL CHECK (kind IN ('article', 'call_to_action', 'text', 'open')),
  url TEXT NOT NULL,
  count INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX measured_links_of_issue ON measured_links (issue_id)`,
  },
  {
    // A row holds the next scheduled issue of its digest, once, as an operator asked.
    name: 'digests-003-held-next',
    sql: `
CREATE TABLE held_next (
  digest TEXT PRIMARY KEY REFERENCES digests (name),
  held_at INTEGER NOT NULL
) STRICT`,
  },
  {
    // `week` is the Monday that a report was due on, such as 2026-11-30.
    name: 'digests-004-weekly-reports',
    sql: `
CREATE TABLE weekly_reports (
  week TEXT PRIMARY KEY,
  sent_at INTEGER NOT NULL
) STRICT`,
  },
  {
    // `note` in used_notes: `text HASH`, or `day 2026-12-07`. The primary key lets one issue use a note.
    name: 'digests-005-notes',
    sql: `
CREATE TABLE used_notes (
  digest TEXT NOT NULL REFERENCES digests (name),
  note TEXT NOT NULL,
  issue_id TEXT NOT NULL REFERENCES issues (id),
  PRIMARY KEY (digest, note)
) STRICT;
CREATE TABLE note_drafts (
  digest TEXT PRIMARY KEY REFERENCES digests (name),
  text TEXT NOT NULL,
  file TEXT,
  file_hash TEXT,
  saved_at INTEGER NOT NULL
) STRICT`,
  },
]
