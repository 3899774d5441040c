import { readFileSync } from 'node:fs'
import { domainToASCII } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canBeMarked } from '../../src/outbox/message/return-path.ts'
import {
  addressesIn,
  asciiDomain,
  isDomain,
  needsSmtpUtf8,
  parseAddress,
  splitAddress,
  wireAddress,
} from '../../src/platform/email-address.ts'
import { publicationSchema } from '../../src/publication/schema.ts'

interface AcceptedAddress {
  readonly address: string
  readonly key: string
  readonly alsoTakenAs: readonly Use[]
}

type Use = 'operator' | 'sender' | 'return path'

/** Addresses that were accepted for readers when each use had its own grammar, and the other uses that accepted them. */
const accepted: readonly AcceptedAddress[] = JSON.parse(readFileSync(new URL('addresses-taken.json', import.meta.url), 'utf8'))

const isTakenAs: Readonly<Record<Use, (address: string) => boolean>> = {
  operator: (address) => isValid({ admin_email: address }),
  sender: (address) => isValid({ sender: { name: 'The Tide', email: address, reply_to: address } }),
  'return path': canBeMarked,
}

function isValid(settings: object): boolean {
  return publicationSchema.safeParse({ title: 'The Tide', ...settings }).success
}

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

test('every address that was ever accepted stays valid, with the same key and the same uses', () => {
  expect(accepted.length).toBeGreaterThan(200)
  const now = accepted.map(({ address, alsoTakenAs }) => ({
    address,
    key: parseAddress(address)?.key,
    alsoTakenAs: alsoTakenAs.filter((use) => isTakenAs[use](address)),
  }))
  expect(now).toEqual(accepted)
})

const atext = [..."abcxyzABC0189!#$%&'*+-/=?^_`{|}~"]
const emails = [...'abcxyzäßçñжя例子ア']
const word = (units: readonly string[], maxLength: number) => fc.string({ unit: fc.constantFrom(...units), minLength: 1, maxLength })
/** Unquoted local parts and domains of RFC 5321 §4.1.2 and RFC 6531 §3.3. */
const localPart = fc.array(word([...atext, ...emails], 6), { minLength: 1, maxLength: 3 }).map((atoms) => atoms.join('.'))
const domain = fc
  .tuple(
    fc.array(word([...'abcxyz0189'], 20), { minLength: 1, maxLength: 4 }),
    fc.constantFrom('org', 'museum', 'example', 'рф', 'xn--p1ai'),
  )
  .map(([labels, last]) => [...labels, last].join('.'))

test('every standard address is accepted, and its key is an address with the same key', () => {
  fc.assert(
    fc.property(localPart, domain, (local, host) => {
      const parsed = parseAddress(` ${local}@${host}\t`)
      expect(parsed).toEqual({ email: `${local}@${host}`.normalize('NFC'), key: expect.any(String) })
      expect(parseAddress(parsed?.key ?? '')?.key).toBe(parsed?.key)
      expect(parseAddress(wireAddress(parsed?.email ?? ''))?.key).toBe(parsed?.key)
      expect(needsSmtpUtf8(parsed?.email ?? '')).toBe(/[^\0-\x7f]/.test(local))
    }),
  )
})

test.each([
  'a..b@example.org',
  '.ada@example.org',
  'ada@exa_mple.org',
  'ada@example.x',
  'ada@192.0.2.1',
  `${'a'.repeat(65)}@example.org`,
  ' ada@example.org',
  'ada@localhost',
  'ada',
])('%j, to which no mail can be sent, is neither an operator nor a sender', (address) => {
  expect([isTakenAs.operator(address), isTakenAs.sender(address)]).toEqual([false, false])
})

test.each([
  ['bounces+news@example.org', false],
  ['jörg@example.org', false],
  [`${'b'.repeat(31)}@example.org`, false],
  ['bounces@localhost', false],
  [`${'b'.repeat(30)}@bücher.example`, true],
])('whether %s can be a return path: %s', (address, expected) => {
  expect(canBeMarked(address)).toBe(expected)
})

test.each([
  ['example.org', true],
  ['xn--bcher-kva.example', true],
  ['mail.example.xn--p1ai', true],
  ['bücher.example', false],
  ['example.org ', false],
  ['localhost', false],
  ['192.0.2.1', false],
  ['exa_mple.org', false],
  ['-a.example', false],
  ['\uD800.example', false],
  ['', false],
])('whether %j is a domain of the public network: %s', (name, expected) => {
  expect(isDomain(name)).toBe(expected)
})

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

test('an address is split at its last @', () => {
  expect(splitAddress('a@b@example.org')).toEqual({ local: 'a@b', domain: 'example.org' })
  expect(splitAddress('example.org')).toEqual({ local: '', domain: 'example.org' })
})

test('an address that could end a line or a path is rejected', () => {
  for (const address of ['ada@example.org\r\nBcc: ben@example.org', 'ada@example.org>', '<ada@example.org'])
    expect(() => wireAddress(address)).toThrow('is not an address')
})

test('addresses are found anywhere in a text', () => {
  const text = 'Return-Path: <bounces+b1k-mac@example.org>, <mailto:bounces+u2-mac@example.org?subject=unsubscribe> (ada @ home)'
  expect(addressesIn(text)).toEqual(['bounces+b1k-mac@example.org', 'bounces+u2-mac@example.org'])
})
