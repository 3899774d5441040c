import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { classifyBounce } from '../../src/inbound/classify-bounce.ts'
import { startMailParser } from '../../src/inbound/mail-parser.ts'
import { matchDelivery } from '../../src/inbound/match-delivery.ts'
import { parseMessage } from '../../src/inbound/parse-message.ts'
import { testTokens } from '../support/outbox.ts'
import { libraryMail } from './mail-library.ts'

/** What each message is, and by what its delivery is known: where it came to, what it quotes, or nothing. */
const expected: Readonly<Record<string, readonly [classification: string, by: 'address' | 'quoted' | 'nothing']>> = {
  'postfix-user-unknown': ['hard 5.1.1', 'address'],
  // What Postfix 3.7.11 of Debian made of a real message of ours, on loopback; the marks alone are changed.
  'postfix-3.7-as-it-came': ['hard 5.1.1', 'address'],
  'postfix-mailbox-full': ['soft 5.2.2', 'address'],
  'postfix-delayed': ['delayed', 'address'],
  'postfix-expired': ['soft 4.4.1', 'address'],
  'postfix-policy': ['policy 5.7.1', 'address'],
  'postfix-without-verp': ['hard 5.1.1', 'quoted'],
  'exim-current': ['hard 5.1.1', 'address'],
  'exim-without-form': ['hard', 'quoted'],
  'exchange-not-found': ['hard 5.1.10', 'address'],
  'exchange-quota': ['soft 5.2.2', 'address'],
  'exchange-german': ['hard 5.1.1', 'address'],
  'gmail-no-such-user': ['hard 5.1.1', 'address'],
  'gmail-over-quota': ['soft 4.2.2', 'address'],
  'gmail-unauthenticated': ['policy 5.7.26', 'address'],
  'yahoo-no-mailbox': ['hard 5.0.0', 'address'],
  'sendmail-unknown': ['hard 5.1.1', 'address'],
  'sendmail-warning': ['delayed', 'address'],
  'qmail-no-mailbox': ['hard 5.1.1', 'quoted'],
  'qmail-gave-up-with-verp': ['soft 4.4.1', 'address'],
  'french-postfix': ['hard 5.1.1', 'address'],
  'japanese-global': ['hard 5.1.1', 'address'],
  relayed: ['arrived', 'address'],
  'forwarder-one-of-two': ['arrived', 'address'],
  'forged-without-token': ['hard 5.1.1', 'nothing'],
  'forged-with-wrong-token': ['hard 5.1.1', 'nothing'],
  'arf-yahoo': ['complaint', 'quoted'],
  'arf-original-mail-from': ['complaint', 'quoted'],
  'arf-headers-only': ['complaint', 'quoted'],
  'arf-not-spam': ['other', 'quoted'],
  'arf-forged': ['complaint', 'nothing'],
  'auto-reply': ['auto-reply', 'address'],
  'auto-reply-german': ['auto-reply', 'address'],
  loop: ['loop', 'address'],
  person: ['other', 'address'],
  leave: ['other', 'address'],
  'leave-from-a-machine': ['auto-reply', 'address'],
}

test('every message of the library is classified and matched to its marked delivery', async () => {
  const found: Record<string, readonly [string, string]> = {}
  for (const name of Object.keys(expected)) {
    const { source, recipient } = await libraryMail(name, testTokens, 71)
    const message = await parseMessage(source)
    const classification = classifyBounce(message)
    const direct = matchDelivery(testTokens, { ...message, body: '', parts: [] }, [recipient])
    const matched = matchDelivery(testTokens, message, [recipient])
    if (matched) expect(matched.deliveryId, name).toBe(71)
    found[name] = [
      'status' in classification && classification.status ? `${classification.kind} ${classification.status}` : classification.kind,
      direct ? 'address' : matched ? 'quoted' : 'nothing',
    ]
  }
  expect(found).toEqual(expected)
})

test('every message of the library has an expected classification', async () => {
  const files = await readdir(join(import.meta.dirname, 'library'))
  expect(files.map((file) => file.replace(/\.eml$/, '')).sort()).toEqual(Object.keys(expected).sort())
})

