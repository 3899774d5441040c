import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/platform/clock.ts'
import { newId } from '../../src/platform/ids.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { redact } from '../../src/platform/redact.ts'
import { type Purpose, tokensKeyedBy } from '../../src/platform/tokens.ts'

const random = systemRandom()
const tokens = tokensKeyedBy('the secret of the tests')
const id = newId(systemClock(), random)
const purposes: readonly Purpose[] = ['confirm', 'unsubscribe', 'preferences']
const randomToken = (bytes: number) => Buffer.from(random.bytes(bytes)).toString('base64url')

describe('a text for the log', () => {
  test.each([
    ['550 5.1.1 <ada@example.org>: no such user', '550 5.1.1 <‹address›>: no such user'],
    ['Key (address)=(ada@example.org) already exists.', 'Key (address)=(‹address›) already exists.'],
    ["o'brien+news@mail.example.co.uk.", '‹address›.'],
    ['a/b@example.org', '‹address›'],
    ['GET /subscribers/ada@example.org', 'GET /subscribers/‹address›'],
    ['"ada lovelace"@example.org', '‹address›'],
    ['ada@[192.0.2.1] and ada@localhost', '‹address› and ‹address›'],
    ['jörg@exämple.de, 用户@例子.公司', '‹address›, ‹address›'],
    ['bounces+ada=example.org@news.example', '‹address›'],
    ['email ada%40example.org', 'email ‹address›'],
  ])('names no address: %s', (text, redacted) => {
    expect(redact(text)).toBe(redacted)
  })

  test.each([
    ['smtp://ada:pa/ss?wo#rd@smtp.example.org:587', 'smtp://‹secret›@smtp.example.org:587'],
    ['postgres://ada:secret@db/news?password=secret&x=1', 'postgres://‹secret›@db/news?password=‹secret›&x=1'],
    ['imaps://ada%40example.org:secret@imap.example.org/INBOX', 'imaps://‹secret›@imap.example.org/INBOX'],
    ['https://ada:secret@example.org/@ada', 'https://‹secret›@example.org/@ada'],
    ['Authorization: Bearer abc.def-ghi', 'Authorization: Bearer ‹token›'],
    ['/inbound/ses?secret=hidden&n=1', '/inbound/ses?secret=‹secret›&n=1'],
    ['/x?access_token=hidden', '/x?access_token=‹secret›'],
    ['{"password":"hidden","n":1}', '{"password":"‹secret›","n":1}'],
    ['user=ada password=hidden host=db', 'user=ada password=‹secret› host=db'],
    ['POST /unsubscribe/short-one?x', 'POST /unsubscribe/‹token›?x'],
    ['POST /admin/login/short-one', 'POST /admin/login/‹token›'],
  ])('tells no secret: %s', (text, redacted) => {
    expect(redact(text)).toBe(redacted)
  })

  test('removes our tokens anywhere in a text', () => {
    const ours = [...purposes.map((purpose) => tokens.make(purpose, id, 'weekly')), randomToken(32), randomToken(24)]
    for (const token of ours) {
      expect(redact(`no such link: ${token}`)).toBe('no such link: ‹token›')
      expect(redact(`a session ${1_795_000_000_000}.${token};`)).not.toContain(token)
      expect(redact(`/preferences/${token}/data`)).toBe('/preferences/‹token›/data')
    }
  })

  test.each([
    `issue ${id} of digest weekly`,
    'articles/2026-07-01-how-we-moved-our-newsletter-to-sqlite-and-back.md',
    'connect ECONNREFUSED 127.0.0.1:587',
    'Unexpected token: } at line 3, col 14',
    '    at run (file:///srv/node_modules/@scope/package/index.js:10:5)',
    'duplicate key value violates unique constraint "deliveries_mailing_id_address_key_key"',
    'https://example.org/feed.xml?topics=coast,sea',
  ])('keeps what helps to find a fault: %s', (text) => {
    expect(redact(text)).toBe(text)
  })

  test.each(['a', 'a@', 'a.', '-a', '"', '?token', 'x://', '@'])('is redacted quickly at any length: %s', (part) => {
    const began = process.cpuUsage()
    expect(redact(part.repeat(100_000)).length).toBeLessThan(100_000)
    const { user, system } = process.cpuUsage(began)
    expect((user + system) / 1_000).toBeLessThan(2_000)
  })
})
