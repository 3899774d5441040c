/** Where a delivery is counted: an issue by itself, the letters of a kind together, because each is a mailing of its own. */
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
 * `delivery_counts`: how many deliveries there are, by mailing, kind and state. A file database is read by the thread that answers
 * requests, which a million rows would hold up: there it is a table that triggers keep, exact in every transaction whatever
 * statement moves a row. On PostgreSQL a counter would have its senders wait for one another: there it is a view that counts.
 */
export const deliveryCounts = {
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
