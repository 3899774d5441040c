import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileMessage } from '../../../src/outbox/message/compile-message.ts'
import { signatureOf } from '../../../src/outbox/message/dkim.ts'
import { readDkimKey } from '../../../src/outbox/message/dkim-key.ts'
import { pemOf, privateKey, publicKey, verifyDkim } from '../../support/dkim.ts'
import { plainEdition } from '../../support/outbox.ts'

const now = new Date('2026-11-23T08:00:00Z')
const identity = { key: privateKey, domain: 'example.org', selector: 'mail' }

async function signed(name: string, edition = plainEdition, address = 'ada@example.org'): Promise<Buffer> {
  const placeholders = { name, unsubscribe_token: 'a-token' }
  const message = compileMessage(edition).merge({ address, messageKey: 'm.1', date: now, placeholders })
  return Buffer.concat([await signatureOf(message, identity, now), message])
}

test('a signature covers every header field twice, List-Unsubscribe-Post among them, and a receiver verifies it', async () => {
  const message = await signed('Ada')
  const [result] = await verifyDkim(message)
  expect(result).toMatchObject({
    status: { result: 'pass', aligned: 'example.org' },
    signingDomain: 'example.org',
    selector: 'mail',
    algo: 'rsa-sha256',
  })
  const covered = /\bh=([^;]+);/.exec(message.toString())?.[1]?.replace(/\s/g, '').split(':') ?? []
  const own =
    message
      .toString()
      .split('\r\n\r\n', 1)[0]
      ?.match(/^[\w-]+(?=:)/gm)
      ?.slice(1) ?? []
  expect(own).toContain('List-Unsubscribe-Post')
  for (const name of own) expect(covered.filter((one) => one === name)).toHaveLength(2)
})

test('any value in a placeholder or a header leaves a message that verifies: its body is in relaxed form as it stands', async () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'é', '🌊', ' ', '  ', '\t', '\n', '\r\n', '.', '=', '<', '\u202E', 'w'.repeat(90)),
    maxLength: 40,
  })
  await fc.assert(
    fc.asyncProperty(text, text, async (name, title) => {
      const edition = {
        ...plainEdition,
        from: { name: title, email: 'news@example.org' },
        email: { ...plainEdition.email, subject: title, text: `${title}\uFDD0name\uFDD1  ${title}` },
      }
      const [result] = await verifyDkim(await signed(name, edition))
      expect(result?.status.result).toBe('pass')
    }),
    { numRuns: 60 },
  )
})

test('a message to an address that is not ASCII verifies too', async () => {
  const [result] = await verifyDkim(await signed('Ångström', plainEdition, 'ångström@bücher.example'))
  expect(result?.status.result).toBe('pass')
})

test.each([
  ['another unsubscribe link', (text: string) => text.replace('unsubscribe/a-token', 'unsubscribe/b-token')],
  ['no one-click any more', (text: string) => text.replace(/List-Unsubscribe-Post: .*\r\n/, '')],
  ['a second subject', (text: string) => `Subject: Buy\r\n${text}`],
  ['a changed body', (text: string) => text.replace('Leave:', 'Stay:')],
])('a message with %s no longer verifies', async (_, change) => {
  const message = (await signed('Ada')).toString('latin1')
  const changed = change(message)
  expect(changed).not.toBe(message)
  const [result] = await verifyDkim(changed)
  expect(result?.status.result).not.toBe('pass')
})

test('a key may be written on one line, as an environment variable is', () => {
  for (const text of [
    pemOf(privateKey),
    pemOf(privateKey).replaceAll('\n', '\\n'),
    privateKey.export({ format: 'pem', type: 'pkcs1' }).toString(),
  ]) {
    expect(readDkimKey(text)).toHaveProperty('key')
  }
})

test.each([
  ['text that is no key', 'hush', 'must be a private key in PEM form'],
  ['a public key', pemOf(publicKey), 'must be a private key in PEM form'],
  ['an Ed25519 key', pemOf(generateKeyPairSync('ed25519').privateKey), 'must be an RSA key'],
  ['a short key', pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey), 'at least 2048 bits, and has 1024'],
  ['a damaged key', damaged(pemOf(privateKey)), 'cannot sign'],
])('%s cannot sign, and it is said why', (_, text, reason) => {
  expect(readDkimKey(text)).toMatchObject({ fault: expect.stringContaining(reason) })
})

/** The same text with one character of the key's modulus changed. */
function damaged(pem: string): string {
  return `${pem.slice(0, 120)}${pem[120] === 'A' ? 'B' : 'A'}${pem.slice(121)}`
}
