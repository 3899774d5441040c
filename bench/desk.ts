import { join } from 'node:path'
import { listIssuedDigests, listIssueHeads } from '../src/digests/issue/issue-store.ts'
import { progressOf } from '../src/digests/issue/progress.ts'
import { readCounts } from '../src/outbox/delivery-queries.ts'
import { readLaterCounts } from '../src/outbox/reports.ts'
import { countUndecided, listFailed, surveyStep } from '../src/outbox/survey-store.ts'
import { systemClock } from '../src/platform/clock.ts'
import type { Database, Queries } from '../src/platform/database/database.ts'
import { openDatabase } from '../src/platform/database/open.ts'
import { sql } from '../src/platform/database/sql.ts'
import { openLog } from '../src/platform/log.ts'
import { createPostgresDatabase, startPostgres } from '../test/support/postgres.ts'
import { makeArticles } from './articles.ts'
import { timeBareInserts } from './bare-inserts.ts'
import { makeDataFolder, startBroadsheet, startServer } from './process.ts'
import type { Row } from './table.ts'

/** Smaller numbers, for development: BENCH_READERS=100000 BENCH_ARTICLES=100. */
const readers = Number(process.env.BENCH_READERS ?? 1_000_000)
const articles = Number(process.env.BENCH_ARTICLES ?? 10_000)
const issues = 200
const visits = 300
const maxPageMs = 100
const maxStatementMs = 50
const adminToken = 'the-token-of-the-bench'
/** The issue that has a delivery for each reader. */
const largest = 'bench-issue-200'

/** Pages of the desk over a large installation, beside an empty Express route. Add a page to `pages`, and its statements to `statements`. */
export async function benchDesk(): Promise<Row[]> {
  await using data = await makeDataFolder()
  return await onEngine(join(data.folder, 'broadsheet.sqlite'), data.folder)
}

export async function benchDeskOnPostgres(): Promise<Row[]> {
  await using data = await makeDataFolder()
  const postgres = await startPostgres()
  try {
    await createPostgresDatabase(postgres.url('postgres'), 'desk')
    return await onEngine(postgres.url('desk'), data.folder)
  } finally {
    await postgres.stop()
  }
}

async function onEngine(address: string, folder: string): Promise<Row[]> {
  await using content = await makeArticles(articles)
  await seedDesk(address)
  const slowest = await slowestStatement(address)
  const empty = await (async () => {
    await using express = await startServer([join(import.meta.dirname, 'servers/express.js'), content.folder], '/feed.xml')
    return percentile99(await timeVisits(`http://127.0.0.1:${express.port}/nothing`, {}))
  })()
  const env = { ADMIN_TOKEN: adminToken, ...(address.startsWith('postgres:') ? { DATABASE_URL: address } : {}) }
  await using served = await startBroadsheet(content.folder, folder, env)
  const origin = `http://127.0.0.1:${served.port}`
  const session = { Cookie: await logIn(origin) }
  const pages = {
    Today: '/admin',
    'the page of the largest issue': `/admin/issues/${largest}`,
    'the list of issues': '/admin/issues',
    'the list of digests': '/admin/digests',
    'the page of a digest, all articles new': '/admin/digests/weekly',
    'its mail in a frame': '/admin/digests/weekly/frame/desktop',
    'the list of articles': '/admin/articles',
    'the list of readers': '/admin/readers',
    'a search of readers': '/admin/readers?search=reader-5000',
    growth: '/admin/readers/growth',
    settings: '/admin/settings',
  }
  const rows: Row[] = []
  for (const [what, path] of Object.entries(pages)) {
    const ms = percentile99(await timeVisits(origin + path, session))
    rows.push({
      what: `${what}, ${readers.toLocaleString('en')} readers, ${articles.toLocaleString('en')} articles, ${issues} issues`,
      measured: `p99 ${ms.toFixed(1)} ms (an empty Express route ${empty.toFixed(1)} ms)`,
      wanted: `p99 <= ${maxPageMs} ms`,
      isMet: ms <= maxPageMs,
    })
  }
  rows.push({
    what: '  slowest statement',
    measured: `${slowest.ms.toFixed(1)} ms (${slowest.name})`,
    wanted: `<= ${maxStatementMs} ms`,
    isMet: slowest.ms <= maxStatementMs,
  })
  return rows
}

