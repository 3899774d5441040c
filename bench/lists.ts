import { createReadStream, createWriteStream, openAsBlob } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout } from 'node:timers/promises'
import { createPostgresDatabase, startPostgres } from '../test/support/postgres.ts'
import { makeArticles } from './articles.ts'
import { timeBareInserts } from './bare-inserts.ts'
import { makeDataFolder, type Served, startBroadsheet } from './process.ts'
import { median, type Row } from './table.ts'

/** A shorter list, for development: BENCH_READERS=100000. */
const readers = Number(process.env.BENCH_READERS ?? 1_000_000)
const adminToken = 'the-token-of-the-workbench'
const headers = { Authorization: `Bearer ${adminToken}` }
const rounds = 5
/** From memory, from the database, and a page. */
const probed = ['/feed.xml', '/readyz', '/subscribe']

/** Imports a list into a running server by HTTP, with requests for pages and the database every few milliseconds. */
export async function benchLists(): Promise<Row[]> {
  await using data = await makeDataFolder()
  return await onEngine('SQLite', (name) => join(data.folder, name, 'broadsheet.sqlite'), data.folder)
}

export async function benchListsOnPostgres(): Promise<Row[]> {
  await using data = await makeDataFolder()
  const postgres = await startPostgres()
  try {
    for (const name of ['before', 'served', 'browser', 'after']) await createPostgresDatabase(postgres.url('postgres'), name)
    return await onEngine('PostgreSQL', postgres.url, data.folder)
  } finally {
    await postgres.stop()
  }
}

async function onEngine(engine: string, address: (name: string) => string, folder: string): Promise<Row[]> {
  await using content = await makeArticles(100)
  const file = join(folder, 'list.csv')
  await pipeline(Readable.from(listOf(readers)), createWriteStream(file))
  // Half before the import and half after, so that other load on the machine affects both.
  const bareBeforeMs = await timeBareInserts(address('before'), readers / 2)
  const env = { ADMIN_TOKEN: adminToken, ...(engine === 'PostgreSQL' ? { DATABASE_URL: address('served') } : {}) }
  await using served = await startBroadsheet(content.folder, join(folder, 'served'), env)
  // Load pages first, so that this does not count for the import.
  for (const path of probed) await (await fetch(`http://127.0.0.1:${served.port}${path}`)).text()
  const probe = startProbe(served, probed)
  const began = performance.now()
  const outcome = await importInto(served, file)
  const rate = readers / ((performance.now() - began) / 1_000)
  const { p99Ms, longestMs, failures } = await probe.stop()
  const bareMs = bareBeforeMs + (await timeBareInserts(address('after'), readers / 2))
  const bare = readers / (bareMs / 1_000)
  if (outcome.taken !== readers) throw new Error(`the import went wrong: ${JSON.stringify(outcome).slice(0, 400)}`)
  for (const failure of failures.slice(0, 5)) console.error(`  ${failure}`)
  const peakMb = await peakMemoryMb(served.pid)
  const count = readers.toLocaleString('en')
  const rows: Row[] = [
    {
      what: `import of ${count} rows`,
      measured: `${(rate / bare).toFixed(2)} x bare inserts (${rate.toFixed(0)}/s of ${bare.toFixed(0)}/s)`,
      wanted: '>= 0.5 x',
      isMet: rate / bare >= 0.5,
    },
    { what: `  peak memory of the server`, measured: `${peakMb.toFixed(0)} MB`, wanted: '< 250 MB', isMet: peakMb < 250 },
    {
      what: `  HTTP meanwhile`,
      measured: `p99 ${p99Ms.toFixed(1)} ms (longest ${longestMs.toFixed(0)} ms, ${failures.length} failed)`,
      wanted: 'p99 < 50 ms',
      isMet: p99Ms < 50 && failures.length === 0,
    },
  ]
  rows.push(
    await benchBrowserImport(content.folder, join(folder, 'browser'), file, {
      ...env,
      ...(engine === 'PostgreSQL' ? { DATABASE_URL: address('browser') } : {}),
    }),
  )
  for (const [what, query] of [
    ['of a digest and a state', 'digest=weekly&state=confirmed'],
    ['by topic', 'topic=a'],
    ['by source', 'source=import'],
    ['by state, nobody in it', 'state=pending'],
    ['by time and topic of a digest', 'digest=weekly&since=2026-01-01&topic=b'],
  ] as const) {
    const listMs = await timeOf(served, `/subscribers?limit=100&${query}`)
    rows.push({ what: `  100 listed ${what}`, measured: `${listMs.toFixed(1)} ms`, wanted: '< 50 ms', isMet: listMs < 50 })
    const countMs = await timeOf(served, `/subscribers/count?${query}`)
    rows.push({ what: `  counted ${what}`, measured: `${countMs.toFixed(0)} ms`, wanted: '<= 200 ms', isMet: countMs <= 200 })
  }
  const exportBegan = performance.now()
  let bytes = 0
  const answer = await fetch(`http://127.0.0.1:${served.port}/api/v1/subscribers/export`, { headers })
  for await (const chunk of answer.body ?? []) bytes += chunk.length
  const exportRate = readers / ((performance.now() - exportBegan) / 1_000)
  const exportMb = await peakMemoryMb(served.pid)
  rows.push({
    what: `export of ${count} readers`,
    measured: `${exportRate.toFixed(0)}/s, ${(bytes / 1e6).toFixed(0)} MB of CSV (peak ${exportMb.toFixed(0)} MB)`,
    wanted: 'peak < 250 MB',
    isMet: exportMb < 250,
  })
  return rows
}

