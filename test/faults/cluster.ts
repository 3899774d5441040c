import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from '../../src/platform/database/database.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { openDatabase } from '../../src/platform/database/open.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { startCuttingProxy } from '../support/database-proxy.ts'
import { drivenClock } from '../support/driven-clock.ts'
import { enqueueTo, outboxMigrations } from '../support/outbox.ts'
import { createPostgresDatabase, type PostgresServer } from '../support/postgres.ts'
import { quietLog } from '../support/quiet.ts'
import { compare, type FaultyReceiver } from './ledgers.ts'
import { addressesOf, type Suffered } from './suffer.ts'
import type { WorkerCommand } from './worker-process.ts'

/** What happens to four workers on PostgreSQL while an issue goes out. */
export const clusterFaults = {
  'a worker is killed, and another one starts': (cluster) => cluster.killWorker(),
  'a worker stands still beyond its lease, and wakes': (cluster) => cluster.freezeWorker(),
  'all connections of a worker are cut': (cluster) => cluster.cutWorker(),
  'the server is killed, and starts again': (cluster) => cluster.restartServer('kill'),
  'the server is stopped, and starts again': (cluster) => cluster.restartServer('halt'),
} as const satisfies Record<string, (cluster: Cluster) => Promise<void>>

export type ClusterFault = keyof typeof clusterFaults

export interface ClusterOptions {
  readonly recipients: number
  readonly workers: number
  readonly connections: number
  /** Over all workers. It gives the faults the time to come. */
  readonly perSecond: number
  /** In this order, spread over the issue. */
  readonly faults: readonly ClusterFault[]
  /** From 0 to 1. */
  readonly random: () => number
  /** Wait for the end of a lease, instead of setting the clocks of the other workers ahead. */
  readonly isPatient?: boolean
}

/** More than a lease. */
const beyondLeaseMs = 35_000
const longestMs = 300_000

export interface SufferedByCluster extends Suffered {
  /** Messages a second that the receiver got. */
  readonly perSecond: number
}

/** One issue that four workers send, on a database of its own. */
export async function sufferInCluster(
  server: PostgresServer,
  receiver: FaultyReceiver,
  options: ClusterOptions,
): Promise<SufferedByCluster> {
  const name = `faults_${process.pid}_${Math.floor(options.random() * 1e9)}`
  await createPostgresDatabase(server.url('postgres'), name)
  const database = await openDatabase(server.url(name), quietLog)
  try {
    await migrate(database, outboxMigrations)
    const from = (await receiver.ledger()).length
    const mailing = await enqueueTo(database, drivenClock(new Date()), addressesOf(options.recipients))
    const beganAt = Date.now()
    await using cluster = await Cluster.start(server, server.url(name), receiver.url, options)
    let applied = 0
    for (const [index, fault] of options.faults.entries()) {
      await cluster.untilAccepted(receiver, from + Math.floor((options.recipients * (index + 1)) / (options.faults.length + 2)))
      await clusterFaults[fault](cluster)
      applied++
    }
    await untilSettled(database, mailing)
    const seconds = (Date.now() - beganAt) / 1_000
    await cluster.stop()
    const compared = await compare(database, mailing, receiver, from)
    const { n } = (await database.get<{ n: number }>(sql`SELECT count(*) AS n FROM deliveries WHERE lease IS NOT NULL`)) ?? { n: -1 }
    return {
      ...compared,
      skipped: compared.skipped + n,
      applied,
      uncertainAtMost: cluster.uncertainAtMost,
      perSecond: ((await receiver.ledger()).length - from) / seconds,
    }
  } finally {
    await database.close()
  }
}

interface Worker {
  readonly child: ChildProcess
  readonly proxy: Awaited<ReturnType<typeof startCuttingProxy>>
}

class Cluster implements AsyncDisposable {
  readonly #server: PostgresServer
  readonly #address: string
  readonly #smtpUrl: string
  readonly #options: ClusterOptions
  readonly #workers: Worker[] = []
  #aheadMs = 0
  uncertainAtMost = 0

