import { fork } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { lowMemory } from '../bin/runtime.js'
import { enqueueDeliveries, openMailing, storeEdition } from '../src/outbox/enqueue.ts'
import { outboxMigrations } from '../src/outbox/migrations.ts'
import { migrate } from '../src/platform/database/migrate.ts'
import { openDatabase } from '../src/platform/database/open.ts'
import { openLog } from '../src/platform/log.ts'
import { edition } from './merge.ts'
import type { Sent } from './outbox-process.ts'
import { rateOfSource, startDelay, startSink } from './smtp.ts'
import { median, type Row } from './table.ts'
import { benchTransactionGuard } from './transaction-guard.ts'

const rounds = 3
const messages = 10_000
const connections = 20
const messageBytes = 46_000
const poolMessages = 2_000
const perStep = 500

/** Personalised messages of 46 KB, every hand-over and result durable, compared with other senders in the same run. */
export async function benchOutbox(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'broadsheet-bench-outbox-'))
  try {
    await using sink = await startSink()
    const keyFile = join(folder, 'dkim.pem')
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
    await writeFile(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const url = `smtp://127.0.0.1:${sink.port}`
    const [source, ours, signed, pool, cpu]: [number[], number[], number[], number[], number[]] = [[], [], [], [], []]
    for (let round = 0; round < rounds; round++) {
      const of = await rateOfSource(sink.port, connections, messageBytes, messages)
      if (of !== undefined) source.push(of)
      const plain = await send(folder, url, messages, connections)
      ours.push(rateOf(plain, messages))
      cpu.push(plain.cpuMs / messages)
      signed.push(rateOf(await send(folder, url, messages, connections, keyFile), messages))
      pool.push(await rateOfPool(sink.port))
    }
    return [
      ...(source.length > 0 ? againstSource(median(source), median(ours), median(signed)) : []),
      atLeast('unsigned, beside the pool of nodemailer', median(ours), median(pool), 5),
      {
        what: 'CPU for 1,000 messages',
        measured: `${median(cpu).toFixed(2)} s`,
        wanted: '<= 0.5 s',
        isMet: median(cpu) <= 0.5,
      },
      ...(await benchDelay(folder, sink.port)),
      await benchTransactionGuard(),
    ]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function againstSource(source: number, ours: number, signed: number): Row[] {
  return [
    atLeast('unsigned, beside smtp-source', ours, source, 0.8),
    atLeast('signed with RSA-2048, beside smtp-source', signed, source, 0.45),
  ]
}

export function atLeast(what: string, ours: number, theirs: number, wanted: number): Row {
  const ratio = ours / theirs
  return {
    what,
    measured: `${whole(ours)} a second, ${ratio.toFixed(2)} x ${whole(theirs)}`,
    wanted: `>= ${wanted} x`,
    isMet: ratio >= wanted,
  }
}

/** A server 20 ms away: twice the connections should send almost twice as fast. */
async function benchDelay(folder: string, port: number): Promise<Row[]> {
  await using delay = await startDelay(port, 10)
  const rates: number[] = []
  for (const [open, count] of [
    [10, 600],
    [20, 1_200],
    [40, 2_400],
  ] as const) {
    rates.push(rateOf(await send(folder, `smtp://127.0.0.1:${delay.port}`, count, open), count))
  }
  const [ten = 0, twenty = 0, forty = 0] = rates
  return [
    atLeast('20 ms away: 20 connections beside 10', twenty, ten, 1.8),
    atLeast('20 ms away: 40 connections beside 20', forty, twenty, 1.8),
  ]
}

/** Creates a database with queued messages, and sends them in a separate process, as the service does. */
export async function send(folder: string, url: string, count: number, open: number, keyFile = '', forMs = ''): Promise<Sent> {
  const file = join(folder, 'bench.sqlite')
  for (const suffix of ['', '-wal', '-shm']) await rm(file + suffix, { force: true })
  await enqueue(file, count)
  return sendFrom(file, url, open, keyFile, forMs)
}

/** Sends what is queued in this database, in a separate process. */
export async function sendFrom(
  address: string,
  url: string,
  open: number,
  keyFile = '',
  forMs = '',
  flags: readonly string[] = [],
): Promise<Sent> {
  const child = fork(resolve('bench/outbox-process.ts'), [address, url, String(open), keyFile, forMs], {
    execArgv: [...lowMemory.flags, ...flags],
    env: { ...process.env, ...lowMemory.env },
  })
  const [[sent]] = (await Promise.all([once(child, 'message'), once(child, 'exit')])) as [[Sent], unknown]
  return sent
}

export async function enqueue(address: string, count: number): Promise<void> {
  const database = await openDatabase(address, await openLog('error', false))
  await migrate(database, outboxMigrations)
  const mailing = { id: 'bench', kind: 'issue', list: 'weekly' } as const
  const now = new Date()
  const editionId = await database.transaction(async (tx) => {
    await openMailing(tx, mailing, now)
    return storeEdition(tx, edition)
  })
  for (let start = 0; start < count; start += perStep) {
    const deliveries = Array.from({ length: Math.min(perStep, count - start) }, (_, offset) => {
      const address = `reader${start + offset}@example.org`
      const placeholders = { comma_name: `, Reader ${start + offset}`, unsubscribe_token: `token-${start + offset}-${'x'.repeat(32)}` }
      return { address, addressKey: address, placeholders, content: { editionId } }
    })
    await database.transaction((tx) => enqueueDeliveries(tx, mailing, deliveries, now))
  }
  await database.close()
}

/** nodemailer's pool, also in a separate process, with Node's default settings. */
async function rateOfPool(port: number): Promise<number> {
  const child = fork(resolve('bench/pool-process.ts'), [String(port), String(connections), String(poolMessages)], { execArgv: [] })
  const [[ms]] = (await Promise.all([once(child, 'message'), once(child, 'exit')])) as [[number], unknown]
  return (poolMessages / ms) * 1_000
}

export function rateOf({ ms }: Sent, count: number): number {
  return (count / ms) * 1_000
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}
