import { resolve } from 'node:path'
import { makeArticles } from './articles.ts'
import { type Load, load } from './load.ts'
import { makeDataFolder, startBroadsheet, startServer } from './process.ts'
import { median, type Row } from './table.ts'

const connections = 16
const seconds = 2
const rounds = 5
const wantedRatio = 0.8
const wantedP99Ms = 3
/** 300 times the rate of Ghost on such a machine (58 a second). */
const wantedRate = 17_400
const wantedPageRatio = 0.5

/** Compares 200 and 304 of a feed with bare node:http and a constant buffer of the same size, alternating. */
export async function benchFeeds(): Promise<Row[]> {
  await using content = await makeArticles(100)
  await using data = await makeDataFolder()
  await using ours = await startBroadsheet(content.folder, data.folder)
  const feed = await fetch(`http://127.0.0.1:${ours.port}/feed.xml`, { headers: { 'Accept-Encoding': 'identity' } })
  const bytes = (await feed.arrayBuffer()).byteLength
  const etag = feed.headers.get('etag')
  const zipped = await rawLength(ours.port)
  const rows: Row[] = []
  for (const { what, size, extra, status } of [
    { what: `200, ${Math.round(bytes / 1024)} KB plain`, size: bytes, extra: '', status: 200 },
    { what: `200, ${Math.round(zipped / 1024)} KB gzip`, size: zipped, extra: 'Accept-Encoding: gzip\r\n', status: 200 },
    { what: '304 by ETag', size: bytes, extra: `If-None-Match: ${etag}\r\n`, status: 304 },
  ]) {
    await using bare = await startServer([resolve('bench/servers/node-http.js')], '/feed.xml', { BYTES: String(size) })
    const request = `GET /feed.xml HTTP/1.1\r\nHost: localhost\r\n${extra}\r\n`
    const pairs: { ours: Load; bare: Load }[] = []
    for (let round = 0; round <= rounds; round++) {
      const pair = {
        ours: await load(ours.port, request, status, connections, seconds),
        bare: await load(bare.port, request, status, connections, seconds),
      }
      // The first round warms both up.
      if (round > 0) pairs.push(pair)
    }
    const ratio = median(pairs.map((pair) => pair.ours.perSecond / pair.bare.perSecond))
    const perSecond = median(pairs.map((pair) => pair.ours.perSecond))
    const p99 = median(pairs.map((pair) => pair.ours.p99Ms))
    const bareP99 = median(pairs.map((pair) => pair.bare.p99Ms))
    const measured = `${ratio.toFixed(2)} of node:http`
    rows.push({ what, measured, wanted: `>= ${wantedRatio}`, isMet: ratio >= wantedRatio })
    rows.push({
      what: `${what}: rate`,
      measured: `${perSecond.toFixed(0)}/s`,
      wanted: `>= ${wantedRate}/s`,
      isMet: perSecond >= wantedRate,
    })
    rows.push({
      what: `${what}: p99`,
      measured: `${p99.toFixed(1)} ms (node:http ${bareP99.toFixed(1)} ms)`,
      wanted: `< ${wantedP99Ms} ms`,
      isMet: p99 < wantedP99Ms,
    })
  }
  rows.push(await benchPages(ours.port))
  return rows
}

/** Length of the compressed body: fetch would decompress it. */
async function rawLength(port: number): Promise<number> {
  const { get } = await import('node:http')
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path: '/feed.xml', headers: { 'Accept-Encoding': 'gzip' } }, (response) => {
      resolve(Number(response.headers['content-length']))
      response.resume()
    })
  })
}

/** Compares the page of an article with the feed: both are written once and answered from memory. */
async function benchPages(port: number): Promise<Row> {
  const home = await (await fetch(`http://127.0.0.1:${port}/`)).text()
  const page = /href="[^"]*(\/articles\/[^"]+)"/.exec(home)?.[1] ?? '/'
  const ask = (path: string) =>
    load(port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n`, 200, connections, seconds)
  const ratios: number[] = []
  let perSecond = 0
  for (let round = 0; round <= rounds; round++) {
    const pair = { page: await ask(page), feed: await ask('/feed.xml') }
    perSecond = pair.page.perSecond
    if (round > 0) ratios.push(pair.page.perSecond / pair.feed.perSecond)
  }
  const ratio = median(ratios)
  return {
    what: 'page of an article, gzip',
    measured: `${ratio.toFixed(2)} of the feed (${perSecond.toFixed(0)}/s)`,
    wanted: `>= ${wantedPageRatio}`,
    isMet: ratio >= wantedPageRatio,
  }
}
