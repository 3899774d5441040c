import { expect, test } from 'vitest'
import { parseAddress } from '../../src/subscribers/address.ts'
import { keptAddress, networkOf } from '../../src/subscribers/network.ts'

test.each([
  ['Ada@Example.org', 'ada@example.org'],
  ["o'brien+news@example.museum", "o'brien+news@example.museum"],
  ['  ada@example.org ', 'ada@example.org'],
  ['ada@b\u00fccher.example', 'ada@xn--bcher-kva.example'],
  ['ada@bu\u0308cher.example', 'ada@xn--bcher-kva.example'],
  ['J\u00d6RG@b\u00fccher.example', 'j\u00f6rg@xn--bcher-kva.example'],
  ['\u7528\u6237@\u4f8b\u5b50.\u5e7f\u544a', '\u7528\u6237@xn--fsqu00a.xn--4rr70v'],
])('%s is an address, and is compared as %s', (written, key) => {
  expect(parseAddress(written)).toEqual({ email: written.trim().normalize('NFC'), key })
})

test.each([
  '',
  'ada',
  'ada@localhost',
  'ada@192.0.2.1',
  'ada@[192.0.2.1]',
  'a@b@example.org@',
  'a..b@example.org',
  'ada @example.org',
  '"ada lovelace"@example.org',
  'ada@example.org, ben@example.org',
  'ada@example.org\r\nBcc: ben@example.org',
  'ada\u2028@example.org',
  'a\u202edA@example.org',
  'ada@example..org',
  'ada@-example.org',
  'ada@exa_mple.org',
  `${'a'.repeat(65)}@example.org`,
  `ada@${'a'.repeat(64)}.org`,
  `ada@${'long-label.'.repeat(30)}org`,
  'ada@\ufdd0.example',
])('%j is none', (written) => {
  expect(parseAddress(written)).toBeUndefined()
})

test.each([
  ['192.0.2.7', '192.0.2.7', '192.0.2.0/24'],
  ['::ffff:192.0.2.7', '192.0.2.7', '192.0.2.0/24'],
  ['2001:db8:1:2:aaaa::1', '2001:db8:1:2::/64', '2001:db8:1::/48'],
  ['2001:db8:1:2:bbbb::2', '2001:db8:1:2::/64', '2001:db8:1::/48'],
  ['127.0.0.1', undefined, '127.0.0.0/24'],
  ['10.1.2.3', undefined, '10.1.2.0/24'],
  ['fd00::1', undefined, 'fd00::/48'],
  ['nonsense', undefined, undefined],
])('a visitor from %s is counted as %s, and kept short as %s', (address, network, short) => {
  expect([networkOf(address), keptAddress(address, 'shortened')]).toEqual([network, short])
  expect(keptAddress(address, 'none')).toBeUndefined()
})
