import fc from 'fast-check'
import { simpleParser } from 'mailparser'
import { expect, test } from 'vitest'
import { compileMessage } from '../../../src/outbox/message/compile-message.ts'
import { toQuotedPrintable, toQuotedPrintableText } from '../../../src/outbox/message/quoted-printable.ts'
import { decodeEntities } from '../../../src/platform/html/decode.ts'
import { plainEdition } from '../../support/outbox.ts'

const recipient = { address: 'ada@example.org', messageKey: 'm.1', date: new Date('2026-11-23T08:00:00Z') }

test.each([
  ['markup', `<b>"&'</b>`],
  ['an equals sign', 'a=b =3D = '],
  ['dots', '.\n..\n.'],
  ['emoji', 'tide 🌊🌊 é — ñ'],
  ['a very long word', 'w'.repeat(400)],
  ['right to left', 'שלום \u202Eabc'],
  ['lines', 'one\r\ntwo\r\n\r\nSubject: three'],
  ['template signs', '{{ x }} {% y %} <%= z %>'],
])('a name with %s comes back exactly in text and HTML, and never as markup', async (_, name) => {
  const source = compileMessage(plainEdition).merge({ ...recipient, placeholders: { name, unsubscribe_token: 't' } })
  for (const line of source.toString('latin1').split('\r\n')) {
    expect(line.length).toBeLessThanOrEqual(78)
    expect(line.startsWith('.')).toBe(false)
    expect(/[^\t\x20-\x7e]/.test(line)).toBe(false)
  }
  const mail = await simpleParser(source, { skipTextToHtml: true })
  const unix = (text: string | undefined) => text?.replace(/\r\n/g, '\n')
  expect(unix(mail.text)).toContain(`Hello ${unix(name)},`)
  const shown = decodeEntities(unix(mail.html || '') ?? '')
  expect(shown).toContain(`<b>${unix(name)}</b>`)
  expect((mail.html || '').match(/<b>/g)).toHaveLength(1)
  expect(mail.subject).toBe('The week')
})

test('headers are what RFC 2369, RFC 2919 and RFC 8058 ask for', async () => {
  const source = compileMessage(plainEdition).merge({ ...recipient, placeholders: { name: 'Ada', unsubscribe_token: 'tok' } })
  const mail = await simpleParser(source)
  const raw = source.toString('latin1')
  expect(raw).toContain('\r\nList-Unsubscribe: <https://example.org/unsubscribe/tok>\r\n')
  expect(raw).toContain('\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n')
  expect(raw).toContain('List-Id: "The week" <weekly.example.org>\r\n')
  expect(raw).toContain('Message-ID: <m.1@example.org>\r\n')
  expect(mail.date).toEqual(recipient.date)
  expect(mail.from?.text).toBe('"The Morning Tide" <news@example.org>')
  expect(mail.replyTo?.text).toBe('"The Morning Tide" <news@example.org>')
  expect(mail.to && 'text' in mail.to && mail.to.text).toBe('"Ada" <ada@example.org>')
})

test.each([
  ['Ada Thornley', '"Ada Thornley" <ada@example.org>'],
  ['Martin King Jr.', '"Martin King Jr." <ada@example.org>'],
  ['Ada boss@bank.example', '"Ada" <ada@example.org>'],
  ['Win at https://evil.example/x now', '"Win at now" <ada@example.org>'],
  ['www.evil.example', 'ada@example.org'],
  ['evil.example', 'ada@example.org'],
  ['Ada\r\nBcc: x@example.org', '"Ada Bcc:" <ada@example.org>'],
  ['\u202EadA\u202C', '"adA" <ada@example.org>'],
  ['<script>', 'ada@example.org'],
  ['\u200B\u2060', 'ada@example.org'],
  ['', 'ada@example.org'],
])('the name %j in To holds no address, no link and no hidden character', async (name, expected) => {
  const source = compileMessage(plainEdition).merge({ ...recipient, placeholders: { name, unsubscribe_token: 't' } })
  const head = source.toString('latin1').split('\r\n\r\n', 1)[0] ?? ''
  expect(head.match(/^(?:To|Bcc):.*$/gm)).toEqual([`To: ${expected}`])
})

test('mail outside a list shows no name, because nobody has confirmed it', () => {
  const message = compileMessage({ ...plainEdition, list: undefined }).merge({
    ...recipient,
    placeholders: { name: 'Ada', unsubscribe_token: 't' },
  })
  expect(message.toString('latin1')).toContain('To: ada@example.org\r\n')
})

test('List-Archive and List-Help lead to the pages of the publication, and editions of earlier versions go without', () => {
  const list = {
    ...plainEdition.list,
    archiveUrl: 'https://example.org/issues',
    helpUrl: 'https://example.org/subscribe',
  } as typeof plainEdition.list
  const head = (edition: typeof plainEdition) =>
    compileMessage(edition)
      .merge({ ...recipient, placeholders: { name: '', unsubscribe_token: 't' } })
      .toString('latin1')
  expect(head({ ...plainEdition, list })).toContain(
    'List-Archive: <https://example.org/issues>\r\nList-Help: <https://example.org/subscribe>\r\n',
  )
  expect(head(plainEdition)).not.toMatch(/List-(?:Archive|Help)/)
})

