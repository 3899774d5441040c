import type { Migration } from '../platform/database/migration.ts'

/**
 * The index of the search. `search_entries` holds the folded words of each subscriber. Triggers note who is new or renamed in
 * `search_waiting`, which costs an import next to nothing; a background job writes the entries. Deleting a subscriber deletes the entry
 * in the same statement. On SQLite, `secure-delete` removes erased words from the index at once instead of at the next merge. Merges
 * are run by the job in small steps, because an automatic one blocks the event loop for up to half a second.
 */
const searchTables = {
  sqlite: `
CREATE TABLE search_entries (
  number INTEGER PRIMARY KEY,
  subscriber_id TEXT NOT NULL UNIQUE,
  words TEXT NOT NULL
) STRICT;
CREATE TABLE search_waiting (
  number INTEGER PRIMARY KEY,
  subscriber_id TEXT NOT NULL
) STRICT;
CREATE TABLE search_fill (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  last_id TEXT NOT NULL,
  is_done INTEGER NOT NULL,
  has_trigrams INTEGER NOT NULL
) STRICT;
INSERT INTO search_fill (id, last_id, is_done, has_trigrams) VALUES (1, '', 0, 1);
CREATE VIRTUAL TABLE search_words USING fts5(words, content='search_entries', content_rowid='number', tokenize='trigram case_sensitive 1', columnsize=0);
INSERT INTO search_words (search_words, rank) VALUES ('secure-delete', 1);
INSERT INTO search_words (search_words, rank) VALUES ('automerge', 0);
INSERT INTO search_words (search_words, rank) VALUES ('crisismerge', 512);
CREATE TRIGGER search_entry_added AFTER INSERT ON search_entries BEGIN
  INSERT INTO search_words (rowid, words) VALUES (NEW.number, NEW.words); END;
CREATE TRIGGER search_entry_gone AFTER DELETE ON search_entries BEGIN
  INSERT INTO search_words (search_words, rowid, words) VALUES ('delete', OLD.number, OLD.words); END;
CREATE TRIGGER subscriber_to_search AFTER INSERT ON subscribers BEGIN
  INSERT INTO search_waiting (subscriber_id) VALUES (NEW.id); END;
CREATE TRIGGER subscriber_renamed AFTER UPDATE OF email, name ON subscribers WHEN NEW.email <> OLD.email OR NEW.name <> OLD.name BEGIN
  INSERT INTO search_waiting (subscriber_id) VALUES (NEW.id); END;
CREATE TRIGGER subscriber_gone AFTER DELETE ON subscribers BEGIN
  DELETE FROM search_entries WHERE subscriber_id = OLD.id; END`,
  postgres: `
CREATE TABLE search_entries (
  number INTEGER PRIMARY KEY,
  subscriber_id TEXT NOT NULL UNIQUE,
  words TEXT NOT NULL
) STRICT;
CREATE INDEX search_entries_by_beginning ON search_entries (words text_pattern_ops);
CREATE TABLE search_waiting (
  number INTEGER PRIMARY KEY,
  subscriber_id TEXT NOT NULL
) STRICT;
CREATE TABLE search_fill (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  last_id TEXT NOT NULL,
  is_done INTEGER NOT NULL,
  has_trigrams INTEGER NOT NULL
) STRICT;
INSERT INTO search_fill (id, last_id, is_done, has_trigrams) VALUES (1, '', 0, 0);
CREATE FUNCTION search_added() RETURNS trigger AS $$ BEGIN
  INSERT INTO search_waiting (subscriber_id) SELECT id FROM added; RETURN NULL; END $$ LANGUAGE plpgsql;
CREATE FUNCTION search_renamed() RETURNS trigger AS $$ BEGIN
  INSERT INTO search_waiting (subscriber_id) VALUES (NEW.id); RETURN NULL; END $$ LANGUAGE plpgsql;
CREATE FUNCTION search_gone() RETURNS trigger AS $$ BEGIN
  DELETE FROM search_entries WHERE subscriber_id = OLD.id; RETURN NULL; END $$ LANGUAGE plpgsql;
CREATE TRIGGER subscriber_to_search AFTER INSERT ON subscribers REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION search_added();
CREATE TRIGGER subscriber_renamed AFTER UPDATE OF email, name ON subscribers FOR EACH ROW WHEN (NEW.email <> OLD.email OR NEW.name <> OLD.name) EXECUTE FUNCTION search_renamed();
CREATE TRIGGER subscriber_gone AFTER DELETE ON subscribers FOR EACH ROW EXECUTE FUNCTION search_gone()`,
}

