/*
 * node bin/node.js test/support/make-old-databases.ts VERSION
 *
 * Records the databases of this version for tests of later versions: test/recorded/databases/VERSION/sqlite.sqlite and postgres.sql, each with a JSON
 * file of the issued links and addresses. A process of this version creates them by HTTP and SMTP as in production, and is killed with -9
 * while it sends an issue and imports a list. Run it before each release with a new name: a recorded database is never replaced.
 */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { migrations } from '../../src/app/core.ts'
import type { Database } from '../../src/platform/database/database.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { openDatabase } from '../../src/platform/database/open.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { makeContent } from './content.ts'
import type { Engine } from './databases.ts'
import {
  bounceTo,
  bringBack,
  browserHeaders,
  importPath,
  lateArticle,
  type Manifest,
  oldDatabases,
  oldEnvironment,
  oldFiles,
  oldList,
} from './old-publication.ts'
import { createPostgresDatabase, startPostgres } from './postgres.ts'
import { postgresText } from './postgres-text.ts'
import { quietLog } from './quiet.ts'
import { type Received, startReceiver } from './receiver.ts'
import { adminToken, dataFolder, type Service, startService } from './spawned-service.ts'

const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
const authorized = { Authorization: `Bearer ${adminToken}` }
const readers = Array.from({ length: 40 }, (_, n) => `reader${String(n + 1).padStart(2, '0')}@example.org`)
const reader = (number: number) => readers[number - 1] ?? ''
const erased = 'erased@example.org'
const waiting = 'waiting@example.org'
/** The receiving server stops answering at these addresses, in the second and in the third run. */
const silentAt = [
  [reader(8), reader(16)],
  [reader(24), reader(28)],
] as const

async function until<Found>(look: () => Promise<Found | undefined | false>, what: string): Promise<Found> {
  const end = performance.timeOrigin + performance.now() + 120_000
  for (;;) {
    const found = await look()
    if (found) return found
    if (performance.timeOrigin + performance.now() > end) throw new Error(`in vain: ${what}`)
    await setTimeout(20)
  }
}

