import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import type { Database } from '../../src/platform/database/database.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { drivenClock } from '../support/driven-clock.ts'
import { countsOf, enqueueTo, senderTo } from '../support/outbox.ts'
import { compare, type FaultyReceiver } from './ledgers.ts'
import { addressesOf, openStore, type Suffered, settleAll } from './suffer.ts'

const senderFile = resolve('test/faults/sender-process.ts')
/** A sender gets at least so long after it has begun, and at most so long, before it is killed. */
const shortestLifeMs = 5
const longestLifeMs = 400

/**
 * kill -9 at random moments, so many times, and one sender that is let finish; issue after issue until there were enough kills.
 * `random` is from 0 to 1.
 */
export async function sufferKills(
  receiver: FaultyReceiver,
  options: { readonly recipients: number; readonly kills: number; readonly connections: number; readonly random: () => number },
): Promise<(Suffered & { readonly mostUncertainOfOneKill: number })[]> {
  const all: (Suffered & { mostUncertainOfOneKill: number })[] = []
  for (let left = options.kills; left > 0; ) {
    await using store = await openStore()
    const from = (await receiver.ledger()).length
    const mailing = await enqueueTo(store.database, drivenClock(new Date()), addressesOf(options.recipients))
    let kills = 0
    let most = 0
    while (await isQueued(store.database, mailing)) {
      const lifeMs = left > kills ? shortestLifeMs + options.random() * (longestLifeMs - shortestLifeMs) : undefined
      if (!(await liveFor(store.file, receiver, options.connections, lifeMs))) continue
      kills++
      most = Math.max(most, (await countsOf(store.database, mailing))?.handing_over ?? 0)
    }
    left -= Math.max(kills, 1)
    const compared = await compare(store.database, mailing, receiver, from)
    all.push({ ...compared, applied: kills, uncertainAtMost: kills * options.connections, mostUncertainOfOneKill: most })
  }
  return all
}

async function isQueued(database: Database, mailing: string): Promise<boolean> {
  const counts = await countsOf(database, mailing)
  return (counts?.queued ?? 0) + (counts?.handing_over ?? 0) > 0
}

/** True where it was killed. */
async function liveFor(file: string, receiver: FaultyReceiver, connections: number, lifeMs: number | undefined): Promise<boolean> {
  const child = fork(senderFile, [file, receiver.url, String(connections)], { execArgv: [] })
  const ended = once(child, 'exit')
  await Promise.race([once(child, 'message'), ended])
  if (lifeMs === undefined) {
    await ended
    return false
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), lifeMs)
  const [, signal] = await ended
  clearTimeout(timer)
  return signal === 'SIGKILL'
}

/** The disk is full in the middle of an issue: no file may grow any more. Then there is room again, and the process is started anew. */
export async function sufferFullDisk(receiver: FaultyReceiver, recipients: number, connections: number): Promise<Suffered> {
  await using store = await openStore()
  const from = (await receiver.ledger()).length
  const mailing = await enqueueTo(store.database, drivenClock(new Date()), addressesOf(recipients))
  await store.database.all(sql`PRAGMA wal_checkpoint(TRUNCATE)`)
  // In blocks of 512 bytes: room for some hundred intents in the log of the database.
  const limited = `trap '' XFSZ; ulimit -f 700; exec "$@"`
  const child = spawn('sh', ['-c', limited, 'sh', process.execPath, senderFile, store.file, receiver.url, String(connections)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(child, 'exit')
  // It says that what it was told could not be written, and tries again.
  await Promise.race([once(child.stderr as Readable, 'data'), ended])
  child.kill('SIGKILL')
  await ended
  const sentBefore = (await receiver.ledger()).length - from
  await liveFor(store.file, receiver, connections, undefined)
  const compared = await compare(store.database, mailing, receiver, from)
  return { ...compared, applied: sentBefore > 0 && sentBefore < recipients ? 1 : 0, uncertainAtMost: connections }
}

/** Another process has the database's write lock for most of the time. */
export async function sufferBusy(receiver: FaultyReceiver, recipients: number, connections: number): Promise<Suffered> {
  await using store = await openStore()
  const clock = drivenClock('2026-11-23T08:00:00Z')
  const from = (await receiver.ledger()).length
  const mailing = await enqueueTo(store.database, clock, addressesOf(recipients))
  const other = fork(resolve('test/faults/busy-process.ts'), [store.file], { execArgv: [] })
  await once(other, 'message')
  const sender = senderTo(store.database, clock, receiver.url, connections)
  await sender.drain()
  await end(other)
  await settleAll(store.database, clock, mailing, () => sender.drain())
  await sender.stop()
  return { ...(await compare(store.database, mailing, receiver, from)), applied: 1, uncertainAtMost: 0 }
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

export interface Traced {
  readonly bodies: number
  /** Bodies that left before the intent for them was on disk. */
  readonly early: number
}

/** What the operating system saw: between a DATA and its message there is a sync. A sentence where it cannot be looked at. */
export async function traceIntents(receiver: FaultyReceiver, recipients: number): Promise<Traced | string> {
  await using store = await openStore()
  await enqueueTo(store.database, drivenClock(new Date()), addressesOf(recipients))
  const log = join(dirname(store.file), 'trace')
  const calls = 'trace=fsync,fdatasync,write,writev,sendto,sendmsg'
  const child = spawn('strace', ['-f', '-e', calls, '-s', '32', '-o', log, process.execPath, senderFile, store.file, receiver.url, '1'], {
    stdio: 'ignore',
  })
  const failure = await Promise.race([once(child, 'exit').then(() => ''), once(child, 'error').then(([error]) => String(error.code))])
  if (failure) return `strace is not there (${failure}): not looked at`
  const lines = (await readFile(log, 'utf8').catch(() => '')).split('\n')
  let isSynced = false
  let bodies = 0
  let early = 0
  for (const line of lines) {
    if (line.includes('"DATA\\r\\n')) isSynced = false
    else if (/\b(fsync|fdatasync)(\(| resumed).*= 0/.test(line)) isSynced = true
    else if (/"(From|Message-ID|Date|To|Subject|MIME-Version|List-[A-Za-z]+): /.test(line)) {
      bodies++
      if (!isSynced) early++
    }
  }
  if (bodies === 0) return 'strace may not look at processes here: not looked at'
  return { bodies, early }
}
