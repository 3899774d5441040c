import { join } from 'node:path'
import { openDatabase } from '../src/platform/database/open.ts'
import { sql } from '../src/platform/database/sql.ts'
import { openLog } from '../src/platform/log.ts'
import { makeArticles } from './articles.ts'
import { timeBareInserts } from './bare-inserts.ts'
import { startProbe } from './lists.ts'
import { makeDataFolder, startBroadsheet } from './process.ts'
import type { Row } from './table.ts'

const adminToken = 'the-token-of-the-workbench'

/** Erases one reader of many by the API. An erasure scans every text that may quote the address, so each delivery has one. */
export async function benchErasure(readers: number): Promise<Row[]> {
  await using data = await makeDataFolder()
  await using content = await makeArticles(20)
  const file = join(data.folder, 'broadsheet.sqlite')
  // Without rows: the tables.
  await timeBareInserts(file, 0)
  await fill(file, readers)
  await using served = await startBroadsheet(content.folder, data.folder, { ADMIN_TOKEN: adminToken })
  for (const path of ['/feed.xml', '/subscribe']) await (await fetch(`http://127.0.0.1:${served.port}${path}`)).text()
  const call = (method: string, path: string) =>
    fetch(`http://127.0.0.1:${served.port}/api/v1/subscribers${path}`, { method, headers: { Authorization: `Bearer ${adminToken}` } })
  const { items } = (await (await call('GET', '?limit=1')).json()) as { items: { id: string }[] }
  const probe = startProbe(served, ['/feed.xml', '/subscribe'])
  const began = performance.now()
  const erased = await call('DELETE', `/${items[0]?.id}`)
  const seconds = (performance.now() - began) / 1_000
  const { longestMs } = await probe.stop()
  if (!erased.ok) throw new Error(`the erasure went wrong: ${erased.status} ${await erased.text()}`)
  const count = readers.toLocaleString('en')
  return [
    {
      what: `erasure of one of ${count} readers, ${count} deliveries with a reply`,
      measured: `${seconds.toFixed(1)} s`,
      wanted: '< 30 s',
      isMet: seconds < 30,
    },
    { what: '  longest wait for a page meanwhile', measured: `${longestMs.toFixed(0)} ms`, wanted: '< 30 s', isMet: longestMs < 30_000 },
  ]
}

/** Readers, and one sent delivery for each, with what the server said. */
async function fill(file: string, readers: number): Promise<void> {
  const database = await openDatabase(file, await openLog('error', false))
  await database.run(sql`
    INSERT INTO subscribers (id, email, address_key, name, topics, created_at, updated_at)
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${readers})
    SELECT printf('01900000-0000-7000-8000-%012d', n), printf('reader-%d@mail.example.org', n), printf('reader-%d@mail.example.org', n), '', '[]', 1, 1
    FROM numbers`)
  await database.run(sql`INSERT INTO mailings (id, kind, list, state, created_at) VALUES ('m', 'issue', 'weekly', 'finished', 1)`)
  await database.run(sql`INSERT INTO editions (id, content) VALUES ('e', '{"from":{},"letter":{}}')`)
  await database.run(sql`
    INSERT INTO deliveries (mailing_id, edition_id, priority, address, address_key, holes, state, reason, owed_at, due_at, settled_at)
    SELECT 'm', 'e', 2, email, address_key, '{}', 'sent', '250 2.0.0 Ok: queued as 4F5B2 for <' || email || '>', 1, 1, 1 FROM subscribers`)
  await database.close()
}