test('an email outside a list has Auto-Submitted and no List headers', () => {
  const source = compileMessage({ ...plainEdition, list: undefined }).merge({
    ...recipient,
    placeholders: { name: 'Ada', unsubscribe_token: 't' },
  })
  const header = source.toString('latin1').split('\r\n\r\n', 1)[0]
  expect(header).toContain('\r\nAuto-Submitted: auto-generated')
  expect(header).not.toMatch(/^(?:List-|Feedback-ID)/m)
})

test('List-Unsubscribe offers the mail address after the page, if mail can come in', async () => {
  const unsubscribeAddress = 'bounces+u1-abc@example.org'
  const source = compileMessage(plainEdition).merge({
    ...recipient,
    placeholders: { name: 'Ada', unsubscribe_token: 'tok' },
    unsubscribeAddress,
  })
  const { headers } = await simpleParser(source)
  expect(source.toString().replace(/\r\n /g, ' ')).toContain(
    '\r\nList-Unsubscribe: <https://example.org/unsubscribe/tok>, <mailto:bounces+u1-abc@example.org?subject=unsubscribe>\r\n',
  )
  expect(headers.get('list')).toMatchObject({
    unsubscribe: { url: 'https://example.org/unsubscribe/tok', mail: `${unsubscribeAddress}?subject=unsubscribe` },
  })
})

test('any text in a header comes back as one line of the same text, in lines of at most 78 characters', async () => {
  const piece = fc.constantFrom(
    'a',
    'é',
    '🌊',
    '👩‍👩‍👧',
    'שלום',
    '\u202E',
    ' ',
    '  ',
    '\r\n',
    '\0',
    '.',
    '=?utf-8?Q?x?=',
    '"',
    '\\',
    '<x@y>',
    '_',
    'w'.repeat(80),
  )
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: piece, maxLength: 30 }), async (text) => {
      const edition = {
        ...plainEdition,
        from: { name: text, email: 'news@example.org' },
        email: { ...plainEdition.email, subject: text },
      }
      const source = compileMessage(edition).merge({ ...recipient, placeholders: { name: '', unsubscribe_token: 't' } })
      const mail = await simpleParser(source)
      const line = text.replace(/\p{Cc}+/gu, ' ').trim()
      expect(mail.subject ?? '').toBe(line)
      expect(mail.from?.value[0]?.name).toBe(line)
      // Such a line would need SMTP's dot-stuffing, which a message is promised not to.
      expect(source.includes('\r\n.')).toBe(false)
      for (const part of source.toString('latin1').split('\r\n\r\n', 1)[0]?.split('\r\n') ?? []) expect(part.length).toBeLessThanOrEqual(78)
    }),
    { numRuns: 200 },
  )
})

test('subjects and names that are not ASCII, or would begin a header of their own, come back as one line', async () => {
  const edition = {
    ...plainEdition,
    from: { name: 'Añejo "Press" \\ <x@y>', email: 'news@bücher.example' },
    email: { ...plainEdition.email, subject: 'Éire & 海 … =?utf-8?Q?x?=\r\nBcc: all@example.org' },
  }
  const source = compileMessage(edition).merge({ ...recipient, placeholders: { name: '', unsubscribe_token: 't' } })
  const mail = await simpleParser(source)
  expect(mail.subject).toBe('Éire & 海 … =?utf-8?Q?x?= Bcc: all@example.org')
  expect(mail.bcc).toBeUndefined()
  expect(mail.from?.value[0]).toEqual({ name: 'Añejo "Press" \\ <x@y>', address: 'news@bücher.example' })
  expect(source.toString('latin1')).toContain('<news@xn--bcher-kva.example>')
})

test('any text comes back from quoted-printable, in lines that nothing on the way has a reason to change', () => {
  const piece = fc.constantFrom(
    'a',
    'é',
    '🌊',
    '\u202E',
    ' ',
    '  ',
    '\t',
    '\n',
    '\r\n',
    '\r',
    '\0',
    '.',
    '=',
    '=3D',
    'From ',
    'F',
    '--',
    'w'.repeat(75),
  )
  fc.assert(
    fc.property(fc.string({ unit: piece, maxLength: 60 }), fc.nat(160), (text, indent) => {
      const whole = 'w'.repeat(indent) + text
      const encoded = toQuotedPrintable(whole).toString('latin1')
      expect(toQuotedPrintableText(whole)).toBe(encoded)
      expect(decoded(encoded)).toBe(whole.replace(/\r\n?/g, '\n'))
      expect(encoded === '' || encoded.endsWith('\r\n')).toBe(true)
      for (const line of encoded.split('\r\n')) {
        expect(line.length).toBeLessThanOrEqual(76)
        // SMTP's dot-stuffing, mailboxes in files, and DKIM's relaxed form.
        expect(line).not.toMatch(/^\.|^From | $| {2}|[^\x20-\x7e]/)
      }
    }),
    { numRuns: 300 },
  )
})

function decoded(encoded: string): string {
  const bytes = encoded.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes.replace(/\r\n/g, '\n'), 'latin1').toString('utf8').replace(/\r\n?/g, '\n')
}
