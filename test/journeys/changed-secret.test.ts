import { describe, expect, test } from 'vitest'
import { receiveMail } from '../../src/inbound/receive.ts'
import { unsubscribeAddressFor } from '../../src/outbox/message/return-path.ts'
import { readSuppression } from '../../src/outbox/suppressions.ts'
import { byCommandLine } from '../../src/platform/actor.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { tokensKeyedBy } from '../../src/platform/tokens.ts'
import { eraseAgain, eraseByAddress } from '../../src/subscribers/erase.ts'
import { confirm } from '../../src/subscribers/sign-up/confirm.ts'
import { receiveSignUp } from '../../src/subscribers/sign-up/receive.ts'
import { liftAddress, suppressAddress } from '../../src/subscribers/suppress.ts'
import { unsubscribe } from '../../src/subscribers/unsubscribe.ts'
import { imported } from '../subscribers/import/lists.ts'
import { publicationYaml } from '../support/content.ts'
import type { Engine } from '../support/databases.ts'
import { signUp } from '../support/sign-up.ts'
import { startWorld, type World } from '../support/world.ts'

const [first, second, present] = ['the-first-secret-of-all', 'the-second-secret-of-all', 'the present secret of all']
const env = { SECRET: present, SECRET_PREVIOUS: ` ${second}\n${first} ` }
const old = tokensKeyedBy(first)
const lost = tokensKeyedBy('a secret that nobody kept')

/** The subscribers' context as it was under an earlier secret. */
const under = ({ app }: World, tokens: typeof old) => ({ ...app.subscribers, tokens })
const request = { digests: ['weekly'], topics: [], name: '', source: 'test', wording: 'Yes' }

async function signedUpUnder(world: World, tokens: typeof old, email: string): Promise<string> {
  await signUp(under(world, tokens), { ...request, email })
  await world.app.sender.drain()
  const mail = world.receiver.received.findLast((one) => one.to === email && one.source.includes('/confirm/'))
  return /\/confirm\/([\w-]{43})/.exec(mail?.mail.text ?? '')?.[1] ?? ''
}

