import { expect, test } from 'vitest'
import { failureKindOf } from '../../src/outbox/failure-group.ts'

test('replies that differ only in addresses, hosts and ids of single messages are one group', () => {
  for (const [one, other, text] of [
    ['550 5.1.1 <ada@example.org>: no such user', '550 5.1.1 <ben@example.net>: no such user', '550 5.1.1 …: no such user'],
    [
      '552-5.2.2 The email account is over quota. https://support.google.com/mail/?p=OverQuotaPerm d9443c01a7336-29da4b 12345678 - gsmtp',
      '552-5.2.2 The email account is over quota. https://support.google.com/mail/?p=OverQuotaPerm 98e67ed59e1d1-34e2bf 99887766 - gsmtp',
      '552-5.2.2 The email account is over quota. … - gsmtp',
    ],
    [
      'given up after 9 tries: 451 4.7.1 Greylisted by mx1.example.org [192.0.2.7]',
      '451 4.7.1 Greylisted by mx7.example.com [192.0.2.200]',
      '451 4.7.1 Greylisted by …',
    ],
  ] as const) {
    expect(failureKindOf(one).text).toBe(text)
    expect(failureKindOf(one).key).toBe(failureKindOf(other).key)
  }
  expect(failureKindOf('550 5.1.1 no such user').key).not.toBe(failureKindOf('552 5.2.2 mailbox full').key)
  expect(failureKindOf('550 5.1.1 no such user').key).not.toBe(failureKindOf('550 5.1.2 no such user').key)
})

test('a retry is offered where the cause may pass, and not where the address does not exist', () => {
  for (const reply of [
    '552 5.2.2 mailbox full',
    '552 too large',
    'given up after 9 tries: 451 4.3.0 try later',
    'given up after 9 tries: no answer from the server',
    '554 5.7.1 blocked, see our policy',
    '550 5.4.4 no route',
  ])
    expect(failureKindOf(reply).mayPass, reply).toBe(true)
  for (const reply of ['550 5.1.1 no such user', '550 no', '554 spam', 'not sendable: the subject is empty', undefined])
    expect(failureKindOf(reply).mayPass, String(reply)).toBe(false)
})

test('a hostile reply takes linear time and short text', () => {
  for (const reply of [
    `550 ${'a.'.repeat(50_000)}`,
    `550 ${'1a-'.repeat(50_000)}`,
    `550 ${'<[('.repeat(50_000)}`,
    `550 ${'… '.repeat(50_000)}`,
  ]) {
    const began = performance.now()
    expect(failureKindOf(reply).text.length).toBeLessThanOrEqual(200)
    expect(performance.now() - began).toBeLessThan(200)
  }
})
