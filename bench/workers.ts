import { readdir, readFile } from 'node:fs/promises'
import { createPostgresDatabase, startPostgres } from '../test/support/postgres.ts'
import { atLeast, enqueue, rateOf, sendFrom, whole } from './outbox.ts'
import { rateOfSource, startLateSink, startSink } from './smtp.ts'
import { median, type Row } from './table.ts'

const rounds = 3
const connections = 20
const messageBytes = 46_000
/** Of the comparison with smtp-source. */
const messages = 10_000
const lateMs = 20
/** About eight seconds of one worker. */
const messagesPerWorker = 1_600
const ticksPerSecond = 100

/** Processes that share the deliveries of one PostgreSQL database, whose commits are on disk. */
export async function benchWorkers(): Promise<Row[]> {
  const postgres = await startPostgres({ isDurable: true })
  let created = 0
  async function queue(count: number): Promise<string> {
    const name = `workers_${++created}`
    await createPostgresDatabase(postgres.url('postgres'), name)
    await enqueue(postgres.url(name), count)
    return postgres.url(name)
  }
  try {
    return [...(await besideSource(queue, postgres.pid())), ...(await besideEachOther(queue, postgres.pid()))]
  } finally {
    await postgres.stop()
  }
}

type Queue = (count: number) => Promise<string>

/** One worker against a server that answers at once: what the database costs. */
async function besideSource(queue: Queue, postgresPid: number): Promise<Row[]> {
  await using sink = await startSink()
  const [source, ours, cpu]: [number[], number[], number[]] = [[], [], []]
  for (let round = 0; round < rounds; round++) {
    const bare = await rateOfSource(sink.port, connections, messageBytes, messages)
    if (bare !== undefined) source.push(bare)
    const address = await queue(messages)
    const before = await cpuSeconds(postgresPid)
    const sent = await sendFrom(address, `smtp://127.0.0.1:${sink.port}`, connections)
    ours.push(rateOf(sent, messages))
    cpu.push(sent.cpuMs / messages, ((await cpuSeconds(postgresPid)) - before) * (1_000 / messages))
  }
  const [process, server] = [cpu.filter((_, index) => index % 2 === 0), cpu.filter((_, index) => index % 2 === 1)]
  const used = `CPU for 1,000: ${median(process).toFixed(2)} s in the process, ${median(server).toFixed(2)} s in PostgreSQL`
  if (source.length === 0) {
    const measured = `${whole(median(ours))} a second; ${used}; smtp-source is not installed`
    return [{ what: 'one worker, unsigned', measured, wanted: 'for comparison', isMet: true }]
  }
  const row = atLeast('one worker, unsigned, beside smtp-source', median(ours), median(source), 0.35)
  return [{ ...row, measured: `${row.measured}; ${used}` }]
}

/** Against a server that answers late, a worker waits most of the time. */
async function besideEachOther(queue: Queue, postgresPid: number): Promise<Row[]> {
  await using sink = await startLateSink(lateMs)
  const rates = new Map<number, number[]>([1, 2, 4].map((workers) => [workers, []]))
  const cores = new Map<number, number[]>([1, 2, 4].map((workers) => [workers, []]))
  for (let round = 0; round < rounds; round++) {
    for (const workers of rates.keys()) {
      const count = messagesPerWorker * workers
      const address = await queue(count)
      const before = await cpuSeconds(postgresPid)
      const sent = await Promise.all(Array.from({ length: workers }, () => sendFrom(address, `smtp://127.0.0.1:${sink.port}`, connections)))
      const seconds = Math.max(...sent.map(({ ms }) => ms)) / 1_000
      const cpu = sent.reduce((sum, { cpuMs }) => sum + cpuMs / 1_000, 0) + (await cpuSeconds(postgresPid)) - before
      rates.get(workers)?.push(count / seconds)
      cores.get(workers)?.push(cpu / seconds)
    }
  }
  const [one = 0, two = 0, four = 0] = [...rates.values()].map(median)
  const [ofOne = 0, ofTwo = 0, ofFour = 0] = [...cores.values()].map(median)
  const withCpu = (row: Row, used: number): Row => ({ ...row, measured: `${row.measured}; ${used.toFixed(2)} cores` })
  const measured = `${whole(one)} a second; ${ofOne.toFixed(2)} cores`
  return [
    { what: `each reply ${lateMs} ms late: one worker`, measured, wanted: 'for comparison', isMet: true },
    withCpu(atLeast('  two workers beside one', two, one, 1.8), ofTwo),
    withCpu(atLeast('  four workers beside one', four, one, 3.2), ofFour),
  ]
}

/** CPU time of a PostgreSQL server and its backends, ended ones included. */
async function cpuSeconds(pid: number): Promise<number> {
  let ticks = 0
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '')
    // After the name in parentheses: state, parent, …; user and system time are the 12th and 13th, those of ended children follow.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const own = Number(fields[11]) + Number(fields[12])
    if (Number(entry) === pid) ticks += own + Number(fields[13]) + Number(fields[14])
    else if (Number(fields[1]) === pid) ticks += own
  }
  return ticks / ticksPerSecond
}