async function call<Body>(service: Service, method: string, path: string, body?: object | string): Promise<Body> {
  const type = typeof body === 'string' ? 'text/csv' : 'application/json'
  const answer = await service.fetch(path, {
    method,
    headers: { ...authorized, ...(body === undefined ? {} : { 'Content-Type': type }) },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  return (text === '' ? undefined : JSON.parse(text)) as Body
}

interface Issue {
  readonly id: string
  readonly digest: string
  readonly number: number
  readonly state: string
  readonly counts: { readonly sent: number; readonly failed: number; readonly handing_over: number }
  readonly followed?: readonly { readonly count: number }[]
}

const issueOf = (service: Service, id: string) => call<Issue>(service, 'GET', `/api/v1/issues/${id}`)

async function findIssue(service: Service, digest: string, number: number): Promise<Issue | undefined> {
  const { items } = await call<{ items: Issue[] }>(service, 'GET', '/api/v1/issues')
  return items.find((one) => one.digest === digest && one.number === number)
}

const linkIn = ({ mail }: Received, kind: string) => new RegExp(`/${kind}/[\\w-]+`).exec(mail.text ?? '')?.[0] ?? ''
const listUnsubscribeOf = ({ source }: Received) => /^List-Unsubscribe: <([^>]+)>,\s+<mailto:([^>?]+)/m.exec(source)

const post = (service: Service, path: string, fields: Readonly<Record<string, string>> | [string, string][]) =>
  service.fetch(path, { method: 'POST', headers: form, body: new URLSearchParams(fields) })

async function make(version: string, engine: Engine, address: string, data: string): Promise<void> {
  {
    const database = await openDatabase(address, quietLog)
    await migrate(database, migrations)
    await database.run(sql`INSERT INTO secrets (name, value) VALUES ('secret', ${'a secret that is known to the tests'})`)
    await database.close()
  }
  await using content = await makeContent({}, null)
  for (const [path, text] of Object.entries(oldFiles)) await content.write(path, text)
  let silent: readonly string[] = []
  const stuck: string[] = []
  await using receiver = await startReceiver({
    onRecipient: (to) => (to === reader(40) ? '550 5.1.1 no such user' : undefined),
    onMessage: (to) => {
      if (!silent.includes(to)) return undefined
      stuck.push(to)
      return new Promise(() => {})
    },
  })
  const start = (now: string, more = {}) =>
    startService({ content: content.folder, data, now, env: { ...oldEnvironment(receiver, engine, address), ...more } })
  const mailTo = (to: string, kind: string) => receiver.next((one) => one.to === to && linkIn(one, kind) !== '')

  // The first run ends normally.
  const first = await start('2026-11-20T09:00:00Z')
  const list = `email,name,status,digests\n${readers.map((one, n) => `${one},Reader ${n + 1},subscribed,${n < 3 ? 'weekly coast-daily' : 'weekly'}\n`).join('')}left@example.org,,unsubscribed,weekly\nletter1@example.org,,subscribed,letters\nletter2@example.org,,subscribed,letters\n${erased},,subscribed,weekly\n`
  await call(first, 'POST', '/api/v1/subscribers/import?basis=consent', list)
  await post(first, '/subscribe', [
    ['email', 'mara@example.org'],
    ['digests', 'weekly'],
    ['digests', 'coast-daily'],
  ])
  await post(first, linkIn(await mailTo('mara@example.org', 'confirm'), 'confirm'), {})
  const welcome = await mailTo('mara@example.org', 'preferences')
  const { items } = await call<{ items: { id: string; email: string }[] }>(first, 'GET', '/api/v1/subscribers?limit=100')
  await call(first, 'DELETE', `/api/v1/subscribers/${items.find(({ email }) => email === erased)?.id}`)
  for (const reason of ['operator', 'bounce', 'complaint'])
    await call(first, 'POST', '/api/v1/suppressions', { email: `${reason}@example.org`, reason })
  await first.setClock('2026-11-23T08:00:10Z')
  const firstIssue = await until(async () => {
    const found = await findIssue(first, 'weekly', 1)
    return found?.state === 'finished' && found
  }, 'the first issue')
  const issueTo = (to: string) =>
    receiver.received.find((one) => one.to === to && one.source.includes('<weekly.tide.example.org>')) as Received
  const measured = /\/go\/[\w-]{22}(?!\.gif)(?=")/.exec(issueTo('mara@example.org').mail.html || '')?.[0] ?? ''
  const followed = await first.fetch(measured, { headers: browserHeaders })
  await first.setClock('2026-11-23T08:00:30Z')
  await until(async () => (await issueOf(first, firstIssue.id)).followed?.some(({ count }) => count === 1), 'a link that was followed')
  const bounced = issueTo(reader(30))
  await bringBack(first.said(), { from: '', to: bounced.from }, bounceTo(bounced.from, reader(30)))
  await post(first, new URL(listUnsubscribeOf(issueTo(reader(31)))?.[1] ?? '').pathname, { 'List-Unsubscribe': 'One-Click' })
  await post(first, linkIn(issueTo(reader(32)), 'preferences'), { do: 'pause', paused_until: '2027-01-10' })
  await post(first, '/subscribe', { email: 'pending@example.org', digests: 'weekly' })
  const confirmation = await mailTo('pending@example.org', 'confirm')
  await first.fetch('/feed.xml', { headers: { 'User-Agent': 'Feedly/1.0 (+http://www.feedly.com/fetcher.html; 12 subscribers)' } })
  await call(first, 'POST', '/api/v1/sending/hold')
  const paused = await call<Issue>(first, 'POST', '/api/v1/digests/letters/issues')
  await until(async () => (await issueOf(first, paused.id)).state === 'sending', 'an issue to pause')
  await call(first, 'POST', `/api/v1/issues/${paused.id}/pause`)
  await call(first, 'POST', '/api/v1/sending/release')
  await receiver.next(({ to }) => to === 'editor@tide.example.org')
  await first.stop()

  // The second run is killed while it sends the second issue.
  const stuckAt = (number: 0 | 1) => until(async () => silentAt[number].every((to) => stuck.includes(to)), 'a silent server')
  silent = silentAt.flat()
  await content.write(...lateArticle)
  const second = await start('2026-11-23T09:00:00Z')
  const { id } = await call<Issue>(second, 'POST', '/api/v1/digests/weekly/issues', { key: 'second' })
  await stuckAt(0)
  await second.kill()

  // The third run marks the uncertain deliveries of the second. It is killed while it sends, with an interrupted import and a waiting sign-up.
  const templates = join(data, 'templates')
  await cp(resolve('templates'), templates, { recursive: true })
  await writeFile(join(templates, 'email/confirm.mjml'), '{% broken')
  const third = await start('2026-11-23T10:00:00Z', { TEMPLATES_DIR: templates })
  await stuckAt(1)
  await post(third, new URL(listUnsubscribeOf(issueTo(reader(39)))?.[1] ?? '').pathname, { 'List-Unsubscribe': 'One-Click' })
  await post(third, '/subscribe', { email: waiting, digests: 'weekly' })
  await until(async () => third.said().includes('a sign-up could not be looked at'), 'a sign-up that waits')
  const upload = request(new URL(importPath, third.address), { method: 'POST', headers: { ...authorized, 'Content-Type': 'text/csv' } })
  upload.on('error', () => {})
  upload.write(oldList.slice(0, oldList.indexOf('book300@')))
  await until(
    async () => (await call<{ count: number }>(third, 'GET', '/api/v1/subscribers/count?digest=letters')).count > 200,
    'half a list',
  )
  await third.kill()
  await third[Symbol.asyncDispose]()

  const folder = join(oldDatabases, version)
  await mkdir(folder, { recursive: true })
  const database = await openDatabase(address, quietLog)
  const manifest: Manifest = {
    recordedAt: '2026-11-23T10:00:00Z',
    secondIssue: { id, ...(await deliveriesOf(database, id)) },
    firstIssue: { id: firstIssue.id, sent: firstIssue.counts.sent, failed: firstIssue.counts.failed },
    pausedIssue: paused.id,
    unsubscribeLink: { reader: reader(1), to: linkIn(issueTo(reader(1)), 'unsubscribe') },
    oneClickLink: { reader: reader(2), to: new URL(listUnsubscribeOf(issueTo(reader(2)))?.[1] ?? '').pathname },
    unsubscribeAddress: { reader: reader(3), to: listUnsubscribeOf(issueTo(reader(3)))?.[2] ?? '' },
    returnPath: { reader: reader(4), to: issueTo(reader(4)).from },
    preferencesLink: { reader: 'mara@example.org', to: linkIn(welcome, 'preferences') },
    confirmLink: { reader: 'pending@example.org', to: linkIn(confirmation, 'confirm') },
    measuredLink: { path: measured, target: followed.headers.get('Location') ?? '' },
    erased: { address: erased, hash: await erasedHash(database) },
    waiting,
  }
  await writeFile(join(folder, `${engine}.json`), `${JSON.stringify(manifest, null, 2)}\n`)
  if (engine === 'postgres') await writeFile(join(folder, 'postgres.sql'), await postgresText(database, migrations))
  await database.close()
  if (engine === 'sqlite') copySqlite(address, join(folder, 'sqlite.sqlite'))
}

async function deliveriesOf(database: Database, issue: string) {
  const rows = await database.all<{ address: string; state: string }>(
    sql`SELECT address, state FROM deliveries WHERE mailing_id = ${issue} ORDER BY id`,
  )
  const those = (state: string) => rows.filter((row) => row.state === state).map(({ address }) => address)
  return {
    sent: those('sent'),
    uncertain: those('uncertain'),
    handingOver: those('handing_over'),
    queued: those('queued'),
    cancelled: those('cancelled'),
  }
}

async function erasedHash(database: Database): Promise<string> {
  const row = await database.get<{ address_hash: string }>(sql`SELECT address_hash FROM suppressions WHERE reason = 'erasure'`)
  return row?.address_hash ?? ''
}

/** Copies the database to one file without a log. */
function copySqlite(from: string, to: string): void {
  const source = new DatabaseSync(from)
  source.prepare('VACUUM INTO ?').run(to)
  source.close()
}

const version = process.argv[2]
if (!version || !/^[\w.-]+$/.test(version))
  throw new Error('missing version name. Usage: node bin/node.js test/support/make-old-databases.ts VERSION')
if (await readFile(join(oldDatabases, version, 'sqlite.json')).catch(() => undefined))
  throw new Error(`${version} is already recorded: choose another name`)
{
  await using data = await dataFolder()
  await make(version, 'sqlite', join(data.folder, 'data/broadsheet.sqlite'), data.folder)
}
const postgres = await startPostgres()
try {
  await createPostgresDatabase(postgres.url('postgres'), 'recorded')
  await using data = await dataFolder()
  await make(version, 'postgres', postgres.url('recorded'), data.folder)
} finally {
  await postgres.stop()
}
