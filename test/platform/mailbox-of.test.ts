import { expect, test } from 'vitest'
import { mailboxOf } from '../../src/platform/mailbox-of.ts'

test.each([
  ['ada+news@example.org', 'ada@example.org'],
  ['ada+a+b@example.org', 'ada@example.org'],
  ['+ada@example.org', '+ada@example.org'],
  ['a.d.a@example.org', 'a.d.a@example.org'],
  ['a.d.a+x@gmail.com', 'ada@gmail.com'],
  ['a.da@googlemail.com', 'ada@gmail.com'],
  ['ada-news@yahoo.co.uk', 'ada@yahoo.co.uk'],
  ['ada-news@example.org', 'ada-news@example.org'],
  ['news@ada.fastmail.com', 'ada@fastmail.com'],
])('%s is counted as %s', (key, mailbox) => {
  expect(mailboxOf(key)).toBe(mailbox)
})
