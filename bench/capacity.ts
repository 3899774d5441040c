import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { openDatabase } from '../src/platform/database/open.ts'
import { sql } from '../src/platform/database/sql.ts'
import { openLog } from '../src/platform/log.ts'
import { createPostgresDatabase, startPostgres } from '../test/support/postgres.ts'
import { enqueue, rateOf, sendFrom, whole } from './outbox.ts'
import type { Sent } from './outbox-process.ts'
import { startLateSink, startSink } from './smtp.ts'
import type { Row } from './table.ts'

const stored = 50_000
/** Each reply so late, in milliseconds, over so many connections. */
const delays = [
  { lateMs: 5, connections: 20, count: 3_000 },
  { lateMs: 20, connections: 1, count: 60 },
  { lateMs: 20, connections: 20, count: 1_500 },
  { lateMs: 20, connections: 50, count: 3_000 },
  { lateMs: 100, connections: 20, count: 400 },
  { lateMs: 100, connections: 50, count: 800 },
] as const

/** The figures of docs/capacity.md: what one process sends, and what each message costs, on both engines. */
export async function benchCapacity(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'broadsheet-bench-capacity-'))
  const postgres = await startPostgres({ isDurable: true })
  let created = 0
  const engines = {
    'database file': async () => join(folder, `${++created}.sqlite`),
    PostgreSQL: async () => {
      const name = `capacity_${++created}`
      await createPostgresDatabase(postgres.url('postgres'), name)
      return postgres.url(name)
    },
  }
  try {
    const rows: Row[] = []
    for (const [engine, create] of Object.entries(engines)) rows.push(...(await ofEngine(engine, create)))
    return rows
  } finally {
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function ofEngine(engine: string, create: () => Promise<string>): Promise<Row[]> {
  await using sink = await startSink()
  const address = await create()
  const emptyBytes = await sizeOf(address)
  await enqueue(address, stored)
  const queuedBytes = await sizeOf(address)
  const syncsBefore = await serverSyncs(address)
  const sent = await sendFrom(address, `smtp://127.0.0.1:${sink.port}`, 20, '', '', ['--import', './bench/count-syncs.ts'])
  const syncs = address.startsWith('postgres:') ? (await serverSyncs(address)) - syncsBefore : sent.syncs
  const sentBytes = await sizeOf(address)
  const gigabytes = (bytes: number) => `${((bytes * 1_000_000) / stored / 1e9).toFixed(2)} GB`
  const rows = [
    row(`${engine}: 20 connections to a server that answers at once`, rateText(sent, stored)),
    row('  for each message', `${(sent.statements / stored).toFixed(2)} statements, ${(syncs / stored).toFixed(3)} syncs`),
    row('  1,000,000 deliveries', `${gigabytes(queuedBytes - emptyBytes)} queued, ${gigabytes(sentBytes - emptyBytes)} sent`),
  ]
  for (const { lateMs, connections, count } of delays) {
    await using late = await startLateSink(lateMs)
    const queued = await create()
    await enqueue(queued, count)
    const slow = await sendFrom(queued, `smtp://127.0.0.1:${late.port}`, connections)
    rows.push(row(`  each reply ${lateMs} ms late, ${connections} connections`, rateText(slow, count)))
  }
  return rows
}

function row(what: string, measured: string): Row {
  return { what, measured, wanted: 'for docs/capacity.md', isMet: true }
}

function rateText(sent: Sent, count: number): string {
  return `${whole(rateOf(sent, count))} a second, ${(sent.cpuMs / count).toFixed(2)} ms CPU each`
}

/** Bytes of a database, with its indexes. On a file, pages that are free do not count. */
async function sizeOf(address: string): Promise<number> {
  const database = await openDatabase(address, await openLog('error', false))
  try {
    const query = address.startsWith('postgres:')
      ? sql`SELECT pg_database_size(current_database()) AS bytes`
      : sql`SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)
          - (SELECT freelist_count FROM pragma_freelist_count) * (SELECT page_size FROM pragma_page_size) AS bytes`
    return (await database.get<{ bytes: number }>(query))?.bytes ?? 0
  } finally {
    await database.close()
  }
}

/** Syncs of the log by the PostgreSQL server (18 or newer); 0 for a file. */
async function serverSyncs(address: string): Promise<number> {
  if (!address.startsWith('postgres:')) return 0
  const client = new pg.Client({ connectionString: address })
  await client.connect()
  const { rows } = await client.query("SELECT coalesce(sum(fsyncs), 0)::float8 AS syncs FROM pg_stat_io WHERE object = 'wal'")
  await client.end()
  return rows[0].syncs
}
