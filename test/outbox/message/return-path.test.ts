import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  maxBounceLocal,
  readReturnPath,
  readUnsubscribeAddress,
  returnPathFor,
  unsubscribeAddressFor,
} from '../../../src/outbox/message/return-path.ts'
import { tokensKeyedBy } from '../../../src/platform/tokens.ts'

const tokens = tokensKeyedBy('a secret of sixteen and more')
const bounces = 'bounces@example.org'

test('every delivery has its own return path, which is readable in any case', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (id) => {
      const address = returnPathFor(bounces, tokens, id)
      expect(address).toMatch(/^bounces\+b[0-9a-z]+-[a-z2-7]{20}@example\.org$/)
      expect(readReturnPath(tokens, address)).toBe(id)
      expect(readReturnPath(tokens, address.toUpperCase())).toBe(id)
    }),
  )
})

test('a return path that was altered, made with another secret or made for unsubscribing matches no delivery', () => {
  const address = returnPathFor(bounces, tokens, 4711)
  expect(readReturnPath(tokens, address.replace('+b3mv', '+b3mw'))).toBeUndefined()
  expect(readReturnPath(tokensKeyedBy('another secret of sixteen'), address)).toBeUndefined()
  expect(readReturnPath(tokens, unsubscribeAddressFor(bounces, tokens, 4711))).toBeUndefined()
  expect(readUnsubscribeAddress(tokens, address)).toBeUndefined()
  expect(readUnsubscribeAddress(tokens, unsubscribeAddressFor(bounces, tokens, 4711))).toBe(4711)
  for (const other of ['', '@', bounces, 'bounces+b@example.org', 'bounces+b3mv-aaaaaaaaaaaaaaaaaaaa@example.org']) {
    expect(readReturnPath(tokens, other)).toBeUndefined()
  }
})

test('the longest return path is within the 64 octets of a local part', () => {
  const longest = `${'b'.repeat(maxBounceLocal)}@example.org`
  const [local = ''] = returnPathFor(longest, tokens, Number.MAX_SAFE_INTEGER).split('@')
  expect(local.length).toBeLessThanOrEqual(64)
})
