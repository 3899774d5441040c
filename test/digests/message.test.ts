import { type ParsedMail, simpleParser } from 'mailparser'
import { expect, test } from 'vitest'
import { freezeAudience } from '../../src/digests/audience/freeze-audience.ts'
import { createIssue } from '../../src/digests/issue/create-issue.ts'
import { readReturnPath, readUnsubscribeAddress } from '../../src/outbox/message/return-path.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { confirm } from '../../src/subscribers/sign-up/confirm.ts'
import { pemOf, privateKey, verifyDkim } from '../support/dkim.ts'
import type { Received } from '../support/receiver.ts'
import { signUp } from '../support/sign-up.ts'
import { startWorld, type World } from '../support/world.ts'

/** One line with text that can break headers, emails or pages. */
const hostile = `.<b>"&'</b> =3D a=b =?utf-8?Q?=41?= {{ title }} {% raw %} 🌊👩‍👩‍👧 שלום \u202Eabc\u202C ${'w'.repeat(300)} \\"; Bcc: x@y.example`

/** The longest name that the form accepts. */
const readerName = hostile.replace(/w{300}/, '')

interface Values {
  of(field: string): string
}

/** The fields of an issue, with distinct hostile or plain values. */
const nasty: Values = { of: (field) => `${hostile} ${field}` }
const tame: Values = { of: (field) => field }

function publicationOf({ of }: Values): string {
  return JSON.stringify({
    title: of('Title'),
    language: 'en',
    timezone: 'Europe/London',
    sender: { name: of('Sender'), email: 'news@tide.example.org', reply_to: 'editor@tide.example.org' },
    postal_address: of('Address'),
    topics: { craft: of('Topic') },
    digests: { weekly: { title: of('Digest'), schedule: '0 8 * * mon', max_articles: 1, start_with: 2 } },
  })
}

function articleOf({ of }: Values, number: number): string {
  const fields = {
    title: of(`Headline${number}`),
    subtitle: of(`Subtitle${number}`),
    description: of(`Description${number}`),
    author: of(`Author${number}`),
    cta: of(`Action${number}`),
    cta_label: of(`Label${number}`),
    hero_alt: of(`Picture${number}`),
    heroImage: 'https://pictures.example.org/tide.jpg',
    publish_date: `2026-11-1${number}`,
    topics: ['craft'],
  }
  return `---\n${JSON.stringify(fields)}\n---\n\nThe water rose.\n`
}

const env = {
  DKIM_PRIVATE_KEY: pemOf(privateKey).replaceAll('\n', '\\n'),
  DKIM_DOMAIN: 'tide.example.org',
  DKIM_SELECTOR: 'mail',
  BOUNCE_ADDRESS: 'bounces@tide.example.org',
}

function startWith(values: Values): Promise<World> {
  const articles = { 'one.md': articleOf(values, 1), 'two.md': articleOf(values, 2) }
  return startWorld({ articles, publication: publicationOf(values), env })
}

/** The weekly issue as a reader with this name gets it. */
async function issueTo(world: World, name: string): Promise<Received> {
  const { app, receiver } = world
  const asked = { email: 'ada@example.org', digests: ['weekly'], topics: [], name, source: 'test', wording: 'Yes' }
  expect(await signUp(app.subscribers, asked)).toMatchObject({ status: 'asked' })
  await app.sender.drain()
  const token = /\/confirm\/([\w-]{43})/.exec(receiver.received.at(-1)?.mail.text ?? '')?.[1] ?? ''
  expect(await confirm(app.subscribers, token)).toMatchObject({ status: 'confirmed' })
  const definition = app.publication.current().digests.get('weekly')
  const created = definition && (await createIssue(app.digests, definition, {}))
  if (created?.status !== 'created') throw new Error(`no issue: ${created?.status}`)
  await freezeAudience(app.digests, created.issue.id)
  await app.sender.drain()
  return receiver.next(({ source }) => source.includes('List-Id'))
}

/** The fields that a digest shows. */
const shownFields = [
  'Title',
  'Digest',
  'Address',
  'Topic',
  'Headline1',
  'Headline2',
  'Subtitle2',
  'Description2',
  'Author2',
  'Action2',
  'Label2',
]