export const subscriberMigrations: readonly Migration[] = [
  {
    name: 'subscribers-001',
    sql: `
CREATE TABLE subscribers (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL,
  address_key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  topics TEXT NOT NULL,
  language TEXT NOT NULL DEFAULT '',
  paused_until INTEGER,
  asked_at INTEGER,
  times_asked INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE subscriptions (
  id TEXT PRIMARY KEY,
  subscriber_id TEXT NOT NULL REFERENCES subscribers (id),
  digest TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'confirmed', 'unsubscribed')),
  nonce TEXT NOT NULL,
  requested_at INTEGER NOT NULL,
  confirm_until INTEGER NOT NULL,
  confirmed_at INTEGER,
  unsubscribed_at INTEGER,
  wished_name TEXT NOT NULL,
  wished_topics TEXT NOT NULL,
  source TEXT NOT NULL,
  CHECK (state <> 'confirmed' OR confirmed_at IS NOT NULL),
  UNIQUE (subscriber_id, digest)
) STRICT;
CREATE INDEX subscriptions_of_digest ON subscriptions (digest, state, subscriber_id);
CREATE INDEX subscriptions_waiting ON subscriptions (requested_at) WHERE state = 'pending';
CREATE TABLE consents (
  id INTEGER PRIMARY KEY,
  subscriber_id TEXT NOT NULL REFERENCES subscribers (id),
  digest TEXT NOT NULL,
  event TEXT NOT NULL CHECK (event IN ('asked', 'confirmed', 'added', 'left')),
  at INTEGER NOT NULL,
  source TEXT NOT NULL,
  network_address TEXT,
  wording TEXT NOT NULL,
  basis TEXT NOT NULL
) STRICT;
CREATE INDEX consents_of_subscriber ON consents (subscriber_id, id);
CREATE TABLE sign_ups (
  id TEXT PRIMARY KEY,
  address_key TEXT NOT NULL,
  wish TEXT NOT NULL
) STRICT;
CREATE INDEX sign_ups_of_address ON sign_ups (address_key);
CREATE TABLE sign_up_tallies (
  hour INTEGER NOT NULL,
  network TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (hour, network)
) STRICT;
CREATE VIEW confirmed_readers AS
SELECT subscriptions.digest, subscriptions.id AS subscription_id, subscriptions.subscriber_id,
  subscribers.email, subscribers.address_key, subscribers.name, subscribers.topics, subscribers.language, subscribers.paused_until
FROM subscriptions JOIN subscribers ON subscribers.id = subscriptions.subscriber_id
WHERE subscriptions.state = 'confirmed'`,
  },
  {
    name: 'subscribers-003-imports',
    sql: `
CREATE TABLE imports (
  id TEXT PRIMARY KEY,
  key TEXT NOT NULL,
  format TEXT NOT NULL,
  basis TEXT NOT NULL,
  digests TEXT NOT NULL,
  rows_read INTEGER NOT NULL,
  rows_hash TEXT NOT NULL,
  taken INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
CREATE INDEX imports_under_way ON imports (key) WHERE finished_at IS NULL;
CREATE TABLE import_remarks (
  import_id TEXT NOT NULL REFERENCES imports (id),
  row_number INTEGER NOT NULL,
  email TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (import_id, row_number)
) STRICT`,
  },
  {
    name: 'subscribers-004-segments',
    sql: `
CREATE INDEX subscriptions_of_source ON subscriptions (source, digest, state, subscriber_id);
CREATE INDEX subscribers_of_topics ON subscribers (topics, id)`,
  },
  {
    name: 'subscribers-005-import-columns',
    sql: `
CREATE TABLE import_columns (
  header TEXT NOT NULL,
  position INTEGER NOT NULL,
  field TEXT NOT NULL,
  decided_at INTEGER NOT NULL,
  PRIMARY KEY (header, position)
) STRICT`,
  },
  {
    // Both are keyed hashes.
    name: 'subscribers-006-mailboxes',
    sql: `
CREATE TABLE sign_up_mailboxes (
  mailbox TEXT NOT NULL,
  address TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  PRIMARY KEY (mailbox, address)
) STRICT;
CREATE INDEX sign_up_mailboxes_in_time ON sign_up_mailboxes (asked_at)`,
  },
  {
    // The digest '' stands for all readers, each counted once.
    name: 'subscribers-007-reader-counts',
    sql: `
CREATE TABLE reader_counts (
  day TEXT NOT NULL,
  digest TEXT NOT NULL,
  readers INTEGER NOT NULL,
  counted_at INTEGER NOT NULL,
  PRIMARY KEY (day, digest)
) STRICT`,
  },
  { name: 'subscribers-008-search', sql: searchTables, derived: ['search_entries', 'search_waiting', 'search_fill', 'search_words'] },
  {
    // Days are of UTC, counted from 1970. Rows hold no personal data, so they outlive the consents that they were counted from.
    name: 'subscribers-009-growth',
    sql: `
CREATE TABLE reader_growth (
  day INTEGER NOT NULL,
  digest TEXT NOT NULL,
  source TEXT NOT NULL,
  joined INTEGER NOT NULL,
  departed INTEGER NOT NULL,
  PRIMARY KEY (day, digest, source)
) STRICT;
CREATE TABLE reader_growth_fill (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  last_consent INTEGER NOT NULL,
  seen_consent INTEGER NOT NULL
) STRICT;
INSERT INTO reader_growth_fill (id, last_consent, seen_consent) VALUES (1, 0, 0)`,
  },
  {
    // A list that was uploaded at the desk waits here, so that any process can read it. It is deleted after the import, or after a day.
    name: 'subscribers-010-uploads',
    sql: `
CREATE TABLE import_uploads (
  id TEXT PRIMARY KEY,
  file_name TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  basis TEXT NOT NULL,
  digests TEXT NOT NULL,
  decisions TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'trying', 'tried', 'importing', 'imported', 'stopped')),
  import_id TEXT,
  progress TEXT NOT NULL,
  remarks TEXT NOT NULL,
  reason TEXT,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT;
CREATE TABLE import_upload_parts (
  upload_id TEXT NOT NULL REFERENCES import_uploads (id),
  part INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (upload_id, part)
) STRICT`,
  },
  {
    // Keyed hashes of erased addresses. A backup is older than some of them: `restore` reads them before it replaces the database.
    name: 'subscribers-011-erasures',
    sql: `
CREATE TABLE erasures (
  address_hash TEXT PRIMARY KEY,
  erased_at INTEGER NOT NULL
) STRICT`,
    since: 1,
  },
]
