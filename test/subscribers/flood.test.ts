import { describe, expect, test } from 'vitest'
import { suppress } from '../../src/outbox/suppressions.ts'
import type { Database, Queries } from '../../src/platform/database/database.ts'
import { type Sql, sql } from '../../src/platform/database/sql.ts'
import { confirm, inspectConfirmation } from '../../src/subscribers/sign-up/confirm.ts'
import { processSignUps } from '../../src/subscribers/sign-up/process-waiting.ts'
import { receiveSignUp, type SignUp } from '../../src/subscribers/sign-up/receive.ts'
import { publicationYaml } from '../support/content.ts'
import type { Engine } from '../support/databases.ts'
import { becomeReader, prune, startWorld, type World } from '../support/world.ts'

const request: SignUp = { email: 'ada@example.org', digests: ['weekly'], topics: [], name: '', source: 'form', wording: 'Yes' }

async function ask(world: World, change: Partial<SignUp> = {}) {
  return (await receiveSignUp(world.app.subscribers, { ...request, ...change })).status
}

async function mailed({ app, receiver }: World): Promise<string[]> {
  await processSignUps(app.subscribers)
  await app.sender.drain()
  return receiver.received.map((one) => one.to.toLowerCase())
}

describe.each<Engine>(['sqlite', 'postgres'])('a flood of sign-ups on %s', (engine) => {
  test('to one address sends one email, then one an hour later, then one a day', async () => {
    await using world = await startWorld({ engine, publication: `${publicationYaml}sign_up: { overall: 10000 }\n` })
    for (let index = 0; index < 12; index++) {
      const digests = [['weekly'], ['coast-daily'], ['weekly', 'coast-daily']][index % 3] ?? []
      expect(
        await ask(world, { digests, email: index % 2 ? 'ADA@example.org' : 'ada@example.org', networkAddress: `192.0.2.${index}` }),
      ).toBe('asked')
    }
    expect(await mailed(world)).toEqual(['ada@example.org'])
    const byHour: number[] = []
    for (let halfHour = 1; halfHour <= 96; halfHour++) {
      world.clock.advance(30 * 60_000)
      await ask(world, { networkAddress: '192.0.2.1' })
      await processSignUps(world.app.subscribers)
      if (halfHour === 2 || halfHour % 48 === 0) byHour.push((await mailed(world)).length)
    }
    // After one hour, one day and two days.
    expect(byHour).toEqual([2, 3, 4])
  })

  test('the one email confirms all requests so far, and its page lists them', async () => {
    await using world = await startWorld({ engine })
    await ask(world)
    await processSignUps(world.app.subscribers)
    await ask(world, { digests: ['coast-daily'] })
    await mailed(world)
    const token = /\/confirm\/([\w-]{43})/.exec(world.receiver.received[0]?.mail.text ?? '')?.[1] ?? ''
    expect(await inspectConfirmation(world.app.subscribers, token)).toEqual({ status: 'open', digests: ['coast-daily', 'weekly'] })
    expect(await confirm(world.app.subscribers, token)).toMatchObject({ status: 'confirmed', digests: ['coast-daily', 'weekly'] })
    // A confirmed reader can sign up again without waiting.
    expect((await mailed(world)).length).toBe(2)
  })

  test('to one mailbox under many tags and dots sends one email, as to one address', async () => {
    await using world = await startWorld({ engine })
    const outcomes: string[] = []
    for (let index = 0; index < 65; index++) {
      const email = index % 2 ? `ada.l${index % 3 ? '.' : ''}ovelace+${index}@gmail.com` : `Ada.Lovelace+t${index}@googlemail.com`
      outcomes.push(await ask(world, { email, networkAddress: `198.51.${index}.7` }))
    }
    expect(outcomes.filter((one) => one === 'asked').length).toBe(1)
    expect(await mailed(world)).toEqual(['ada.lovelace+t0@googlemail.com'])
    // The first address is not shut out by the others, and other mailboxes go on.
    expect(await ask(world, { email: 'ada.lovelace+t0@googlemail.com' })).toBe('asked')
    expect(await ask(world, { email: 'ada.love@gmail.com' })).toBe('asked')
    const wait = async (minutes: number) => {
      world.clock.advance(minutes * 60_000)
      return ask(world, { email: `adalovelace+${minutes}@gmail.com` })
    }
    expect([await wait(15), await wait(59), await wait(1), await wait(1_439), await wait(2)]).toEqual([
      'asked',
      'too_many',
      'asked',
      'too_many',
      'asked',
    ])
    const kept = JSON.stringify(await world.app.database.all(sql`SELECT * FROM sign_up_mailboxes`))
    expect(kept).not.toContain('lovelace')
    world.clock.advance(3 * 86_400_000)
    await prune(world)
    expect(await world.app.database.all(sql`SELECT * FROM sign_up_mailboxes`)).toEqual([])
  })

  test('a refusal says when to come back, whether or not the address is known', async () => {
    await using world = await startWorld({ engine, publication: `${publicationYaml}sign_up: { overall: 2 }\n` })
    await becomeReader(world, 'reader@example.org', ['weekly'])
    await ask(world, { email: 'one@example.org' })
    const answers = []
    for (const email of ['reader@example.org', 'nobody@example.org'])
      answers.push(await receiveSignUp(world.app.subscribers, { ...request, email }))
    expect(answers[0]).toEqual({ status: 'too_many', comeBackAt: new Date('2026-11-20T10:00:00Z') })
    expect(answers[1]).toEqual(answers[0])
  })

  test('from one owner of many IPv6 networks stops at 4 times the limit for a /56 and 20 times for a /48', async () => {
    await using world = await startWorld({ engine, publication: `${publicationYaml}sign_up: { per_network: 2 }\n` })
    const count = async (network: (index: number) => string, tries: number) => {
      let asked = 0
      for (let index = 0; index < tries; index++) {
        const email = `r${asked}.${index}.${network(index).replaceAll(':', '-')}@example.org`
        if ((await ask(world, { email, networkAddress: network(index) })) === 'asked') asked++
      }
      return asked
    }
    expect(await count((index) => `2001:db8:1:${(0x100 + index).toString(16)}::1`, 20)).toBe(8)
    expect(await count((index) => `2001:db8:1:${(0x1000 + index * 0x100).toString(16)}::1`, 60)).toBe(32)
    expect(await count((index) => `2001:db8:2:${index}::1`, 3)).toBe(3)
  })

  test('from one client stops at a tenth of all sign-ups', async () => {
    await using world = await startWorld({ engine, publication: `${publicationYaml}sign_up: { per_network: 50, overall: 30 }\n` })
    const outcomes: string[] = []
    for (let index = 0; index < 5; index++) outcomes.push(await ask(world, { email: `r${index}@example.org`, networkAddress: '192.0.2.1' }))
    expect(outcomes).toEqual(['asked', 'asked', 'asked', 'too_many', 'too_many'])
    expect(await ask(world, { email: 'other@example.org', networkAddress: '192.0.2.2' })).toBe('asked')
  })

  test('from one network stops at its limit, for all of its addresses; other networks continue', async () => {
    await using world = await startWorld({ engine, publication: `${publicationYaml}sign_up: { per_network: 3 }\n` })
    const outcomes: string[] = []
    for (let index = 0; index < 5; index++) {
      outcomes.push(await ask(world, { email: `r${index}@example.org`, networkAddress: `2001:db8:1:2::${index}` }))
    }
    expect(outcomes).toEqual(['asked', 'asked', 'asked', 'too_many', 'too_many'])
    expect(await ask(world, { email: 'other@example.org', networkAddress: '2001:db8:1:3::1' })).toBe('asked')
    // An unknown proxy stands for all visitors.
    for (let index = 0; index < 4; index++)
      expect(await ask(world, { email: `p${index}@example.org`, networkAddress: '127.0.0.1' })).toBe('asked')
    world.clock.advance(3_600_000)
    expect(await ask(world, { email: 'r9@example.org', networkAddress: '2001:db8:1:2::9' })).toBe('asked')
    expect((await mailed(world)).length).toBe(9)
    expect(JSON.stringify(await world.app.database.all(sql`SELECT * FROM sign_up_tallies`))).not.toContain('2001:db8')
  })

  test('from many networks stops at the overall limit, and earlier requests are processed', async () => {
    await using world = await startWorld({ engine, publication: `${publicationYaml}sign_up: { overall: 4 }\n` })
    const outcomes: string[] = []
    for (let index = 0; index < 6; index++) {
      outcomes.push(await ask(world, { email: `r${index}@example.org`, networkAddress: `198.51.100.${index}` }))
    }
    expect(outcomes).toEqual(['asked', 'asked', 'asked', 'asked', 'too_many', 'too_many'])
    expect((await mailed(world)).length).toBe(4)
    expect(await world.app.database.all(sql`SELECT id FROM sign_ups`)).toEqual([])
  })

  test('a received sign-up survives a restart, and two processes process it once', async () => {
    await using world = await startWorld({ engine })
    await ask(world)
    await Promise.all([processSignUps(world.app.subscribers), processSignUps(world.app.subscribers)])
    expect(await mailed(world)).toEqual(['ada@example.org'])
  })

  test('the work before the answer is the same for unknown, pending, confirmed and suppressed addresses', async () => {
    await using world = await startWorld({ engine })
    const { subscribers } = world.app
    await becomeReader(world, 'reader@example.org', ['weekly'])
    await ask(world, { email: 'waits@example.org' })
    await processSignUps(subscribers)
    await world.app.database.transaction((tx) => suppress(tx, subscribers.tokens, 'never@example.org', 'complaint', world.clock.now()))
    const done: string[][] = []
    for (const email of ['nobody@example.org', 'waits@example.org', 'reader@example.org', 'never@example.org']) {
      const statements: string[] = []
      expect(await receiveSignUp({ ...subscribers, database: recorded(subscribers.database, statements) }, { ...request, email })).toEqual({
        status: 'asked',
      })
      done.push(statements)
    }
    expect(done[0]?.length).toBeGreaterThan(2)
    for (const statements of done) expect(statements).toEqual(done[0])
  })

  test('a suppressed address is refused silently, and the operator sees the attempt', async () => {
    await using world = await startWorld({ engine })
    const { database, subscribers } = world.app
    await database.transaction((tx) => suppress(tx, subscribers.tokens, 'ada@example.org', 'bounce', world.clock.now()))
    world.clock.advance(60_000)
    expect(await ask(world)).toBe('asked')
    expect(await mailed(world)).toEqual([])
    expect(await database.all(sql`SELECT id FROM subscribers`)).toEqual([])
    expect(await database.all(sql`SELECT asked_at FROM suppressions`)).toEqual([{ asked_at: world.clock.now().getTime() }])
  })

  test('a digest without confirmation starts at once, except for readers who unsubscribed from it', async () => {
    const publication = publicationYaml.replace(/weekly: \{/, 'weekly: { double_opt_in: false,')
    await using world = await startWorld({ engine, publication })
    const { database } = world.app
    await ask(world)
    await mailed(world)
    expect(await database.all(sql`SELECT state FROM subscriptions`)).toEqual([{ state: 'confirmed' }])
    expect(world.receiver.received.map(({ mail }) => mail.text)).toEqual([expect.stringContaining('/preferences/')])
    await database.run(sql`UPDATE subscriptions SET state = 'unsubscribed', unsubscribed_at = 1`)
    world.clock.advance(86_400_000)
    await ask(world)
    await mailed(world)
    expect(await database.all(sql`SELECT state FROM subscriptions`)).toEqual([{ state: 'pending' }])
    expect(world.receiver.received.at(-1)?.mail.text).toContain('/confirm/')
  })
})

/** The text of every statement, without values. */
function recorded(database: Database, statements: string[]): Database {
  const around = (queries: Queries): Queries => ({
    engine: queries.engine,
    all: (query) => queries.all(noted(query)),
    get: (query) => queries.get(noted(query)),
    run: (query) => queries.run(noted(query)),
    insertAll: (into, rows, after) => queries.insertAll(noted(into), rows, after),
  })
  const noted = (query: Sql) => {
    statements.push(query.compile('numbered').text)
    return query
  }
  const transaction: Database['transaction'] = (work) => database.transaction((tx) => work(around(tx)))
  const commit: Database['commit'] = (work) => database.commit((tx) => work(around(tx)))
  const { probe, lock, close } = database
  return { ...around(database), transaction, commit, probe, lock, close }
}