describe.each<Engine>(['sqlite', 'postgres'])('a changed SECRET on %s', (engine) => {
  test('old links to confirm, one-click and unsubscribe addresses work; those of an unknown secret do not', async () => {
    await using world = await startWorld({ engine, env })
    const { database, subscribers, inbound } = world.app
    expect((await confirm(subscribers, await signedUpUnder(world, lost, 'lost@example.org'))).status).not.toBe('confirmed')
    for (const email of ['ada@example.org', 'ben@example.org'])
      expect((await confirm(subscribers, await signedUpUnder(world, old, email))).status).toBe('confirmed')
    const row = await database.get<{ id: string }>(
      sql`SELECT subscriptions.id FROM subscriptions JOIN subscribers ON subscribers.id = subscriber_id WHERE address_key = 'ada@example.org'`,
    )
    const id = row?.id ?? ''
    expect((await unsubscribe(subscribers, lost.make('unsubscribe', id), 'one-click')).status).toBe('unknown')
    expect((await unsubscribe(subscribers, old.make('preferences', id), 'one-click')).status).toBe('unknown')
    expect((await unsubscribe(subscribers, old.make('unsubscribe', id), 'one-click')).status).toBe('left')
    const sent = await database.get<{ id: number }>(
      sql`SELECT id FROM deliveries WHERE address_key = 'ben@example.org' ORDER BY id LIMIT 1`,
    )
    const mailTo = (tokens: typeof old) => {
      const recipient = unsubscribeAddressFor('bounces@tide.example.org', tokens, sent?.id ?? 0)
      const source = Buffer.from(`From: ben@example.org\r\nTo: ${recipient}\r\nSubject: unsubscribe\r\n\r\n`)
      return receiveMail(inbound, { source: [source], recipients: [recipient], hasNullSender: false })
    }
    expect(await mailTo(lost)).toBe('ignored')
    expect(await mailTo(old)).toBe('unsubscribed')
  })

  test('who was erased stays suppressed, and the hash is written anew when the address is named again', async () => {
    await using world = await startWorld({ engine, env })
    const { database, subscribers } = world.app
    const names = ['imported', 'asking', 'told', 'lifted']
    for (const name of names) {
      await imported(world, `email,status\n${name}@example.org,subscribed\n`)
      expect(await eraseByAddress(under(world, old), `${name}@example.org`, byCommandLine)).toBe(true)
    }
    const oldHashes = names.map((name) => old.keyedHash('address', `${name}@example.org`).toString('base64url'))
    expect(
      new Set((await database.all<{ address_hash: string }>(sql`SELECT address_hash FROM suppressions`)).map((row) => row.address_hash)),
    ).toEqual(new Set(oldHashes))
    expect(await imported(world, 'email,status\nimported@example.org,subscribed\n')).toMatchObject({ taken: 0, refused: 1 })
    expect((await signUp(subscribers, { ...request, email: 'asking@example.org' })).status).toBe('asked')
    expect((await suppressAddress(subscribers, 'told@example.org', 'operator', byCommandLine))?.isNew).toBe(false)
    const askedFor = world.receiver.received.length
    await world.app.sender.drain()
    expect(world.receiver.received.length).toBe(askedFor)
    for (const name of ['imported', 'asking', 'told']) {
      const stored = await readSuppression(database, tokensKeyedBy(present), `${name}@example.org`)
      expect([name, stored?.reason, stored?.addressKey]).toEqual([name, 'erasure', undefined])
      expect(await readSuppression(database, old, `${name}@example.org`)).toBeUndefined()
    }
    expect(await liftAddress(subscribers, 'lifted@example.org', byCommandLine)).toBe(true)
    expect(await database.get(sql`SELECT count(*) AS n FROM suppressions`)).toEqual({ n: 3 })
  })

  test('sign-ups of a network and of a mailbox that were counted under an old secret count on', async () => {
    await using world = await startWorld({ engine, env, publication: `${publicationYaml}sign_up: { per_network: 2 }\n` })
    const ask = async (tokens: typeof old, email: string, networkAddress: string) =>
      (await receiveSignUp({ ...world.app.subscribers, tokens }, { ...request, email, networkAddress })).status
    const { tokens } = world.app.subscribers
    expect(await ask(old, 'ada+1@example.org', '192.0.2.1')).toBe('asked')
    expect(await ask(tokens, 'ada+2@example.org', '192.0.2.2')).toBe('too_many')
    // The first address is known, so it passes, and is not noted twice.
    expect(await ask(tokens, 'ada+1@example.org', '192.0.2.1')).toBe('asked')
    expect(await world.app.database.all(sql`SELECT mailbox FROM sign_up_mailboxes`)).toHaveLength(1)
    expect(await ask(tokens, 'ben@example.org', '192.0.2.1')).toBe('too_many')
    expect(await ask(tokens, 'ben@example.org', '192.0.2.2')).toBe('asked')
    expect(await ask(lost, 'cleo@example.org', '192.0.2.1')).toBe('asked')
  })

  test('an erasure noted under an old secret is repeated in a restored backup', async () => {
    await using world = await startWorld({ engine, env })
    await imported(world, 'email,status\nada@example.org,subscribed\nben@example.org,subscribed\n')
    const at = world.clock.now()
    const noted = [{ addressHash: old.keyedHash('address', 'ada@example.org').toString('base64url'), at }]
    expect(await eraseAgain(world.app.subscribers, noted, undefined)).toBe(1)
  })
})

test('too many previous secrets are refused', async () => {
  const { readConfig } = await import('../../src/config.ts')
  const reading = readConfig({ SECRET_PREVIOUS: 'a b c d e f' }, '/srv')
  expect(reading).toEqual({ ok: false, errors: ['SECRET_PREVIOUS: must name at most 5 secrets, with spaces between'] })
})
