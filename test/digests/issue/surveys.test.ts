import { describe, expect, test } from 'vitest'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { retryFailed } from '../../../src/digests/issue/issue-actions.ts'
import { findIssue } from '../../../src/digests/issue/issues.ts'
import { continueIssues } from '../../../src/digests/schedule/run-due.ts'
import { recordReport } from '../../../src/outbox/reports.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { articleText } from '../../support/content.ts'
import type { Engine } from '../../support/databases.ts'
import { insertReaders } from '../../support/readers.ts'
import { startWorld } from '../../support/world.ts'

const readers = 30

describe.each<Engine>(['sqlite', 'postgres'])('the survey of an issue on %s', (engine) => {
  test('groups failures by reply and deliveries by domain, and a retry of one group leaves the others', async () => {
    let isFull = true
    const onRecipient = (to: string) =>
      /1@/.test(to) ? `550 5.1.1 <${to}> unknown` : isFull && /2@/.test(to) ? `552 5.2.2 <${to}> is full` : undefined
    await using world = await startWorld({ engine, articles: { 'one.md': articleText() }, receiver: { onRecipient } })
    const { digests, sender, database, subscribers } = world.app
    await insertReaders(database, readers)
    for (const table of [sql`subscribers`])
      await database.run(
        sql`UPDATE ${table} SET email = replace(email, '.org', '.net'), address_key = replace(address_key, '.org', '.net') WHERE address_key LIKE 'reader_@%'`,
      )
    const weekly = world.app.publication.current().digests.get('weekly')
    if (!weekly) throw new Error('there is no weekly')
    const created = await createIssue(digests, weekly, {})
    if (created.status !== 'created') throw new Error(created.status)
    const { id } = created.issue
    await continueIssues(digests)
    await sender.drain()
    const sent = await database.get<{ id: number }>(sql`SELECT id FROM deliveries WHERE address = 'reader5@example.net'`)
    await database.transaction((tx) =>
      recordReport(tx, subscribers.tokens, { deliveryId: sent?.id ?? 0, kind: 'soft', status: '4.2.2' }, world.clock.now()),
    )
    const survey = async () => {
      const found = await findIssue(digests, id)
      const result = found && (await digests.surveys.complete(found))
      if (!result) throw new Error('there is no survey')
      return result
    }
    const { failures, domains } = await survey()
    expect(domains).toEqual([
      { domain: 'example.org', sent: 16, waiting: 0, failed: 4, rest: 0, bounced: 0, all: 20 },
      { domain: 'example.net', sent: 8, waiting: 0, failed: 2, rest: 0, bounced: 1, all: 10 },
    ])
    expect(failures.map(({ code, status, text, count, mayPass, domains }) => ({ code, status, text, count, mayPass, domains }))).toEqual([
      { code: 550, status: '5.1.1', text: '550 5.1.1 … unknown', count: 3, mayPass: false, domains: ['example.org', 'example.net'] },
      { code: 552, status: '5.2.2', text: '552 5.2.2 … is full', count: 3, mayPass: true, domains: ['example.org', 'example.net'] },
    ])

    isFull = false
    const group = failures[1]?.key
    const seenAt = world.clock.now()
    expect(await retryFailed(digests, id, { group: 'no-such-group' })).toMatchObject({ status: 'refused' })
    expect(await retryFailed(digests, id, { group, seenAt: new Date(0) })).toMatchObject({ status: 'refused' })
    const both = await Promise.all([retryFailed(digests, id, { group, seenAt }), retryFailed(digests, id, { group, seenAt })])
    expect(both.map(({ status }) => status).sort()).toEqual(['done', 'refused'])
    await sender.drain()
    expect((await findIssue(digests, id))?.counts).toMatchObject({ sent: readers - 3, failed: 3 })
    expect((await survey()).failures.map(({ count }) => count)).toEqual([3])
  })
})
