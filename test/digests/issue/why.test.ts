import { describe, expect, test } from 'vitest'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { whyForReader } from '../../../src/digests/issue/why.ts'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import { suppress } from '../../../src/outbox/suppressions.ts'
import { articleText } from '../../support/content.ts'
import type { Engine } from '../../support/databases.ts'
import { becomeReader, startWorld } from '../../support/world.ts'

describe.each<Engine>(['sqlite', 'postgres'])('where an article went, reader by reader, on %s', (engine) => {
  test('explains sent, other topics, no subscription, suppressed and pending', async () => {
    const articles = {
      'coast.md': articleText({ title: 'Coast', topics: ['coast'] }),
      'harbour.md': articleText({ title: 'Harbour', topics: ['craft'] }),
    }
    await using world = await startWorld({ engine, articles })
    const { digests, articles: library, database } = world.app
    await becomeReader(world, 'all@example.org', ['weekly'])
    await becomeReader(world, 'harbour@example.org', ['weekly', 'coast-daily'], ['craft'])
    const article = library.current().articles.find(({ title }) => title === 'Coast')
    const weekly = world.app.publication.current().digests.get('weekly')
    if (!article || !weekly) throw new Error('the world lacks what the test needs')
    const why = async (address: string) =>
      (await whyForReader(digests, article, address)).map(({ digest, state, reader }) => [digest, state, reader])

    expect(await why('all@example.org')).toEqual([
      ['weekly', 'pending', 'would get it with the next issue'],
      ['coast-daily', 'pending', 'not sent: no confirmed subscription to this digest'],
    ])
    await createIssue(digests, weekly, {})
    await runDue(digests)
    await world.app.sender.drain()
    await becomeReader(world, 'late@example.org', ['weekly', 'coast-daily'])
    await database.transaction((tx) => suppress(tx, digests.tokens, 'late@example.org', 'operator', world.clock.now()))

    expect((await why('all@example.org'))[0]).toEqual(['weekly', 'issued', expect.stringMatching(/^sent: 250/)])
    expect(await why('harbour@example.org')).toEqual([
      ['weekly', 'issued', 'not in the issue that this reader got: they had chosen other topics'],
      ['coast-daily', 'pending', 'not sent: this reader chose other topics'],
    ])
    expect(await why('late@example.org')).toEqual([
      ['weekly', 'issued', 'not sent: the subscription was not confirmed when the issue went out, or the record was deleted'],
      ['coast-daily', 'pending', 'the address is suppressed: operator'],
    ])
    expect((await why('nobody@example.org'))[0]?.[2]).toBe('not sent: no confirmed subscription to this digest')
  })
})
