import { expect, test } from 'vitest'
import type { InboundContext } from '../../src/inbound/context.ts'
import { startMailFetcher } from '../../src/inbound/fetch-mail.ts'
import { parseImapUrl, readImapUrl } from '../../src/inbound/imap-address.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { enqueueTo } from '../support/outbox.ts'
import { startWorld } from '../support/world.ts'
import { startImapServer } from './imap-server.ts'
import { libraryMail } from './mail-library.ts'

test('a mailbox is read to its end, each message marked when its effect is committed, and one processed twice counts once', async () => {
  await using world = await startWorld({})
  await using imap = await startImapServer()
  const { database, inbound } = world.app
  await enqueueTo(database, world.clock, ['ada@example.net', 'bea@example.net'])
  await database.run(sql`UPDATE deliveries SET state = 'sent', settled_at = 0`)
  for (const [name, id] of [
    ['postfix-user-unknown', 1],
    ['person', 1],
    ['arf-yahoo', 2],
  ] as const) {
    imap.messages.push({ source: (await libraryMail(name, inbound.tokens, id)).source, isSeen: false })
  }
  const look = async (context: InboundContext = inbound, url = imap.url) => {
    const fetcher = startMailFetcher(context, parseImapUrl(url))
    fetcher.trigger()
    await fetcher.settled()
    await fetcher.stop()
    return {
      seen: imap.messages.map(({ isSeen }) => isSeen),
      reports: await database.all(sql`SELECT delivery_id AS id, kind FROM reports ORDER BY delivery_id`),
    }
  }
  const nothing = { seen: [false, false, false], reports: [] }
  expect(await look(inbound, imap.url.replace('hush', 'wrong'))).toEqual(nothing)
  const failing = { ...inbound, database: { ...database, transaction: () => Promise.reject(new Error('the disk is full')) } }
  expect(await look(failing)).toEqual(nothing)
  imap.breaksAtStore = () => true
  expect(await look()).toEqual({ seen: [false, false, false], reports: [{ id: 1, kind: 'hard' }] })
  imap.breaksAtStore = () => false
  const all = {
    seen: [true, true, true],
    reports: [
      { id: 1, kind: 'hard' },
      { id: 2, kind: 'complaint' },
    ],
  }
  expect(await look()).toEqual(all)
  expect(await look()).toEqual(all)
})

test('a password is sent over imap:// only behind STARTTLS, unless the URL says otherwise', async () => {
  await using world = await startWorld({})
  await using imap = await startImapServer()
  imap.messages.push({ source: Buffer.from('Subject: x\r\n\r\n'), isSeen: false })
  const fetcher = startMailFetcher(world.app.inbound, parseImapUrl(imap.url.replace('?tls=off', '')))
  fetcher.trigger()
  await fetcher.settled()
  await fetcher.stop()
  expect(imap.messages[0]?.isSeen).toBe(false)
  expect(imap.commands.filter((line) => /LOGIN|AUTHENTICATE/i.test(line))).toEqual([])
  const startTls = (url: string) => parseImapUrl(url).startTls
  expect(startTls('imap://u:p@mail.example.org')).toBe(true)
  expect(startTls('imap://u:p@mail.example.org/INBOX?tls=off')).toBe(false)
  expect(startTls('imap://u@mail.example.org')).toBeUndefined()
  expect(startTls('imaps://u:p@mail.example.org')).toBeUndefined()
  for (const url of ['imap://u:p@mail.example.org?tls=on', 'imap://u:p@mail.example.org?ssl=off', 'imap://u:p@h.example?tls=off&tls=off'])
    expect(readImapUrl(url).ok).toBe(false)
})
