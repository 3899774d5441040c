import { domainToASCII } from 'node:url'
import { expect, test } from 'vitest'
import { asciiDomain } from '../../src/outbox/mail-address.ts'

test.each([
  'example.org',
  'a--b.example.org',
  'xn--bcher-kva.example',
  'xn--a.example',
  'bücher.example',
  'BÜCHER.Example',
  'example.ORG',
  'a..b',
  '.a',
  '-a-.example',
  '127.0.0.1',
  '0x7f.1',
  '1.0xa',
  'not a domain',
  'localhost',
  '',
])('%o has the ASCII form that IDNA gives it, and stays where that has none', (domain) => {
  expect(asciiDomain(domain)).toBe(domainToASCII(domain) || domain)
})
