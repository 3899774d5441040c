import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { type ClusterFault, clusterFaults, sufferInCluster } from './cluster.ts'
import { type FaultyReceiver, startFaultyReceiver } from './ledgers.ts'
import { faultOf } from './suffer.ts'

// The long form is `npm run test:long`.
const options = { recipients: 400, workers: 4, connections: 4, perSecond: 200 }

let server: PostgresServer
let receiver: FaultyReceiver
beforeAll(async () => {
  server = await startPostgres()
  receiver = await startFaultyReceiver()
})
afterAll(async () => {
  await receiver[Symbol.asyncDispose]()
  await server.stop()
})

test('four workers on PostgreSQL suffer kills, a stop beyond the lease, cut connections and a killed server: nobody is skipped or gets it twice', async () => {
  let seed = 7
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647
    return seed / 2_147_483_647
  }
  const faults = Object.keys(clusterFaults) as ClusterFault[]
  const suffered = await sufferInCluster(server, receiver, { ...options, faults, random })
  expect(suffered.applied).toBe(faults.length)
  expect(faultOf(suffered)).toBe('')
  // SEND_RATE counts over all of them.
  expect(suffered.perSecond).toBeLessThanOrEqual(options.perSecond)
}, 300_000)
