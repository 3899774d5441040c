import { describe, expect, test } from 'vitest'
import { byCommandLine } from '../../src/platform/actor.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { readChoices, writeChoices } from '../../src/subscribers/choices.ts'
import { amendSubscriber } from '../../src/subscribers/operator.ts'
import { countReaders } from '../../src/subscribers/readers.ts'
import { confirm, inspectConfirmation } from '../../src/subscribers/sign-up/confirm.ts'
import type { SignUp } from '../../src/subscribers/sign-up/receive.ts'
import { inspectUnsubscribe, unsubscribe } from '../../src/subscribers/unsubscribe.ts'
import { publicationYaml } from '../support/content.ts'
import type { Engine } from '../support/databases.ts'
import { signUp } from '../support/sign-up.ts'
import { startWorld, type World } from '../support/world.ts'
import { importFile } from './import/lists.ts'

const request: SignUp = {
  email: 'Ada@Example.org',
  digests: ['weekly'],
  topics: [],
  name: 'Ada',
  source: 'form',
  wording: 'Yes, send me The week',
}

async function ask(world: World, change: Partial<SignUp> = {}) {
  const asked = await signUp(world.app.subscribers, { ...request, ...change })
  await world.app.sender.drain()
  return asked
}

function tokenIn(world: World, purpose: 'confirm' | 'preferences' | 'unsubscribe', to = 'Ada@example.org'): string {
  const mail = world.receiver.received.findLast(
    (one) => one.to.toLowerCase() === to.toLowerCase() && one.mail.text?.includes(`/${purpose}/`),
  )
  return new RegExp(`/${purpose}/([\\w-]{43})`).exec(mail?.mail.text ?? '')?.[1] ?? ''
}

async function readersOf(world: World): Promise<number | undefined> {
  return (await countReaders(world.app.subscribers)).get('weekly')
}

