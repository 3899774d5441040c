import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faultKinds, nameOf } from './kinds.ts'
import { type FaultyReceiver, startFaultyReceiver } from './ledgers.ts'
import { sufferBusy, sufferFullDisk, sufferKills, traceIntents } from './processes.ts'
import { faultOf, suffer, sufferClockJumps } from './suffer.ts'

const recipients = 40
const connections = 4

describe('whatever the receiver does, nobody is skipped, nobody gets it twice, and both ledgers agree', () => {
  let receiver: FaultyReceiver
  beforeAll(async () => {
    receiver = await startFaultyReceiver()
  })
  afterAll(() => receiver[Symbol.asyncDispose]())

  test.each(faultKinds.filter((kind) => kind.isShort).map((kind) => [nameOf(kind), kind] as const))('when it %s', async (_, kind) => {
    const suffered = await suffer(kind, receiver, recipients, connections)
    expect(suffered.applied).toBeGreaterThan(0)
    expect(faultOf(suffered)).toBe('')
  })

  test('when the clock jumps by hours, there and back', async () => {
    const suffered = await sufferClockJumps(receiver, recipients, connections)
    expect(suffered.applied).toBeGreaterThan(0)
    expect(faultOf(suffered)).toBe('')
  })

  test('when its process is killed again and again', async () => {
    let seed = 1
    const random = () => {
      seed = (seed * 16_807) % 2_147_483_647
      return seed / 2_147_483_647
    }
    const [suffered, ...more] = await sufferKills(receiver, { recipients: 400, kills: 2, connections, random })
    for (const one of suffered ? [suffered, ...more] : []) {
      expect(faultOf(one)).toBe('')
      expect(one.mostUncertainOfOneKill).toBeLessThanOrEqual(connections)
    }
    expect(suffered?.applied).toBeGreaterThan(0)
  })

  test('when the disk is full', async () => {
    const suffered = await sufferFullDisk(receiver, 500, connections)
    expect(suffered.applied).toBe(1)
    expect(faultOf(suffered)).toBe('')
  })

  test('when another process has the database for most of the time', async () => {
    expect(faultOf(await sufferBusy(receiver, recipients, connections))).toBe('')
  })

  test('the operating system has each intent on disk before it sees the message', async ({ skip }) => {
    const traced = await traceIntents(receiver, 5)
    if (typeof traced === 'string') return skip(traced)
    expect(traced).toEqual({ bodies: 5, early: 0 })
  })
})
