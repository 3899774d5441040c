import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { articleText, makeContent, publicationYaml } from '../support/content.ts'
import { startReceiver } from '../support/receiver.ts'
import { dataFolder } from '../support/spawned-service.ts'
import { adminToken, type LaunchedService, launchService } from './launched-service.ts'
import { type Counts, startBareServer, startLoad } from './load.ts'

export interface Abused {
  readonly counts: Counts
  /** Resident memory of the service in MB, after a quarter of the time and at the end. */
  readonly rss: { readonly early: number; readonly late: number }
  /** Milliseconds. */
  readonly healthz: Spread
  readonly bare: Spread
  readonly feeds: { readonly whole: number; readonly broken: number }
  readonly issue: { readonly readers: number; readonly whole: number; readonly twice: number }
  /** The rows of claims that the database holds would be more than this without a limit. */
  readonly databaseMb: number
  readonly metricsKb: number
}

export interface Spread {
  readonly p50: number
  readonly p99: number
  readonly longest: number
}

const articles = 300

/** Runs the real process under the load for `seconds`, sends an issue to `readers` meanwhile, and measures. */
export async function abuse(seconds: number, readers: number): Promise<Abused> {
  await using receiver = await startReceiver()
  await using content = await makeContent(
    Object.fromEntries(
      Array.from({ length: articles }, (_, n) => [
        `${n}.md`,
        articleText({ title: `Article ${n}`, date: '2025-01-05', topics: ['coast'], extra: 'author: Ada Marsh\n' }),
      ]),
    ),
    // The issue is sent by hand.
    publicationYaml.replace('0 8 * * mon', '0 8 1 1 *'),
  )
  await using data = await dataFolder()
  const smtpPort = await freePort()
  await using service = await launchService(content.folder, data.folder, {
    SMTP_URL: receiver.url,
    BOUNCE_ADDRESS: 'bounces@example.org',
    INBOUND_SMTP_PORT: String(smtpPort),
    INBOUND_POSTMARK_SECRET: 'a secret of sixteen and more',
  })
  await addReaders(service, readers)
  await using bare = await startBareServer()
  await using load = startLoad({ webPort: Number(new URL(service.address).port), smtpPort, content: content.folder })
  const until = Date.now() + seconds * 1_000
  const own: number[] = []
  const others: number[] = []
  const feeds = { whole: 0, broken: 0 }
  const probing = Promise.all([
    probe(`${service.address}/healthz`, own, until),
    probe(`${bare.address}/healthz`, others, until),
    watchFeeds(service, feeds, until),
  ])
  await pause(seconds * 250)
  const early = rssOf(service.pid)
  await sendIssue(service)
  await probing
  const late = rssOf(service.pid)
  const counts = await load.counts()
  await load[Symbol.asyncDispose]()
  const patience = Date.now() + 60_000
  while (receiver.received.length < readers && Date.now() < patience) await pause(100)
  const to = receiver.received.map((one) => one.to)
  const metrics = await (await service.fetch('/metrics', { headers: { Authorization: `Bearer ${adminToken}` } })).text()
  return {
    counts,
    rss: { early, late },
    healthz: spreadOf(own),
    bare: spreadOf(others),
    feeds,
    issue: {
      readers,
      whole: new Set(receiver.received.filter(({ mail }) => /Article \d/.test(String(mail.text)) && mail.html).map((one) => one.to)).size,
      twice: to.length - new Set(to).size,
    },
    databaseMb: await sizeOf(join(data.folder, 'data', 'broadsheet.sqlite')),
    metricsKb: metrics.length / 1024,
  }
}

async function addReaders(service: LaunchedService, readers: number): Promise<void> {
  const list = `email,status\n${Array.from({ length: readers }, (_, n) => `reader-${n}@example.net,confirmed`).join('\n')}\n`
  const imported = await service.fetch('/api/v1/subscribers/import?basis=consent&digests=weekly', {
    method: 'POST',
    headers: { Authorization: `Bearer ${adminToken}`, 'Content-Type': 'text/csv' },
    body: list,
  })
  if (imported.status !== 200) throw new Error(`the import was answered with ${imported.status}: ${await imported.text()}`)
}

async function sendIssue(service: LaunchedService): Promise<void> {
  const sent = await service.fetch('/api/v1/digests/weekly/issues', { method: 'POST', headers: { Authorization: `Bearer ${adminToken}` } })
  if (sent.status !== 201) throw new Error(`the issue was answered with ${sent.status}: ${await sent.text()}`)
}

async function probe(url: string, times: number[], until: number): Promise<void> {
  while (Date.now() < until) {
    const begun = performance.now()
    await (await fetch(url)).text()
    times.push(performance.now() - begun)
    await pause(20)
  }
}

async function watchFeeds(service: LaunchedService, feeds: { whole: number; broken: number }, until: number): Promise<void> {
  for (let n = 0; Date.now() < until; n++) {
    const answer = await service.fetch(n % 2 === 0 ? '/feed.xml' : '/topics/coast/feed.xml')
    const text = await answer.text()
    if (answer.status === 200 && text.trimEnd().endsWith('</rss>')) feeds.whole++
    else feeds.broken++
    await pause(100)
  }
}

/** Megabytes of the file and its log. */
async function sizeOf(file: string): Promise<number> {
  const [main, log] = await Promise.all([file, `${file}-wal`].map((one) => stat(one)))
  return ((main?.size ?? 0) + (log?.size ?? 0)) / 2 ** 20
}

function rssOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

function spreadOf(times: readonly number[]): Spread {
  const sorted = [...times].sort((one, other) => one - other)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99), longest: at(1) }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