  private constructor(server: PostgresServer, address: string, smtpUrl: string, options: ClusterOptions) {
    this.#server = server
    this.#address = address
    this.#smtpUrl = smtpUrl
    this.#options = options
  }

  static async start(server: PostgresServer, address: string, smtpUrl: string, options: ClusterOptions): Promise<Cluster> {
    const cluster = new Cluster(server, address, smtpUrl, options)
    await Promise.all(Array.from({ length: options.workers }, () => cluster.#startWorker()))
    return cluster
  }

  async untilAccepted(receiver: FaultyReceiver, count: number): Promise<void> {
    const endAt = Date.now() + longestMs
    while ((await receiver.ledger()).length < count) {
      if (Date.now() > endAt) throw new Error(`no ${count} messages within ${longestMs} ms`)
      await wait(20)
    }
  }

  async killWorker(): Promise<void> {
    const worker = this.#any()
    this.#mayLeaveUncertain(1)
    await this.#end(worker)
    await this.#startWorker()
  }

  async freezeWorker(): Promise<void> {
    const { child } = this.#any()
    this.#mayLeaveUncertain(1)
    child.kill('SIGSTOP')
    if (this.#options.isPatient) await wait(beyondLeaseMs)
    else {
      this.#aheadMs += beyondLeaseMs
      for (const worker of this.#workers) tell(worker.child, { aheadMs: this.#aheadMs })
      // The others claim what is under expired leases.
      await wait(1_500)
    }
    child.kill('SIGCONT')
  }

  async cutWorker(): Promise<void> {
    this.#mayLeaveUncertain(1)
    this.#any().proxy.cut()
  }

  async restartServer(how: 'kill' | 'halt'): Promise<void> {
    this.#mayLeaveUncertain(this.#options.workers)
    await this.#server[how]()
    await wait(1_000)
    await this.#server.start()
  }

  async stop(): Promise<void> {
    for (const { child, proxy } of this.#workers.splice(0)) {
      const ended = once(child, 'exit')
      tell(child, { stop: true })
      await ended
      await proxy[Symbol.asyncDispose]()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const worker of [...this.#workers]) await this.#end(worker)
  }

  /** One message for each connection may be on its way. */
  #mayLeaveUncertain(workers: number): void {
    this.uncertainAtMost += workers * this.#options.connections
  }

  #any(): Worker {
    return this.#workers[Math.floor(this.#options.random() * this.#workers.length)] as Worker
  }

  async #startWorker(): Promise<void> {
    const proxy = await startCuttingProxy(this.#address)
    const { connections, perSecond } = this.#options
    const child = fork(resolve('test/faults/worker-process.ts'), [proxy.url, this.#smtpUrl, String(connections), String(perSecond)], {
      execArgv: [],
    })
    await once(child, 'message')
    tell(child, { aheadMs: this.#aheadMs })
    this.#workers.push({ child, proxy })
  }

  async #end(worker: Worker): Promise<void> {
    const ended = once(worker.child, 'exit')
    worker.child.kill('SIGKILL')
    await ended
    await worker.proxy[Symbol.asyncDispose]()
    this.#workers.splice(this.#workers.indexOf(worker), 1)
  }
}

function tell(child: ChildProcess, command: WorkerCommand): void {
  child.send(command)
}

/** Leases of a process that was killed are cleared when its place is taken again, or when they expire. */
async function untilSettled(database: Database, mailing: string): Promise<void> {
  const endAt = Date.now() + longestMs
  for (;;) {
    const row = await database
      .get<{ n: number }>(sql`SELECT count(*) AS n FROM deliveries WHERE mailing_id = ${mailing} AND state IN ('queued', 'handing_over')`)
      .catch(() => undefined)
    if (row?.n === 0) return
    if (Date.now() > endAt) throw new Error(`${row?.n} deliveries are not settled after ${longestMs} ms`)
    await wait(100)
  }
}