describe.each<Engine>(['sqlite', 'postgres'])('consent on %s', (engine) => {
  test('a sign-up is pending until its link is confirmed; opening the link changes nothing', async () => {
    await using world = await startWorld({ engine })
    expect(await ask(world)).toEqual({ status: 'asked' })
    const token = tokenIn(world, 'confirm')
    expect(await readersOf(world)).toBe(0)
    expect(await inspectConfirmation(world.app.subscribers, token)).toEqual({ status: 'open', digests: ['weekly'] })
    expect(await readersOf(world)).toBe(0)
    expect(await confirm(world.app.subscribers, token)).toMatchObject({ status: 'confirmed', digests: ['weekly'] })
    expect(await readersOf(world)).toBe(1)
    await world.app.sender.drain()
    expect(world.receiver.received.map(({ mail }) => mail.subject)).toHaveLength(2)
    const proof = await world.app.database.all(sql`SELECT event, at, source, wording, basis FROM consents ORDER BY id`)
    const at = world.clock.now().getTime()
    expect(proof).toEqual([
      { event: 'asked', at, source: 'form', wording: request.wording, basis: 'consent' },
      { event: 'confirmed', at, source: 'confirmation', wording: '', basis: 'consent' },
    ])
  })

  test('a confirmation link works once, for seven days, and only if it is the newest', async () => {
    await using world = await startWorld({ engine })
    await ask(world)
    const first = tokenIn(world, 'confirm')
    world.clock.advance(8 * 86_400_000)
    expect(await confirm(world.app.subscribers, first)).toEqual({ status: 'expired' })
    await ask(world)
    const second = tokenIn(world, 'confirm')
    expect(await confirm(world.app.subscribers, first)).toEqual({ status: 'unknown' })
    expect(await confirm(world.app.subscribers, second)).toMatchObject({ status: 'confirmed' })
    expect(await confirm(world.app.subscribers, second)).toEqual({ status: 'already', digests: ['weekly'] })
    expect(await inspectConfirmation(world.app.subscribers, second)).toEqual({ status: 'already', digests: ['weekly'] })
  })

  test('a used confirmation link does not confirm again after an unsubscribe or a new request', async () => {
    await using world = await startWorld({ engine })
    const { subscribers, database } = world.app
    await ask(world)
    const used = tokenIn(world, 'confirm')
    await confirm(subscribers, used)
    const row = await database.get<{ id: string }>(sql`SELECT id FROM subscriptions WHERE digest = 'weekly'`)
    await unsubscribe(subscribers, subscribers.tokens.make('unsubscribe', row?.id ?? ''))
    const isOff = async () => {
      expect(await inspectConfirmation(subscribers, used)).toEqual({ status: 'unknown' })
      expect(await confirm(subscribers, used)).toEqual({ status: 'unknown' })
      expect(await readersOf(world)).toBe(0)
    }
    await isOff()
    world.clock.advance(3_600_000)
    await ask(world)
    expect(await database.get(sql`SELECT state FROM subscriptions WHERE digest = 'weekly'`)).toEqual({ state: 'pending' })
    await isOff()
  })

  test('two simultaneous clicks confirm once and send one welcome', async () => {
    await using world = await startWorld({ engine })
    await ask(world)
    const token = tokenIn(world, 'confirm')
    const both = await Promise.all([confirm(world.app.subscribers, token), confirm(world.app.subscribers, token)])
    expect(both.map(({ status }) => status).sort()).toEqual(['already', 'confirmed'])
    await world.app.sender.drain()
    expect(world.receiver.received).toHaveLength(2)
  })

  test('a repeated form sends one email, and a known address gets the same answer', async () => {
    await using world = await startWorld({ engine })
    await ask(world)
    expect(await ask(world, { email: 'ADA@example.org' })).toEqual({ status: 'asked' })
    expect(world.receiver.received).toHaveLength(1)
    await confirm(world.app.subscribers, tokenIn(world, 'confirm'))
    await world.app.sender.drain()
    world.clock.advance(3_600_000)
    expect(await ask(world)).toEqual({ status: 'asked' })
    expect(world.receiver.received).toHaveLength(2)
  })

  test('a sign-up by a stranger with the address of a reader changes nothing', async () => {
    await using world = await startWorld({ engine })
    await ask(world, { topics: ['craft'] })
    await confirm(world.app.subscribers, tokenIn(world, 'confirm'))
    await world.app.sender.drain()
    await ask(world, { topics: ['coast'], digests: ['weekly', 'coast-daily'], name: 'Mallory' })
    expect(await readChoices(world.app.subscribers, tokenIn(world, 'preferences'))).toMatchObject({
      topics: ['craft'],
      digests: ['weekly'],
    })
  })

  test('a reader who signs up for another digest keeps the chosen topics', async () => {
    await using world = await startWorld({ engine })
    await ask(world, { topics: ['craft'] })
    await confirm(world.app.subscribers, tokenIn(world, 'confirm'))
    await world.app.sender.drain()
    world.clock.advance(3_600_000)
    await ask(world, { digests: ['coast-daily'], name: '' })
    await confirm(world.app.subscribers, tokenIn(world, 'confirm'))
    expect(await readChoices(world.app.subscribers, tokenIn(world, 'preferences'))).toMatchObject({
      digests: ['coast-daily', 'weekly'],
      topics: ['craft'],
    })
  })

  test('a reader with all topics gets topics that are added later, from any sign-up source', async () => {
    const publication = publicationYaml.replace('title: The week,', 'title: The week, double_opt_in: false,')
    await using world = await startWorld({ engine, publication })
    const context = world.app.subscribers
    const topics = ['coast', 'craft']
    const storedTopics = async (email: string) =>
      (await world.app.database.get<{ topics: string }>(sql`SELECT topics FROM subscribers WHERE address_key = ${email}`))?.topics
    await ask(world, { email: 'form@example.org', digests: ['coast-daily'], topics })
    await confirm(context, tokenIn(world, 'confirm', 'form@example.org'))
    expect(await storedTopics('form@example.org')).toBe('[]')
    await world.app.sender.drain()
    await ask(world, { email: 'at-once@example.org', topics })
    expect(await storedTopics('at-once@example.org')).toBe('[]')
    await importFile(world, 'email,topics\nlist@example.org,coast craft\nfew@example.org,craft\n')
    expect([await storedTopics('list@example.org'), await storedTopics('few@example.org')]).toEqual(['[]', '["craft"]'])
    const few = await world.app.database.get<{ id: string }>(sql`SELECT id FROM subscribers WHERE address_key = 'few@example.org'`)
    await amendSubscriber(context, few?.id ?? '', { topics }, byCommandLine)
    expect(await storedTopics('few@example.org')).toBe('[]')
    const token = tokenIn(world, 'preferences', 'form@example.org')
    await writeChoices(context, token, { digests: ['weekly'], topics: ['coast'] }, 'Saved')
    expect(await storedTopics('form@example.org')).toBe('["coast"]')
    await writeChoices(context, token, { digests: ['weekly'], topics }, 'Saved')
    expect(await storedTopics('form@example.org')).toBe('[]')
    // A reader of some topics who signs up for another digest with all topics gets all of them.
    await writeChoices(context, token, { digests: ['weekly'], topics: ['coast'] }, 'Saved')
    world.clock.advance(3_600_000)
    await ask(world, { email: 'form@example.org', digests: ['coast-daily'], topics })
    await confirm(context, tokenIn(world, 'confirm', 'form@example.org'))
    expect(await storedTopics('form@example.org')).toBe('[]')
  })

  test('an unsubscribe ends one digest at once and is idempotent; a new sign-up needs a confirmation', async () => {
    await using world = await startWorld({ engine })
    await ask(world, { digests: ['weekly', 'coast-daily'] })
    await confirm(world.app.subscribers, tokenIn(world, 'confirm'))
    const [row] = await world.app.database.all<{ id: string }>(sql`SELECT id FROM subscriptions WHERE digest = 'weekly'`)
    const token = world.app.subscribers.tokens.make('unsubscribe', row?.id ?? '')
    expect(await inspectUnsubscribe(world.app.subscribers, token)).toEqual({ status: 'reading', digest: 'weekly' })
    expect(await unsubscribe(world.app.subscribers, token)).toMatchObject({ status: 'left', digest: 'weekly' })
    expect(await unsubscribe(world.app.subscribers, token)).toMatchObject({ status: 'left', digest: 'weekly' })
    expect([...(await countReaders(world.app.subscribers))]).toEqual([
      ['weekly', 0],
      ['coast-daily', 1],
    ])
    world.clock.advance(3_600_000)
    await ask(world)
    expect(await readersOf(world)).toBe(0)
    await confirm(world.app.subscribers, tokenIn(world, 'confirm'))
    expect(await readersOf(world)).toBe(1)
  })

  test('a preferences link changes digests and topics; a removed digest is unsubscribed', async () => {
    await using world = await startWorld({ engine })
    await ask(world)
    await confirm(world.app.subscribers, tokenIn(world, 'confirm'))
    await world.app.sender.drain()
    const token = tokenIn(world, 'preferences')
    const after = await writeChoices(world.app.subscribers, token, { digests: ['coast-daily'], topics: ['coast', 'nonsense'] }, 'Saved')
    expect(after).toMatchObject({ email: 'Ada@Example.org', digests: ['coast-daily'], topics: ['coast'] })
    expect(await readersOf(world)).toBe(0)
  })

  test('a token is valid for one purpose only, and an altered token is invalid', async () => {
    await using world = await startWorld({ engine })
    await ask(world)
    const confirmToken = tokenIn(world, 'confirm')
    const { subscribers } = world.app
    expect(await unsubscribe(subscribers, confirmToken)).toEqual({ status: 'unknown' })
    expect(await readChoices(subscribers, confirmToken)).toBeUndefined()
    for (let index = 0; index < confirmToken.length; index++) {
      const altered = `${confirmToken.slice(0, index)}${confirmToken[index] === 'A' ? 'B' : 'A'}${confirmToken.slice(index + 1)}`
      expect(await confirm(subscribers, altered)).toEqual({ status: 'unknown' })
    }
    for (const nonsense of ['', 'x', '../..', 'A'.repeat(43), 'A'.repeat(10_000)]) {
      expect(await confirm(subscribers, nonsense)).toEqual({ status: 'unknown' })
      expect(await unsubscribe(subscribers, nonsense)).toEqual({ status: 'unknown' })
    }
    expect(await readersOf(world)).toBe(0)
  })

  test.each([
    ['no at sign', { email: 'ada.example.org' }, 'email'],
    ['two addresses', { email: 'a@example.org, b@example.org' }, 'email'],
    ['a header of its own', { email: 'a@example.org\r\nBcc: b@example.org' }, 'email'],
    ['no dot in the domain', { email: 'ada@localhost' }, 'email'],
    ['no digest', { digests: [] }, 'digests'],
    ['an unknown digest', { digests: ['monthly'] }, 'digests'],
    ['an unknown topic', { topics: ['law'] }, 'topics'],
    ['a name of two lines', { name: 'Ada\r\nSubject: x' }, 'name'],
  ])('a sign-up with %s is refused, and names the field', async (_, change, field) => {
    await using world = await startWorld({ engine })
    expect(await ask(world, change)).toMatchObject({ status: 'invalid', field })
    expect(world.receiver.received).toHaveLength(0)
  })
})
