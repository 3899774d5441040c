import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { readersPerStep } from '../src/digests/audience/freeze-audience.ts'
import { createPostgresDatabase, startPostgres } from '../test/support/postgres.ts'
import { makeArticles } from './articles.ts'
import { call, standing } from './audience.ts'
import { timeBareInserts } from './bare-inserts.ts'
import { makeDataFolder, startBroadsheet } from './process.ts'
import { startSink } from './smtp.ts'
import type { Row } from './table.ts'

const adminToken = 'the-token-of-the-workbench'
const pollMs = 100

/** Freezing an audience on PostgreSQL, beside bare INSERT … SELECT in steps of the same size. Sending is held meanwhile. */
export async function benchFreeze(readers: number): Promise<Row[]> {
  const postgres = await startPostgres({ isDurable: true })
  try {
    await createPostgresDatabase(postgres.url('postgres'), 'freeze')
    await timeBareInserts(postgres.url('freeze'), readers)
    const own = await freeze(postgres.url('freeze'))
    const bareMs = await insertBare(postgres.url('freeze'), readers)
    const ratio = own.ms / bareMs
    const count = readers.toLocaleString('en')
    return [
      {
        what: `freezing ${count} readers, ${readersPerStep.postgres} in a step`,
        measured: `${(own.ms / 1_000).toFixed(0)} s, ${ratio.toFixed(2)} x bare INSERT … SELECT of ${(bareMs / 1_000).toFixed(0)} s`,
        wanted: '<= 2 x',
        isMet: ratio <= 2 && own.deliveries === readers,
      },
    ]
  } finally {
    await postgres.stop()
  }
}

/** From the call that sends to the end of the freezing, by a running service. */
async function freeze(url: string): Promise<{ ms: number; deliveries: number }> {
  await using data = await makeDataFolder()
  await using content = await makeArticles(20)
  await using sink = await startSink()
  await using served = await startBroadsheet(content.folder, data.folder, {
    ADMIN_TOKEN: adminToken,
    DATABASE_URL: url,
    SMTP_URL: `smtp://127.0.0.1:${sink.port}`,
  })
  await filled(url)
  await call(served, 'POST', '/sending/hold')
  const began = performance.now()
  await call(served, 'POST', '/digests/weekly/issues', '{"key":"bench"}')
  let now = await standing(served)
  while (now.state === 'preparing') {
    await setTimeout(pollMs)
    now = await standing(served)
  }
  return { ms: performance.now() - began, deliveries: now.deliveries }
}

/** Waits for the work of the first start: the search index and the counts of growth. */
async function filled(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  for (let isDone = false; !isDone; ) {
    await setTimeout(pollMs)
    const { rows } = await client.query(`
      SELECT (SELECT is_done = 1 FROM search_fill) AND NOT EXISTS (SELECT 1 FROM search_waiting)
        AND (SELECT last_consent FROM reader_growth_fill) >= (SELECT max(id) FROM consents) AS is_done`)
    isDone = rows[0].is_done === true
  }
  await client.end()
}

/** The same rows for a second mailing, made by the server alone. */
async function insertBare(url: string, readers: number): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query("INSERT INTO mailings (id, kind, list, state, created_at) VALUES ('bare', 'issue', 'weekly', 'paused', 0)")
  const began = performance.now()
  let after = ''
  for (let done = 0; done < readers; ) {
    const { rows } = await client.query(
      `WITH readers AS (
         SELECT subscriber_id, email, address_key FROM confirmed_readers
         WHERE digest = 'weekly' AND subscriber_id > $1 ORDER BY subscriber_id LIMIT $2
       ), added AS (
         INSERT INTO deliveries (mailing_id, edition_id, priority, address, address_key, holes, state, owed_at, due_at)
         SELECT 'bare', (SELECT min(id) FROM editions), 2, email, address_key, (SELECT min(holes) FROM deliveries WHERE id = $3), 'queued', 0, 0
         FROM readers ON CONFLICT (mailing_id, address_key) DO NOTHING RETURNING 1
       ) SELECT max(subscriber_id) AS last, (SELECT count(*) FROM added)::int AS added FROM readers`,
      [after, readersPerStep.postgres, 1],
    )
    after = rows[0].last
    done += rows[0].added
    if (rows[0].added === 0) throw new Error('the bare steps end before all readers')
  }
  const ms = performance.now() - began
  await client.end()
  return ms
}
