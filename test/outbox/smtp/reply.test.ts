import { expect, test } from 'vitest'
import { isAboutUs, isNoAddress, isTemporary, isThrottling, readReply } from '../../../src/outbox/smtp/reply.ts'

test.each([
  ['550 5.1.1 no such user', 550, '5.1.1'],
  ['450-4.7.28 too many\r\n450 4.7.28 from your network', 450, '4.7.28'],
  ['Mail command failed: 530 5.7.0 Authentication required', 530, '5.7.0'],
  ['250 2.0.0 Ok: queued as 4F1', 250, '2.0.0'],
  ['550 no such user', 550, undefined],
  ['it said nothing that counts', 0, undefined],
])('%j has code %i and status %s', (text, code, status) => {
  expect(readReply(text)).toEqual({ code, status })
})

test.each([
  ['450 4.2.0 greylisted', ['temporary']],
  ['421 closing', ['temporary', 'throttling']],
  ['451 4.7.1 too much from you', ['temporary', 'throttling']],
  ['550 5.1.1 no such user', ['no address']],
  ['550 5.1.10 no such user', ['no address']],
  // Statuses of the sender's address: `isAboutUs` is asked first.
  ['550 5.1.7 bad sender', ['about us', 'no address']],
  ['550 5.1.8 bad sender', ['about us', 'no address']],
  ['550 5.7.515 not authenticated', ['about us']],
  ['535 bad credentials', ['about us']],
  ['550 no such user', []],
  ['552 5.2.2 mailbox full', []],
])('%j means %j', (text, meanings) => {
  const reply = readReply(text)
  const all = { 'about us': isAboutUs, temporary: isTemporary, throttling: isThrottling, 'no address': isNoAddress }
  expect(Object.entries(all).flatMap(([name, is]) => (is(reply) ? [name] : []))).toEqual(meanings)
})