/** Readers, issues and deliveries, in an empty database: the last issue is paused in the middle, the others are finished and pruned. */
export async function seedDesk(address: string): Promise<void> {
  await timeBareInserts(address, readers)
  const database = await openDatabase(address, await openLog('error', false))
  await database.run(
    sql`INSERT INTO digests (name, began_at, rhythm, counts_from) VALUES ('weekly', ${Date.now()}, '0 8 * * mon UTC', ${Date.now()}) ON CONFLICT DO NOTHING`,
  )
  await database.run(sql`INSERT INTO editions (id, content) VALUES ('bench', '{}')`)
  const issue = JSON.stringify({ digestTitle: 'The week', maxCards: 10, articles: [] })
  for (let number = 1; number <= issues; number++) {
    const id = `bench-issue-${String(number).padStart(3, '0')}`
    const isLast = number === issues
    const at = 1_700_000_000_000 + number * 3_600_000
    await database.run(
      sql`INSERT INTO mailings (id, kind, list, state, created_at) VALUES (${id}, 'issue', 'weekly', ${isLast ? 'paused' : 'finished'}, ${at})`,
    )
    await database.run(sql`
      INSERT INTO issues (id, digest, number, state, pause_reason, subject, content, frozen_through, frozen_at, created_at)
      VALUES (${id}, 'weekly', ${number}, ${isLast ? 'paused' : 'finished'}, ${isLast ? 'for the bench' : null}, ${`Issue ${number}`}, ${issue}, '', ${at}, ${at})`)
    if (!isLast)
      await database.run(sql`INSERT INTO thinned_deliveries (mailing_id, kind, state, count) VALUES (${id}, 'issue', 'sent', ${readers})`)
  }
  await database.run(sql`
    INSERT INTO deliveries (mailing_id, edition_id, priority, address, address_key, holes, state, reason, owed_at, due_at, settled_at)
    SELECT ${largest}, 'bench', 2, email, address_key, '{}', CASE n % 100 WHEN 0 THEN 'failed' WHEN 1 THEN 'queued' ELSE 'sent' END,
      CASE n % 100 WHEN 0 THEN '552 5.2.2 <' || email || '> mailbox full' ELSE '250 OK' END, 0, 0, 0
    FROM (SELECT email, address_key, row_number() OVER (ORDER BY id) AS n FROM subscribers) AS numbered`)
  await database.run(sql`
    INSERT INTO reports (delivery_id, kind, mailing_id, reported_at) SELECT id, 'soft', mailing_id, 0 FROM deliveries WHERE id % 200 = 2`)
  await database.close()
}

/** Runs each statement of these pages once more after a first run, as a page does that somebody looks at. */
async function slowestStatement(address: string): Promise<{ name: string; ms: number }> {
  const database = await openDatabase(address, await openLog('error', false))
  let slowest = { name: '', ms: 0 }
  let name = ''
  const timed =
    <Args extends unknown[], Result>(run: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      const began = performance.now()
      const result = await run(...args)
      const ms = performance.now() - began
      if (ms > slowest.ms) slowest = { name, ms }
      return result
    }
  const queries: Queries = {
    engine: database.engine,
    all: timed(database.all.bind(database)) as Queries['all'],
    get: timed(database.get.bind(database)) as Queries['get'],
    run: timed(database.run.bind(database)),
    insertAll: database.insertAll,
  }
  const now = new Date()
  const statements: Readonly<Record<string, () => Promise<unknown>>> = {
    progress: () => progressOf({ database: { ...database, ...queries } as Database, clock: systemClock() }, [largest]),
    later: () => readLaterCounts(queries, [largest]),
    undecided: () => countUndecided(queries, largest),
    'survey step': () => surveyStep(queries, largest, 'reader-5'),
    'failed step': () => listFailed(queries, largest, 0, now),
    'issue heads': () => listIssueHeads(queries, { limit: 51 }),
    'issued digests': () => listIssuedDigests(queries),
    counts: async () =>
      readCounts(
        queries,
        (await listIssueHeads(queries, { limit: 51 })).map(({ id }) => id),
      ),
  }
  for (const run of Object.values(statements)) await run()
  slowest = { name: '', ms: 0 }
  for (const [each, run] of Object.entries(statements)) {
    name = each
    await run()
  }
  await database.close()
  return slowest
}

async function logIn(origin: string): Promise<string> {
  const answer = await fetch(`${origin}/admin/login`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ token: adminToken }),
  })
  return answer.headers.get('Set-Cookie')?.split(';', 1)[0] ?? ''
}

async function timeVisits(url: string, headers: Record<string, string>): Promise<number[]> {
  const times: number[] = []
  for (let visit = 0; visit < visits + 20; visit++) {
    const began = performance.now()
    const answer = await fetch(url, { headers, redirect: 'manual' })
    await answer.text()
    if (answer.status >= 300 && headers.Cookie) throw new Error(`${url}: ${answer.status}`)
    // The first visits load templates.
    if (visit >= 20) times.push(performance.now() - began)
  }
  return times
}

function percentile99(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN
}
