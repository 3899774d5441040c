import { existsSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { migrations } from '../../src/app/core.ts'
import { maskInDigests } from '../../src/digests/erase.ts'
import { maskInOperators } from '../../src/operators/erase.ts'
import { enqueueEmail } from '../../src/outbox/enqueue.ts'
import { suppress } from '../../src/outbox/suppressions.ts'
import { byCommandLine } from '../../src/platform/actor.ts'
import type { Database, Queries } from '../../src/platform/database/database.ts'
import { maskIn } from '../../src/platform/database/mask-text.ts'
import { Sql, sql } from '../../src/platform/database/sql.ts'
import { openSqlite } from '../../src/platform/database/sqlite.ts'
import { needsVacuum, vacuum } from '../../src/platform/database/vacuum.ts'
import { tokensKeyedBy } from '../../src/platform/tokens.ts'
import type { SubscribersContext } from '../../src/subscribers/context.ts'
import { eraseByAddress } from '../../src/subscribers/erase.ts'
import { fillSearch } from '../../src/subscribers/search/fill.ts'
import { type Engine, openTestDatabase } from '../support/databases.ts'
import { drivenClock } from '../support/driven-clock.ts'
import { quietLog } from '../support/quiet.ts'

const email = 'Zelda.Quine+x@Example.org'
const key = 'zelda.quine+x@example.org'
const neighbour = 'not.zelda.quine+x@example.org'
const tokens = tokensKeyedBy('a secret of this test')
const now = new Date('2026-11-20T09:00:00Z')

const maskElsewhere = async (tx: Queries, address: string) => (await maskInDigests(tx, address)) + (await maskInOperators(tx, address))

function contextOf(database: Database): SubscribersContext {
  const context = {
    database,
    tokens,
    clock: drivenClock(now.toISOString()),
    log: quietLog,
    maskElsewhere,
    recordAudit: () => Promise.resolve(),
  }
  return context as unknown as SubscribersContext
}

/** Puts the address into every field that may hold one, and a longer one beside it. */
async function fill(database: Database, hasSubscriber: boolean): Promise<void> {
  const said = `550 <${email}> unknown; not <${neighbour}>`
  await database.transaction(async (tx) => {
    if (hasSubscriber) {
      await tx.run(sql`INSERT INTO subscribers (id, email, address_key, name, topics, created_at, updated_at)
        VALUES ('s', ${email}, ${key}, ${email}, '[]', 1, 1)`)
      await tx.run(sql`INSERT INTO subscriptions (id, subscriber_id, digest, state, nonce, requested_at, confirm_until, wished_name, wished_topics, source)
        VALUES ('u', 's', 'weekly', 'pending', 'n', 1, 1, ${email}, '[]', ${`import ${email}`})`)
      await tx.run(sql`INSERT INTO consents (id, subscriber_id, digest, event, at, source, network_address, wording, basis)
        VALUES (1, 's', 'weekly', 'asked', 1, ${email}, NULL, ${email}, 'consent')`)
    }
    await tx.run(sql`INSERT INTO sign_ups (id, address_key, wish) VALUES ('w', ${key}, ${JSON.stringify({ address: { email, key } })})`)
    await tx.run(sql`INSERT INTO imports (id, key, format, basis, digests, rows_read, rows_hash, taken, updated, refused, started_at)
      VALUES ('i', ${`key ${email}`}, 'csv', 'consent', '[]', 1, '', 0, 0, 1, 1)`)
    await tx.run(sql`INSERT INTO import_remarks (import_id, row_number, email, reason) VALUES ('i', 1, ${email}, ${said})`)
    await tx.run(sql`INSERT INTO import_columns (header, position, field, decided_at) VALUES (${email}, 1, 'email', 1)`)
    const mail = { subject: said, html: `<p>${said.replaceAll('<', '&lt;')}</p>`, text: `One.\n${email}\n${encodeURIComponent(email)}\n` }
    const edition = { from: { name: 'A', email: 'a@example.org' }, email: mail, list: undefined }
    await enqueueEmail(
      tx,
      { id: 'm', kind: 'notice', list: '' },
      edition,
      { address: email, addressKey: key, placeholders: { a: email } },
      now,
    )
    await enqueueEmail(
      tx,
      { id: 'o', kind: 'notice', list: '' },
      edition,
      { address: 'op@example.org', addressKey: 'op@example.org', placeholders: {} },
      now,
    )
    await tx.run(sql`UPDATE deliveries SET reason = ${said}`)
    await suppress(tx, tokens, key, 'bounce', now)
    await tx.run(sql`INSERT INTO sending_hold (id, reason, since) VALUES (1, ${said}, 1)`)
    await tx.run(
      sql`INSERT INTO digests (name, began_at, rhythm, counts_from, trouble, trouble_since) VALUES ('weekly', 1, '', 1, ${said}, 1)`,
    )
    await tx.run(sql`INSERT INTO slots (digest, slot, outcome, reason, recorded_at) VALUES ('weekly', 1, 'skipped', ${said}, 1)`)
    await tx.run(sql`INSERT INTO issues (id, digest, number, state, subject, content, frozen_through, pause_reason, created_at, held_for, trouble)
      VALUES ('n', 'weekly', 1, 'paused', '', '{}', '', ${said}, 1, ${said}, ${said})`)
    await tx.run(sql`INSERT INTO ledger (digest, article_id, reason, recorded_at) VALUES ('weekly', 'a', ${said}, 1)`)
    await tx.run(sql`INSERT INTO notices (id, cause, kind, digest, subject, paragraphs, since)
      VALUES ('c', ${`paused ${email}`}, 'paused', 'weekly', ${said}, ${JSON.stringify([`One\n${email}`, said])}, 1)`)
    await tx.run(
      sql`INSERT INTO measured_links (id, issue_id, kind, url) VALUES ('l', 'n', 'text', ${`https://a.example/?to=${encodeURIComponent(email)}`})`,
    )
    await tx.run(sql`INSERT INTO webhook_endpoints (id, url, types, description, is_enabled, secret, failures, created_at)
      VALUES ('h', 'https://hooks.example/', '[]', ${`written to ${said}`}, 1, 'whsec_', 0, 1)`)
    for (const [id, address] of [
      ['he', email],
      ['hn', neighbour],
    ] as const) {
      await tx.run(sql`INSERT INTO webhook_events (id, type, payload, created_at)
        VALUES (${id}, 'subscriber.confirmed', ${JSON.stringify({ data: { id: 's', email: address, name: email === address ? email : '' } })}, 1)`)
      await tx.run(sql`INSERT INTO webhook_deliveries (id, event_id, endpoint_id, state, tries, began_at, due_at, created_at)
        VALUES (${id}, ${id}, 'h', 'queued', 1, 1, 1, 1)`)
      await tx.run(sql`INSERT INTO webhook_attempts (id, delivery_id, attempted_at, took_ms, status, reason, answer)
        VALUES (${id}, ${id}, 1, 1, 500, ${said}, ${said})`)
    }
    await tx.run(sql`INSERT INTO audit_log (id, at, operator, via, action, subject, details)
      VALUES ('a', 1, NULL, 'cli', 'x', ${email}, ${JSON.stringify({ reason: said })})`)
    await tx.run(
      sql`INSERT INTO operators (id, email, address_key, role, language, created_at) VALUES ('op', 'op@example.org', 'op@example.org', 'owner', '', 1)`,
    )
    await tx.run(sql`INSERT INTO api_tokens (id, hash, operator, name, scopes, created_at) VALUES ('t', 'h', 'op', ${said}, 'read', 1)`)
    await tx.run(sql`INSERT INTO calls (key, version, url, form, state, attempts, due_at, reason)
      VALUES ('k', '1', 'https://hub.example', '{}', 'failed', 1, 1, ${said})`)
  })
}

/** Everything in all tables, or the bytes of all files, as text. */
async function everything(database: Database, address: string): Promise<string> {
  if (database.engine === 'sqlite') {
    const files = ['', '-wal', '-shm'].map((end) => address + end).filter(existsSync)
    return files.map((file) => readFileSync(file).toString('latin1')).join('\n')
  }
  const tables = await database.all<{ name: string }>(
    sql`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  )
  const rows = await Promise.all(tables.map(({ name }) => database.all(new Sql([`SELECT * FROM "${name}"`], []))))
  return JSON.stringify(rows)
}

/** The forms in which a file or a table may hold the address, in lower case. */
const traces = [key, key.replace('@', '%40'), encodeURIComponent(key)].flatMap((form) => [
  form.toLowerCase(),
  [...form.toLowerCase()].join('\0'),
  ...[0, 1, 2].map((shift) =>
    Buffer.from(`${'-'.repeat(shift)}${email}`)
      .toString('base64')
      .slice(4, -4)
      .toLowerCase(),
  ),
])

describe.each<Engine>(['sqlite', 'postgres'])('an erasure on %s', (engine) => {
  test.each([true, false])('leaves the address in no table and no file (a subscriber: %s)', async (hasSubscriber) => {
    await using opened = await openTestDatabase(engine, migrations)
    const { database, address } = opened
    await fill(database, hasSubscriber)
    // The search index holds the address too.
    await fillSearch(database)
    expect((await everything(database, address)).toLowerCase()).toContain(key)
    expect(await eraseByAddress(contextOf(database), key, byCommandLine)).toBe(true)
    const left = (await everything(database, address)).toLowerCase().replaceAll(neighbour, 'neighbour')
    expect(left).toContain('neighbour')
    for (const trace of traces) expect(left.includes(trace), trace).toBe(false)
    if (engine === 'sqlite') expect(readFileSync(`${address}-wal`)).toHaveLength(0)
    // The mail to the operator still goes out, and the erased address is known.
    expect(await database.all(sql`SELECT address FROM deliveries WHERE mailing_id = 'o' AND state = 'queued'`)).toEqual([
      { address: 'op@example.org' },
    ])
    expect(await database.all(sql`SELECT address_key FROM suppressions`)).toEqual([{ address_key: null }])
    // An event that names the address is told to nobody any more, and another one stays.
    expect(await database.all(sql`SELECT id FROM webhook_events`)).toEqual([{ id: 'hn' }])
    expect(await database.all(sql`SELECT id FROM webhook_deliveries`)).toEqual([{ id: 'hn' }])
    expect(await eraseByAddress(contextOf(database), key, byCommandLine)).toBe(false)
    expect(await eraseByAddress(contextOf(database), key, byCommandLine)).toBe(false)
  })

  test('of an unknown address changes nothing', async () => {
    await using opened = await openTestDatabase(engine, migrations)
    expect(await eraseByAddress(contextOf(opened.database), 'nobody@example.org', byCommandLine)).toBe(false)
    expect(await opened.database.all(sql`SELECT * FROM suppressions`)).toEqual([])
  })
})

test('a file of an older version is cleaned once by vacuum, and a new one never needs it', async () => {
  await using opened = await openTestDatabase('sqlite', migrations)
  const { address, database } = opened
  expect(needsVacuum(address)).toBe(false)
  await database.close()
  const old = new DatabaseSync(address)
  old.exec(`PRAGMA secure_delete = OFF; PRAGMA user_version = 0; CREATE TABLE t (a); INSERT INTO t VALUES ('${key}'); DELETE FROM t`)
  old.close()
  await openSqlite(address).close()
  expect(needsVacuum(address)).toBe(true)
  expect(readFileSync(address).toString('latin1')).toContain(key)
  vacuum(address)
  expect(needsVacuum(address)).toBe(false)
  expect(readFileSync(address).toString('latin1')).not.toContain(key)
})

test.each([
  [`to ${key}.`, 'to erased.'],
  [`"x\\n${email}"`, '"x\\nerased"'],
  [neighbour, neighbour],
  [`${key}.uk`, `${key}.uk`],
  [`mailto:${key}?x`, 'mailto:erased?x'],
])('%s becomes %s', (text, masked) => {
  expect(maskIn(text, key)).toBe(masked)
})

test.each(['anne-marie@my-host.example.org', "a!b#c$d%e&f'g*h+i/j=k?l^m_n`o{p|q}r~s.t-u@example.org", 'jörg-uwe@bücher-laden.example'])(
  'the address %s can be masked, whatever its signs mean elsewhere',
  (address) => {
    expect(maskIn(`550 <${address}> unknown; not <x${address}>`, address)).toBe(`550 <erased> unknown; not <x${address}>`)
  },
)
