import { expect, test } from 'vitest'
import { decide } from '../../../src/outbox/sender/retry.ts'

const enqueuedAt = new Date('2026-11-23T08:00:00Z')
const after = (minutes: number) => new Date(enqueuedAt.getTime() + minutes * 60_000)

function decision(reply: string, attempts = 1, minutes = 0, chance = 0) {
  return decide({ kind: 'refused', reply }, { attempts, enqueuedAt, now: after(minutes), chance: () => chance })
}

test.each([
  ['450 4.2.0 greylisted', { state: 'queued' }, {}],
  ['451 4.3.0 try again later', { state: 'queued' }, {}],
  ['421 4.7.0 too much from you', { state: 'queued' }, { isThrottled: true }],
  ['450-4.7.28 too many\r\n450 4.7.28 from your network', { state: 'queued' }, { isThrottled: true }],
  ['550 5.1.1 no such user', { state: 'failed' }, { isNoAddress: true }],
  ['550 5.1.10 no such user', { state: 'failed' }, { isNoAddress: true }],
  ['550 no such user', { state: 'failed' }, {}],
  ['552 5.2.2 mailbox full', { state: 'failed' }, {}],
  ['554 5.6.0 not liked', { state: 'failed' }, {}],
  ['550 5.7.515 not authenticated', { state: 'failed' }, { isAboutUs: true }],
  ['530 5.7.0 Authentication required', { state: 'failed' }, { isAboutUs: true }],
  ['550 5.1.8 bad sender', { state: 'failed' }, { isAboutUs: true }],
])('%s', (reply, settlement, beside) => {
  const { settlement: settled, ...others } = decision(reply) ?? { settlement: undefined }
  expect(settled).toMatchObject(settlement)
  expect(others).toEqual(beside)
})

test('each try waits longer than the last, some longer than others, and after two days nobody tries any more', () => {
  const pauses = [1, 2, 3, 7].map((attempts) => decision('450 4.2.0 busy', attempts)?.settlement)
  expect(pauses.map((one) => one?.state === 'queued' && one.dueAt)).toEqual([after(1), after(5), after(15), after(180)])
  expect(decision('450 4.2.0 busy', 1, 0, 1)?.settlement).toMatchObject({ dueAt: after(1.25) })
  expect(decision('450 4.2.0 busy', 20, 47 * 60)?.settlement).toEqual({
    state: 'failed',
    reason: 'given up after 20 tries: 450 4.2.0 busy',
  })
})
