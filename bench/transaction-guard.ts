import type { Database } from '../src/platform/database/database.ts'
import { sql } from '../src/platform/database/sql.ts'
import { openSqlite } from '../src/platform/database/sqlite.ts'
import { guardTransactions } from '../src/platform/database/transaction-guard.ts'
import { median, type Row } from './table.ts'

const pairs = 9
const transactions = 20_000
const select = sql`SELECT 1 AS one`

/**
 * The cost of tracking call chains in transactions. It is below the noise of runs on a real file, so it is measured without a database and
 * shown next to a transaction in memory.
 */
export async function benchTransactionGuard(): Promise<Row> {
  const inMemory = openSqlite(':memory:')
  const straight: Database = { ...inMemory, get: async () => undefined, transaction: (work) => work(straight) }
  const guarded = guardTransactions(straight)
  const costs: number[] = []
  for (let pair = 0; pair < pairs; pair++) {
    const bare = await microsOf(straight, transactions)
    costs.push((await microsOf(guarded, transactions)) - bare)
  }
  const real = await microsOf(inMemory, transactions / 10)
  await inMemory.close()
  const cost = median(costs)
  return {
    what: 'CPU of the guard of a transaction',
    measured: `${cost.toFixed(2)} µs, beside ${real.toFixed(1)} µs for one in memory`,
    wanted: '<= 5 µs',
    isMet: cost <= 5,
  }
}

/** CPU of one transaction of one statement and of one statement outside. */
async function microsOf(database: Database, count: number): Promise<number> {
  const cpu = process.cpuUsage()
  for (let number = 0; number < count; number++) {
    await database.transaction((tx) => tx.get(select))
    await database.get(select)
  }
  const used = process.cpuUsage(cpu)
  return (used.user + used.system) / count
}