test('what is cut off, nested without end or no message at all is read as far as it goes, or refused', async () => {
  await using parser = startMailParser()
  const nested = 'Content-Type: message/rfc822\r\n\r\n'.repeat(3_000)
  const manyParts = `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(20_000)}`
  const deep = Array.from({ length: 50_000 }, (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`).join('')
  const endless = `To: ${'a'.repeat(200_000)}\r\nFrom: mailer-daemon\r\nSubject: ${'failure '.repeat(5_000)}\r\n\r\n${'5.1.1 '.repeat(200_000)}`
  const blank = `Content-Transfer-Encoding: quoted-printable\r\n\r\n${' '.repeat(2_000_000)}`
  const sameField = `${'a:\r\n'.repeat(500_000)}\r\n`
  for (const [text, outcome] of [
    ['', 'read'],
    ['\r\n', 'read'],
    ['no colon', 'read'],
    [nested, 'read'],
    [manyParts, 'unreadable'],
    [deep, 'unreadable'],
    [blank, 'read'],
    [sameField, 'unreadable'],
    [endless, 'read'],
    ['Content-Type: multipart/report; boundary="x"\r\n\r\n--x\r\nContent-Type: message/delivery-status', 'read'],
  ] as const) {
    const reading = await parser.parse([Buffer.from(text)])
    expect([text.slice(0, 60), reading.status, 'reason' in reading ? reading.reason : '']).toEqual([
      text.slice(0, 60),
      outcome,
      expect.anything(),
    ])
    if (reading.status !== 'read') continue
    expect(['other', 'soft', 'hard']).toContain(classifyBounce(reading.message).kind)
    expect(matchDelivery(testTokens, reading.message, [])).toBeUndefined()
  }
})

test('a message that takes too long is unreadable, and the next one is read', async () => {
  await using slow = startMailParser({ parseMs: 1, restMs: 1_000 })
  expect(await slow.parse([Buffer.from('x')])).toEqual({ status: 'unreadable', reason: 'parsing it took longer than 0.001 s' })
  await using parser = startMailParser()
  const readings = await Promise.all(['a: b\r\n\r\nc', 'd: e\r\n\r\nf'].map((text) => parser.parse([Buffer.from(text)])))
  expect(readings.map((reading) => reading.status)).toEqual(['read', 'read'])
})

test('a message of five megabytes reaches the child process as it is: no copy of it is made here', async () => {
  await using parser = startMailParser()
  await parser.parse([Buffer.from('a: b\r\n\r\nc')])
  const line = `${'a line of a long message '.repeat(36)}\r\n`
  const pieces = Array.from({ length: 80 }, () => Buffer.alloc(64 * 1024, line))
  const before = process.memoryUsage().external
  let most = before
  const sampling = setInterval(() => {
    most = Math.max(most, process.memoryUsage().external)
  }, 2)
  const reading = await parser.parse([Buffer.from('Content-Type: text/plain\r\n\r\n'), ...pieces])
  clearInterval(sampling)
  expect(reading).toMatchObject({ status: 'read', message: { body: expect.stringMatching(/^a line of a long message a line/) } })
  expect((most - before) / 2 ** 20).toBeLessThan(2.5)
})

test('a process that ends before it has read a message leaves the next one whole', async () => {
  await using parser = startMailParser({ parseMs: 300, restMs: 1_000 })
  const endless = Buffer.from('x: y\r\n'.repeat(800_000))
  const large = parser.parse([endless])
  const small = parser.parse([Buffer.from('Subject: small\r\n\r\nc')])
  expect((await large).status).toBe('unreadable')
  await small
  await using patient = startMailParser()
  const readings = await Promise.all(
    [[endless], [Buffer.from('Subject: sm'), Buffer.from('all\r\n\r\nc')]].map((one) => patient.parse(one)),
  )
  expect(readings.map(({ status }) => status)).toEqual(['unreadable', 'read'])
  expect(readings[1]).toMatchObject({ message: { body: expect.stringContaining('c') } })
})