/** Collapses white space. */
function read(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

function shownBy(html: string): string {
  const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' }
  return read(
    html
      .replace(/<style[\s\S]*?<\/style>|<!--[\s\S]*?-->/g, '')
      .replace(/<[^>]*>/g, '')
      .replace(/&(?:#(\d+)|(\w+));/g, (all, code, name) => (code ? String.fromCodePoint(Number(code)) : (named[name] ?? all))),
  )
}

const tagsOf = (html: string) => html.match(/<\/?[a-z][a-z0-9]*/gi)
/** Pairs of inline elements in a title go. */
const shownTitle = (title: string) => title.replace('<b>', '').replace('</b>', '')
const isMarkupResolved = (field: string) => /^(?:Headline|Subtitle|Description)/.test(field)
const headersOf = (mail: ParsedMail) => mail.headerLines.map(({ key }) => key)

test('hostile values in every field appear exactly in headers, text and HTML, never as markup', async () => {
  await using world = await startWith(nasty)
  await using plain = await startWith(tame)
  const { mail, source } = await issueTo(world, readerName)
  const { mail: harmless } = await issueTo(plain, 'Reader')
  expect(headersOf(mail)).toEqual(headersOf(harmless))
  expect(mail.subject).toBe(`${nasty.of('Digest')}: ${shownTitle(nasty.of('Headline2'))}`)
  expect(mail.from?.value).toEqual([{ name: nasty.of('Sender'), address: 'news@tide.example.org' }])
  // The reader's name loses what could be read as markup, an address or a header.
  const to = mail.to && 'value' in mail.to ? mail.to.value : []
  expect(to).toEqual([{ name: expect.stringContaining('🌊👩‍👩‍👧 שלום'), address: 'ada@example.org' }])
  expect(to[0]?.name).not.toMatch(/[<>@\r\n]|Bcc/)
  // mailparser decodes subjects, but not the phrase of List-Id.
  const [, listName = ''] = /^List-Id: ([\s\S]*?)\s<weekly\.tide\.example\.org>\r\n/m.exec(source) ?? []
  expect((await simpleParser(`Subject: ${listName}\r\n\r\n`)).subject).toBe(`${nasty.of('Title')}: ${nasty.of('Digest')}`)
  const html = mail.html || ''
  expect(tagsOf(html)).toEqual(tagsOf(harmless.html || ''))
  const shown = shownBy(html)
  const text = read(mail.text ?? '')
  for (const part of [shown, text]) expect(part).toContain(`Hello, ${read(readerName)}. Here are 2 new articles.`)
  for (const field of shownFields) {
    const value = isMarkupResolved(field) ? shownTitle(nasty.of(field)) : nasty.of(field)
    expect(shown, `${field} in HTML`).toContain(value)
    expect(text, `${field} in text`).toContain(value)
  }
  for (const line of source.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998)
})

test('an issue is fully signed, has its own bounce address, and replies go to the editor', async () => {
  await using world = await startWith(tame)
  const { app } = world
  const { mail, source, from } = await issueTo(world, '')
  expect((await verifyDkim(Buffer.from(source, 'latin1')))[0]).toMatchObject({ status: { result: 'pass', aligned: 'tide.example.org' } })
  // This reader has no name.
  for (const part of [shownBy(mail.html || ''), mail.text]) expect(part).toContain('Hello. Here are 2 new articles.')
  expect(mail.replyTo?.value[0]?.address).toBe('editor@tide.example.org')
  const [row] = await app.database.all<{ id: number }>(
    sql`SELECT d.id FROM deliveries d JOIN mailings m ON m.id = d.mailing_id WHERE m.kind = 'issue'`,
  )
  expect(readReturnPath(app.digests.tokens, from)).toBe(row?.id)
  // Without an inbound mailbox there is no mailto unsubscribe.
  expect(source).not.toContain('mailto:')
  expect(readUnsubscribeAddress(app.digests.tokens, from)).toBeUndefined()
  expect((await simpleParser(source)).messageId).toMatch(/@tide\.example\.org>$/)
})
