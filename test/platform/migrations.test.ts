import { expect, test } from 'vitest'
import { migrations } from '../../src/app/core.ts'
import { storeVersion } from '../../src/platform/database/migration.ts'

/** Made before migrations said which programs may go on beside them. Never add one here. */
const unversioned = new Set([
  'operator-001',
  'operator-002-sessions',
  'operator-003-audit-log',
  'operator-004-operators',
  'operator-005-audit-of-subject',
  'articles-001',
  'articles-002-mail-pictures',
  'articles-003-texts',
  'articles-004-hidden',
  'articles-005-git-dates',
  'articles-006-dialects',
  'calls-001',
  'webhooks-001-endpoints',
  'feeds-001',
  'feeds-002',
  'feeds-003-id-base',
  'feeds-004-reader-counts',
  'outbox-001',
  'outbox-002-suppressions',
  'outbox-003-forgetting',
  'outbox-004-reports',
  'outbox-005-counts',
  'outbox-006-rates',
  'subscribers-001',
  'subscribers-003-imports',
  'subscribers-004-segments',
  'subscribers-005-import-columns',
  'subscribers-006-mailboxes',
  'subscribers-007-reader-counts',
  'subscribers-008-search',
  'subscribers-009-growth',
  'subscribers-010-uploads',
  'digests-001',
  'digests-002-measured-links',
  'digests-003-held-next',
  'digests-004-weekly-reports',
  'digests-005-notes',
  'inbound-001-webhooks',
])

test('each migration says from which version on programs can use the database after it', () => {
  const silent = migrations.filter(({ name, since }) => since === undefined && !unversioned.has(name)).map(({ name }) => name)
  expect(silent, 'add `since`: see docs/decisions/0029-portable-store.md').toEqual([])
  for (const { name, since = 1 } of migrations) {
    expect(Number.isInteger(since) && since >= 1 && since <= storeVersion, `${name}: since ${since}, of a program of ${storeVersion}`).toBe(
      true,
    )
  }
})

/** What an older program misses as soon as it is gone or has another name. */
const breaking = /\b(?:DROP\s+(?:TABLE|COLUMN|VIEW)|RENAME\s+(?:TO|COLUMN)|ALTER\s+COLUMN)\b/i

test('a migration that drops or renames comes one version after the program that no longer uses it', () => {
  for (const { name, sql, since = 1 } of migrations) {
    const texts = typeof sql === 'string' ? [sql] : Object.values(sql)
    if (texts.some((text) => breaking.test(text))) expect(since, `${name} drops or renames`).toBeGreaterThan(1)
  }
})

test('a drop and a rename are found in both forms', () => {
  for (const text of ['DROP TABLE x', 'ALTER TABLE x DROP COLUMN y', 'ALTER TABLE x RENAME TO y', 'ALTER TABLE x RENAME COLUMN y TO z'])
    expect(breaking.test(text)).toBe(true)
  expect(breaking.test('CREATE OR REPLACE VIEW x AS SELECT 1')).toBe(false)
})
