import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { articleText, makeArticles } from './articles.ts'
import { timeBareInserts } from './bare-inserts.ts'
import { makeDataFolder, residentMb, type Served, startBroadsheet, startServer } from './process.ts'
import { median, type Row } from './table.ts'

const rounds = 7

/** Time until everything is loaded after the first answer: the file watch, and the first ticks of the clock. */
const settledMs = 2_500

/**
 * Time from the start of the process to the first feed byte, alternating with a bare Express server; and memory after
 * everything is loaded and polled. Cold: a fresh data folder. Warm: a used one. Both have a warm compile cache, as every
 * start except the first after an installation.
 */
export async function benchStart(): Promise<Row[]> {
  await using content = await makeArticles(100)
  await using kept = await makeDataFolder()
  const cold: Start[] = []
  const warm: Start[] = []
  const express: Start[] = []
  for (let round = 0; round <= rounds; round++) {
    await using fresh = await makeDataFolder()
    const starts = [
      await measure(() => startBroadsheet(content.folder, fresh.folder)),
      await measure(() => startServer([resolve('bench/servers/express.js')], '/feed.xml')),
      await measure(() => startBroadsheet(content.folder, kept.folder)),
    ] as const
    // The first round fills the disk cache and the data folder for warm starts.
    if (round === 0) continue
    for (const [index, all] of [cold, express, warm].entries()) all.push(starts[index] as Start)
  }
  const expressMb = median(express.map(({ mb }) => mb))
  return [
    ...[
      { what: 'start to the first feed byte, 100 articles, cold', starts: cold },
      { what: 'start to the first feed byte, 100 articles, warm', starts: warm },
    ].map(({ what, starts }) => {
      const ratio = median(starts.map(({ ms }, round) => ms / (express[round]?.ms ?? Number.NaN)))
      const measured = `${ratio.toFixed(2)} x bare Express (${median(starts.map(({ ms }) => ms)).toFixed(0)} ms)`
      return { what, measured, wanted: '<= 2.5 x', isMet: ratio <= 2.5 }
    }),
    ...[
      { what: 'memory, 100 articles, before any mail or page, cold', starts: cold },
      { what: 'memory, 100 articles, before any mail or page, warm', starts: warm },
    ].map(({ what, starts }) => {
      const mb = median(starts.map((start) => start.mb))
      return { what, measured: `${mb.toFixed(0)} MB (bare Express ${expressMb.toFixed(0)} MB)`, wanted: '< 100 MB', isMet: mb < 100 }
    }),
  ]
}

interface Start {
  readonly ms: number
  readonly mb: number
}

async function measure(start: () => Promise<Served>): Promise<Start> {
  await using served = await start()
  // A few polls, as feed readers send them.
  for (let poll = 0; poll < 20; poll++) await (await fetch(`http://127.0.0.1:${served.port}/feed.xml`)).arrayBuffer()
  await setTimeout(settledMs)
  return { ms: served.startMs, mb: await residentMb(served.pid) }
}

/** Time until `/readyz` says yes, with `readers` readers and an empty search index, which is filled in the background; beside no readers. */
export async function benchFilledStart(readers: number): Promise<Row[]> {
  await using content = await makeArticles(100)
  await using empty = await makeDataFolder()
  await using filled = await makeDataFolder()
  await timeBareInserts(join(filled.folder, 'broadsheet.sqlite'), readers)
  const emptyMs: number[] = []
  const filledMs: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const times = [await timeToReady(content.folder, empty.folder), await timeToReady(content.folder, filled.folder)] as const
    if (round === 0) continue
    emptyMs.push(times[0])
    filledMs.push(times[1])
  }
  const [small, large] = [median(emptyMs), median(filledMs)]
  const measured = `${large.toFixed(0)} ms (empty ${small.toFixed(0)} ms)`
  return [
    { what: `ready with ${readers.toLocaleString('en')} readers`, measured, wanted: '<= 1.2 x + 1 s', isMet: large <= 1.2 * small + 1_000 },
  ]
}

async function timeToReady(content: string, data: string): Promise<number> {
  const began = performance.now()
  await using served = await startBroadsheet(content, data)
  while (!(await fetch(`http://127.0.0.1:${served.port}/readyz`)).ok) await setTimeout(5)
  const ms = performance.now() - began
  await served.stop()
  return ms
}

/** Time from writing a file to the feed that shows it. */
export async function benchChange(): Promise<Row[]> {
  await using content = await makeArticles(1_000)
  await using data = await makeDataFolder()
  await using served = await startBroadsheet(content.folder, data.folder)
  const times: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const title = `Changed for the ${round}. time`
    await writeFile(content.articlePath(round), articleText(round, title))
    const began = performance.now()
    for (let isShown = false; !isShown; ) {
      isShown = (await (await fetch(`http://127.0.0.1:${served.port}/feed.xml`)).text()).includes(title)
    }
    if (round > 0) times.push(performance.now() - began)
  }
  const ms = median(times)
  const measured = `${ms.toFixed(0)} ms (slowest ${Math.max(...times).toFixed(0)} ms)`
  return [{ what: 'one changed file in the feed, 1,000 articles', measured, wanted: '< 100 ms', isMet: ms < 100 }]
}
