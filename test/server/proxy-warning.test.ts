import { expect, test } from 'vitest'
import { proxyWarning } from '../../src/server/proxy-warning.ts'

test('a public https address without TRUST_PROXY is warned of, and nothing else', () => {
  expect(proxyWarning('https://tide.example.org', false)).toContain('TRUST_PROXY')
  for (const proxy of [1, 'loopback', true]) expect(proxyWarning('https://tide.example.org', proxy)).toBeUndefined()
  expect(proxyWarning('http://localhost:3000', false)).toBeUndefined()
})