function* listOf(count: number): Generator<string> {
  yield 'email,name,status,confirmed_at\n'
  for (let start = 0; start < count; start += 1_000) {
    let text = ''
    for (let n = start; n < Math.min(start + 1_000, count); n++)
      text += `reader-${n}@mail${n % 97}.example.org,Reader ${n},subscribed,2024-0${1 + (n % 9)}-11 09:10:11\n`
    yield text
  }
}

/** The same list, uploaded at the desk and imported from there. */
async function benchBrowserImport(content: string, data: string, file: string, env: Record<string, string>): Promise<Row> {
  await using served = await startBroadsheet(content, data, env)
  const origin = `http://127.0.0.1:${served.port}`
  const logIn = await fetch(`${origin}/admin/login`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ token: adminToken }),
  })
  const cookie = { Cookie: logIn.headers.get('Set-Cookie')?.split(';', 1)[0] ?? '' }
  for (const path of probed) await (await fetch(origin + path)).text()
  const probe = startProbe(served, probed)
  const began = performance.now()
  const form = new FormData()
  form.append('basis', 'consent')
  form.append('digests', 'weekly')
  form.append('file', await openAsBlob(file), 'list.csv')
  const stored = await fetch(`${origin}/admin/readers/import`, { method: 'POST', headers: cookie, body: form, redirect: 'manual' })
  const path = stored.headers.get('Location') ?? ''
  const columns = { action: 'import', c0: 'email', c1: 'name', c2: 'status', c3: 'confirmed_at' }
  const started = await fetch(origin + path, { method: 'POST', headers: cookie, body: new URLSearchParams(columns), redirect: 'manual' })
  if (stored.status !== 303 || started.status !== 303) throw new Error(`the import at the desk did not start: ${started.status}`)
  // The page loads itself again while the import runs.
  while ((await fetch(origin + path, { headers: cookie })).headers.has('Refresh')) await setTimeout(500)
  const rate = readers / ((performance.now() - began) / 1_000)
  const { p99Ms, longestMs, failures } = await probe.stop()
  const count = (await (await fetch(`${origin}/api/v1/subscribers/count`, { headers })).json()) as { count: number }
  if (count.count !== readers) throw new Error(`the import at the desk took ${count.count} of ${readers}`)
  return {
    what: `  HTTP during an import at the desk (${rate.toFixed(0)}/s)`,
    measured: `p99 ${p99Ms.toFixed(1)} ms (longest ${longestMs.toFixed(0)} ms, ${failures.length} failed)`,
    wanted: 'p99 <= 50 ms',
    isMet: p99Ms <= 50 && failures.length === 0,
  }
}

async function importInto(served: Served, file: string): Promise<{ taken: number }> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: '127.0.0.1',
        port: served.port,
        method: 'POST',
        path: '/api/v1/subscribers/import?basis=consent&digests=weekly',
        headers: { ...headers, 'Content-Type': 'text/csv' },
      },
      async (response) => {
        let text = ''
        for await (const chunk of response) text += chunk
        resolve(JSON.parse(text))
      },
    )
    call.on('error', reject)
    createReadStream(file).pipe(call)
  })
}

/** Requests the paths in turn every few milliseconds, each on its own connection, without waiting for answers. */
export function startProbe(served: Served, paths: readonly string[]) {
  const everyMs = 20
  const times: number[] = []
  const underWay = new Set<Promise<void>>()
  const failures: string[] = []
  let asked = 0
  const timer = setInterval(() => {
    const began = performance.now()
    const path = paths[asked++ % paths.length]
    const one = new Promise<void>((resolve) => {
      const call = request({ host: '127.0.0.1', port: served.port, path, agent: false }, (response) => {
        response.resume().on('end', () => {
          times.push(performance.now() - began)
          resolve()
        })
      })
      call.on('error', (error) => {
        failures.push(`${path} after ${(performance.now() - began).toFixed(0)} ms: ${error.message}`)
        resolve()
      })
      call.end()
    }).finally(() => underWay.delete(one))
    underWay.add(one)
  }, everyMs)
  return {
    async stop() {
      clearInterval(timer)
      await Promise.all(underWay)
      times.sort((a, b) => a - b)
      return { failures, p99Ms: times[Math.floor(times.length * 0.99)] ?? 0, longestMs: times.at(-1) ?? 0 }
    },
  }
}

async function timeOf(served: Served, path: string): Promise<number> {
  const times: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const began = performance.now()
    const answer = await fetch(`http://127.0.0.1:${served.port}/api/v1${path}`, { headers })
    await answer.text()
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
    if (round > 0) times.push(performance.now() - began)
  }
  return median(times)
}

/** Peak resident memory of the process, in MB. */
async function peakMemoryMb(pid: number): Promise<number> {
  return Number(/VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}
