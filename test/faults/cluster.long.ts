import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { type ClusterFault, clusterFaults, sufferInCluster } from './cluster.ts'
import { type FaultyReceiver, startFaultyReceiver } from './ledgers.ts'
import { faultOf } from './suffer.ts'

const rounds = 5
const options = { recipients: 8_000, workers: 4, connections: 10, perSecond: 400, random: Math.random, isPatient: true }
const kinds = Object.keys(clusterFaults) as ClusterFault[]

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

test.each(kinds)('five times in one issue of four workers: %s', async (kind) => {
  const suffered = await sufferInCluster(server, receiver, { ...options, faults: Array(rounds).fill(kind) })
  expect(suffered.applied).toBe(rounds)
  expect(faultOf(suffered)).toBe('')
  expect(suffered.perSecond).toBeLessThanOrEqual(options.perSecond)
})

test('all of them in turn, at random moments', async () => {
  const faults = Array.from({ length: 3 }, () => kinds).flat()
  const suffered = await sufferInCluster(server, receiver, { ...options, recipients: 20_000, faults })
  expect(suffered.applied).toBe(faults.length)
  expect(faultOf(suffered)).toBe('')
})
