import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { articleText, makeArticles } from './articles.ts'
import { load } from './load.ts'
import { makeDataFolder, startBroadsheet, startServer } from './process.ts'
import type { Row } from './table.ts'

const articles = 10_000
const seconds = 10
/** It was 18 s when each request walked all articles. */
const wantedLongestMs = 1_000

/** What `/healthz` waits while ten clients ask for the pages that are about all articles, and a file changes every second. */
export async function benchPages(): Promise<Row[]> {
  await using content = await makeArticles(articles)
  await using data = await makeDataFolder()
  await using ours = await startBroadsheet(content.folder, data.folder)
  await using express = await startServer([resolve('bench/servers/express.js')], '/feed.xml')
  const ask = (path: string, clients: number) =>
    load(ours.port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n`, 200, clients, seconds)
  while ((await fetch(`http://127.0.0.1:${ours.port}/readyz`)).status !== 200) await pause(100)
  // The first page loads the templates.
  await (await fetch(`http://127.0.0.1:${ours.port}/subscribe`)).text()
  let changes = 0
  const writer = setInterval(() => void writeFile(content.articlePath(0), articleText(0, `Changed ${++changes} times`)), 1_000)
  const waits = { ours: [] as number[], express: [] as number[] }
  const end = performance.now() + seconds * 1_000
  const [loads] = await Promise.all([
    Promise.all([ask('/', 2), ask('/?page=100', 2), ask('/sitemap.xml', 3), ask('/authors/b-ench', 3)]),
    probe(`http://127.0.0.1:${ours.port}/healthz`, waits.ours, end),
    probe(`http://127.0.0.1:${express.port}/feed.xml`, waits.express, end),
  ])
  clearInterval(writer)
  const [health, empty] = [spreadOf(waits.ours), spreadOf(waits.express)]
  const perSecond = loads.reduce((sum, one) => sum + one.perSecond, 0)
  return [
    {
      what: `/healthz beside ${perSecond.toFixed(0)} pages a second of ${articles.toLocaleString('en')} articles, ${changes} changes`,
      measured: `p99 ${health.p99Ms.toFixed(0)} ms, longest ${health.longestMs.toFixed(0)} ms`,
      wanted: `longest < ${wantedLongestMs} ms`,
      isMet: health.longestMs < wantedLongestMs,
    },
    {
      what: '  an empty Express route meanwhile',
      measured: `p99 ${empty.p99Ms.toFixed(0)} ms, longest ${empty.longestMs.toFixed(0)} ms`,
      wanted: 'for comparison',
      isMet: true,
    },
  ]
}

/** One request after the other, each on its own connection. */
async function probe(address: string, times: number[], end: number): Promise<void> {
  while (performance.now() < end) {
    const began = performance.now()
    const answer = await fetch(address, { headers: { Connection: 'close' } })
    await answer.text()
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`)
    times.push(performance.now() - began)
    await pause(20)
  }
}

function spreadOf(times: number[]): { p99Ms: number; longestMs: number } {
  times.sort((a, b) => a - b)
  return { p99Ms: times[Math.floor(times.length * 0.99)] ?? Number.NaN, longestMs: times.at(-1) ?? Number.NaN }
}
