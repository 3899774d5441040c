import { expect, test } from 'vitest'
import { networkOf } from '../../../src/platform/network.ts'
import { storedNetworkAddress } from '../../../src/subscribers/sign-up/network.ts'

test.each([
  ['192.0.2.7', '192.0.2.7', '192.0.2.0/24'],
  ['::ffff:192.0.2.7', '192.0.2.7', '192.0.2.0/24'],
  ['2001:db8:1:2:aaaa::1', '2001:db8:1:2::/64', '2001:db8:1::/48'],
  ['2001:db8:1:2:bbbb::2', '2001:db8:1:2::/64', '2001:db8:1::/48'],
  ['127.0.0.1', undefined, '127.0.0.0/24'],
  ['10.1.2.3', undefined, '10.1.2.0/24'],
  ['fd00::1', undefined, 'fd00::/48'],
  ['nonsense', undefined, undefined],
])('a visitor from %s is counted as %s, and stored as %s when shortened', (address, network, short) => {
  expect([networkOf(address), storedNetworkAddress(address, 'shortened')]).toEqual([network, short])
  expect(storedNetworkAddress(address, 'none')).toBeUndefined()
})
