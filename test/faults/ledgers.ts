import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { deliveryStates } from '../../src/outbox/delivery.ts'
import type { Database } from '../../src/platform/database/database.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { countsOf } from '../support/outbox.ts'
import type { Command, Fault, Status } from './receiver-process.ts'

export interface FaultyReceiver extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  /** From now on; undefined: well again, and whoever waits for an answer is cut off. Resolves with how often the last fault was applied. */
  misbehave(fault: Fault | undefined): Promise<number>
  /** How many connections are open now, and how many of them will never be answered. */
  standing(): Promise<Status>
  /** The addresses it accepted a message for, in order, as they are in its ledger. */
  ledger(): Promise<string[]>
}

/** A receiver in another process, with a ledger of its own on disk. */
export async function startFaultyReceiver(): Promise<FaultyReceiver> {
  const folder = await mkdtemp(join(tmpdir(), 'broadsheet-ledger-'))
  const file = join(folder, 'ledger')
  const child = fork(resolve('test/faults/receiver-process.ts'), [file], { execArgv: [] })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  async function ask(command: Command): Promise<Status> {
    const answer = once(child, 'message') as Promise<[Status]>
    child.send(command)
    return (await answer)[0]
  }
  return {
    url: `smtp://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    misbehave: async (fault) => (await ask({ fault })).applied,
    standing: () => ask({ ask: 'standing' }),
    async ledger() {
      const text = await readFile(file, 'utf8').catch(() => '')
      return text.split('\n').slice(0, -1)
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export interface Comparison {
  readonly audience: number
  readonly counts: Readonly<Record<string, number>>
  /** Neither sent, nor refused for good, nor known to be unknown. */
  readonly skipped: number
  readonly twice: number
  /** Rows of the outbox that its receiver's ledger contradicts, in either direction, or that its own counters do not count. */
  readonly contradicted: number
  readonly integrity: string
}

/** Row by row: what the outbox says of each address, and how often the receiver accepted a message for it since `from`. */
export async function compare(database: Database, mailing: string, receiver: FaultyReceiver, from = 0): Promise<Comparison> {
  const accepted = new Map<string, number>()
  for (const address of (await receiver.ledger()).slice(from)) accepted.set(address, (accepted.get(address) ?? 0) + 1)
  const rows = await database.all<{ address: string; state: string }>(
    sql`SELECT address, state FROM deliveries WHERE mailing_id = ${mailing}`,
  )
  const counts: Record<string, number> = {}
  let contradicted = 0
  for (const { address, state } of rows) {
    counts[state] = (counts[state] ?? 0) + 1
    const times = accepted.get(address) ?? 0
    accepted.delete(address)
    if (state === 'sent' ? times !== 1 : state === 'uncertain' ? times > 1 : times > 0) contradicted++
  }
  const all = (await receiver.ledger()).slice(from)
  const counted = await countsOf(database, mailing)
  const miscounted = deliveryStates.reduce((sum, state) => sum + Math.abs((counted?.[state] ?? 0) - (counts[state] ?? 0)), 0)
  const integrity =
    database.engine === 'sqlite' ? await database.get<{ integrity_check: string }>(sql`PRAGMA integrity_check`) : { integrity_check: 'ok' }
  return {
    audience: rows.length,
    counts,
    skipped: (counts.queued ?? 0) + (counts.handing_over ?? 0),
    twice: all.length - new Set(all).size,
    contradicted: contradicted + accepted.size + miscounted,
    integrity: integrity?.integrity_check ?? '',
  }
}
