import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { openDatabase } from '../src/platform/database/open.ts'
import { sql } from '../src/platform/database/sql.ts'
import { openLog } from '../src/platform/log.ts'
import { makeArticles } from './articles.ts'
import { timeBareInserts } from './bare-inserts.ts'
import { startProbe } from './lists.ts'
import { makeDataFolder, residentMb, type Served, startBroadsheet, startServer } from './process.ts'
import { startSink } from './smtp.ts'
import type { Row } from './table.ts'

const small = 10_000
const adminToken = 'the-token-of-the-workbench'
const pollMs = 250

/** An issue to so many readers: freezes the audience while sending at full speed and serving pages. */
export async function benchAudience(readers: number): Promise<Row[]> {
  const few = await sendTo(small)
  const many = await sendTo(readers)
  const count = readers.toLocaleString('en')
  return [
    {
      what: `audience of ${count}, frozen while sending; killed halfway`,
      measured: `${many.frozenSeconds.toFixed(0)} s, ${many.deliveries.toLocaleString('en')} deliveries, ${many.missing} missing`,
      wanted: 'exactly all',
      isMet: many.deliveries === readers && many.missing === 0,
    },
    {
      what: '  HTTP meanwhile, sending at full speed',
      measured: `p99 ${many.p99Ms.toFixed(1)} ms (longest ${many.longestMs.toFixed(0)} ms, ${many.perSecond.toFixed(0)} sent a second)`,
      wanted: 'p99 < 25 ms',
      isMet: many.p99Ms < 25,
    },
    {
      what: '  an empty Express route meanwhile',
      measured: `p99 ${many.bare.p99Ms.toFixed(1)} ms (longest ${many.bare.longestMs.toFixed(0)} ms)`,
      wanted: 'for comparison',
      isMet: true,
    },
    {
      what: `  memory, ${small.toLocaleString('en')} and ${count} readers`,
      measured: `${few.mostMb.toFixed(0)} and ${many.mostMb.toFixed(0)} MB`,
      wanted: '+ 50 MB, < 150 MB',
      isMet: many.mostMb - few.mostMb <= 50 && many.mostMb < 150,
    },
  ]
}

async function sendTo(audience: number) {
  await using data = await makeDataFolder()
  await using content = await makeArticles(20)
  await using sink = await startSink()
  const file = join(data.folder, 'broadsheet.sqlite')
  await timeBareInserts(file, audience)
  const env = { ADMIN_TOKEN: adminToken, SMTP_URL: `smtp://127.0.0.1:${sink.port}` }
  const start = () => startBroadsheet(content.folder, data.folder, env)
  const began = performance.now()
  {
    await using killed = await start()
    await call(killed, 'POST', '/digests/weekly/issues', '{"key":"bench"}')
    while ((await standing(killed)).deliveries < audience / 4) await setTimeout(pollMs)
    // The end of this block sends kill -9.
  }
  await using served = await start()
  for (const path of ['/feed.xml', '/subscribe']) await (await fetch(`http://127.0.0.1:${served.port}${path}`)).text()
  const sentBefore = (await standing(served)).sent
  const probeBegan = performance.now()
  const probe = startProbe(served, ['/feed.xml', '/subscribe'])
  await using express = await startServer([resolve('bench/servers/express.js')], '/feed.xml')
  const bareProbe = startProbe(express, ['/feed.xml'])
  let mostMb = 0
  let now = await standing(served)
  let frozenSeconds = 0
  // Run for at least 10 s: memory must have time to grow.
  while (now.state === 'preparing' || (now.state === 'sending' && performance.now() - probeBegan < 10_000)) {
    await setTimeout(pollMs)
    mostMb = Math.max(mostMb, await residentMb(served.pid))
    now = await standing(served)
    if (now.state !== 'preparing') frozenSeconds ||= (performance.now() - began) / 1_000
  }
  const perSecond = (now.sent - sentBefore) / ((performance.now() - probeBegan) / 1_000)
  const [{ p99Ms, longestMs }, bare] = await Promise.all([probe.stop(), bareProbe.stop()])
  await served[Symbol.asyncDispose]()
  return { frozenSeconds, mostMb, perSecond, p99Ms, longestMs, bare, ...(await countDeliveries(file)) }
}

/** Counts in the database afterwards: deliveries, and readers without one. */
async function countDeliveries(file: string): Promise<{ deliveries: number; missing: number }> {
  const database = await openDatabase(file, await openLog('error', false))
  const deliveries = await database.get<{ n: number }>(sql`SELECT count(*) AS n FROM deliveries`)
  const missing = await database.get<{ n: number }>(sql`
    SELECT count(*) AS n FROM confirmed_readers WHERE address_key NOT IN (SELECT address_key FROM deliveries)`)
  await database.close()
  return { deliveries: deliveries?.n ?? 0, missing: missing?.n ?? -1 }
}

/** State and counts of the newest issue. */
export async function standing(served: Served): Promise<{ state: string; deliveries: number; sent: number }> {
  const { items } = await call<{ items: { state: string; counts: Record<string, number> }[] }>(served, 'GET', '/issues')
  const { state = '', counts = {} } = items[0] ?? {}
  const { queued = 0, handing_over = 0, sent = 0, failed = 0, uncertain = 0 } = counts
  return { state, deliveries: queued + handing_over + sent + failed + uncertain, sent }
}

/** Calls the API of a service whose admin token is that of the bench. */
export async function call<Answer>(served: Served, method: string, path: string, body?: string): Promise<Answer> {
  const answer = await fetch(`http://127.0.0.1:${served.port}/api/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${adminToken}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body }),
  })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as Answer
}
