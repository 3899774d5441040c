import { describe, expect, test } from 'vitest'
import { freezeAudience } from '../../src/digests/audience/freeze-audience.ts'
import { createIssue } from '../../src/digests/issue/create-issue.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { confirm } from '../../src/subscribers/sign-up/confirm.ts'
import { unsubscribe } from '../../src/subscribers/unsubscribe.ts'
import { articleText } from '../support/content.ts'
import type { Engine } from '../support/databases.ts'
import { insertReaders } from '../support/readers.ts'
import { signUp } from '../support/sign-up.ts'
import { becomeReader, startWorld, type World } from '../support/world.ts'

async function subscriptionOf(world: World, email: string) {
  const row = await world.app.database.get<{ id: string; state: string; confirmed_at: number | null }>(sql`
    SELECT s.id, s.state, s.confirmed_at FROM subscriptions s JOIN subscribers r ON r.id = s.subscriber_id WHERE r.email = ${email}`)
  if (!row) throw new Error(`${email} is nobody`)
  return { ...row, link: world.app.subscribers.tokens.make('unsubscribe', row.id) }
}

describe.each<Engine>(['sqlite', 'postgres'])('at the same moment on %s', (engine) => {
  test('concurrent confirm and unsubscribe end in one of the two states, and the proof names the last one', async () => {
    await using world = await startWorld({ engine })
    const { subscribers, sender, database } = world.app
    for (let attempt = 0; attempt < 5; attempt++) {
      const email = `reader${attempt}@example.org`
      await signUp(subscribers, { email, digests: ['weekly'], topics: [], name: '', source: 'form', wording: 'Yes' })
      await sender.drain()
      const mail = world.receiver.received.findLast((one) => one.to === email)
      const token = /\/confirm\/([\w-]{43})/.exec(mail?.mail.text ?? '')?.[1] ?? ''
      const { link } = await subscriptionOf(world, email)
      await Promise.all([
        confirm(subscribers, token),
        unsubscribe(subscribers, link),
        confirm(subscribers, token),
        unsubscribe(subscribers, link),
      ])
      const { id, state } = await subscriptionOf(world, email)
      expect(['confirmed', 'unsubscribed']).toContain(state)
      // Whatever the order was, a later unsubscribe works, and the old confirmation link does not subscribe again.
      await unsubscribe(subscribers, link)
      await confirm(subscribers, token)
      expect((await subscriptionOf(world, email)).state).toBe('unsubscribed')
      const confirmed = await database.all(sql`
        SELECT event FROM consents WHERE event = 'confirmed' AND subscriber_id = (SELECT subscriber_id FROM subscriptions WHERE id = ${id})`)
      expect(confirmed.length).toBeLessThanOrEqual(1)
    }
  })

  test('a reader who unsubscribes while an audience is frozen is not queued, and all others are', async () => {
    await using world = await startWorld({ engine, articles: { 'tides.md': articleText({}) } })
    const { app } = world
    await insertReaders(app.database, 1_200)
    await becomeReader(world, 'mara@example.org', ['weekly'])
    const weekly = app.publication.current().digests.get('weekly')
    if (!weekly) throw new Error('there is no weekly')
    const created = await createIssue(app.digests, weekly, {})
    if (created.status !== 'created') throw new Error(created.status)
    const leavers = ['mara@example.org', ...[3, 400, 801, 1_199].map((n) => `reader${n}@example.org`)]
    const links = await Promise.all(leavers.map(async (email) => (await subscriptionOf(world, email)).link))
    // The sender is not triggered, so the frozen deliveries are still queued when counted.
    const quiet = { ...app.digests, triggerSender: () => {} }
    await Promise.all([freezeAudience(quiet, created.issue.id), ...links.map((link) => unsubscribe(app.subscribers, link))])
    const queued = await app.database.all<{ address: string }>(sql`
      SELECT address FROM deliveries WHERE mailing_id = ${created.issue.id} AND state = 'queued'`)
    const addresses = new Set(queued.map((row) => row.address))
    expect(leavers.filter((email) => addresses.has(email))).toEqual([])
    expect(addresses.size).toBe(1_201 - leavers.length)
  })
})
