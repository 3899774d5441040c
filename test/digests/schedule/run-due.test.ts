import { describe, expect, test } from 'vitest'
import { articleStatuses } from '../../../src/digests/issue/article-status.ts'
import { approveIssue } from '../../../src/digests/issue/issue-actions.ts'
import { pageOfIssues } from '../../../src/digests/issue/issues.ts'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import type { EmailRequest } from '../../../src/email/email.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { articleText, publicationYaml } from '../../support/content.ts'
import type { Engine } from '../../support/databases.ts'
import { becomeReader, issuesTo, startWorld, type World } from '../../support/world.ts'

/** Two minutes after eight on a Monday in London. */
const mondayMorning = '2026-11-23T08:02:00Z'
const nextMonday = '2026-11-30T08:00:30Z'

async function passTo(world: World, now: string): Promise<void> {
  world.clock.set(now)
  await runDue(world.app.digests)
  await world.app.sender.drain()
}

async function changed(world: World, change: () => Promise<void>): Promise<void> {
  await world.app.articles.watch()
  const seen = Promise.withResolvers<void>()
  const stop = world.app.articles.onChange(() => seen.resolve())
  await change()
  await seen.promise
  stop()
}

describe.each<Engine>(['sqlite', 'postgres'])('digests on %s', (engine) => {
  test('the first issue goes out at its slot, and contains the newest articles with hero and call to action', async () => {
    const articles = { 'one.md': articleText({ title: 'Low water' }), 'two.md': articleText({ title: 'High water', date: '2026-11-18' }) }
    await using world = await startWorld({ engine, articles })
    await becomeReader(world, 'ada@example.org', ['weekly'])
    await passTo(world, '2026-11-23T07:59:00Z')
    expect(issuesTo(world, 'ada@example.org')).toHaveLength(0)
    await passTo(world, mondayMorning)
    const [issue] = issuesTo(world, 'ada@example.org')
    expect(issue?.mail.subject).toBe('The week: High water')
    for (const title of ['Low water', 'High water']) {
      expect(issue?.mail.html).toContain(`https://pictures.example.org/${encodeURIComponent(title)}.jpg`)
      expect(issue?.mail.text?.replace(/\s+/g, ' ')).toContain(`the kettle is on: ${title}.`)
    }
    await passTo(world, '2026-11-23T08:03:00Z')
    expect(issuesTo(world, 'ada@example.org')).toHaveLength(1)
    const [recorded] = await pageOfIssues(world.app.digests, { limit: 10 })
    expect(recorded?.issue).toMatchObject({ digest: 'weekly', number: 1, state: 'finished', slot: new Date('2026-11-23T08:00:00Z') })
    expect(recorded?.counts).toMatchObject({ sent: 1, queued: 0 })
  })

  test('each article is issued once, however late or back-dated it appears', async () => {
    await using world = await startWorld({ engine, articles: { 'one.md': articleText({ title: 'Low water' }) } })
    await becomeReader(world, 'ada@example.org', ['weekly'])
    await passTo(world, mondayMorning)
    await changed(world, () => world.content.write('articles/old.md', articleText({ title: 'Found in a drawer', date: '2024-01-01' })))
    await passTo(world, nextMonday)
    const [first, second] = issuesTo(world, 'ada@example.org')
    expect(first?.mail.text).toContain('Low water')
    expect(second?.mail.subject).toBe('The week: Found in a drawer')
    expect(second?.mail.text).not.toContain('Low water')
  })

  test('a slot without new articles is skipped with the reason, and the next slot is issued', async () => {
    await using world = await startWorld({ engine, articles: { 'one.md': articleText() } })
    await becomeReader(world, 'ada@example.org', ['weekly'])
    await passTo(world, mondayMorning)
    await passTo(world, nextMonday)
    expect(issuesTo(world, 'ada@example.org')).toHaveLength(1)
    const slots = await world.app.database.all(sql`SELECT slot, outcome, reason FROM slots WHERE digest = 'weekly' ORDER BY slot`)
    expect(slots).toMatchObject([
      { slot: Date.parse('2026-11-23T08:00:00Z'), outcome: 'issued' },
      { slot: Date.parse('2026-11-30T08:00:00Z'), outcome: 'skipped', reason: 'this digest has no new articles' },
    ])
  })

  test('a slot is missed when its allowed lateness is over, and its articles wait for the next', async () => {
    await using world = await startWorld({ engine, articles: { 'one.md': articleText() } })
    await becomeReader(world, 'ada@example.org', ['weekly'])
    await runDue(world.app.digests)
    await passTo(world, '2026-11-23T14:30:00Z')
    expect(issuesTo(world, 'ada@example.org')).toHaveLength(0)
    await passTo(world, nextMonday)
    expect(issuesTo(world, 'ada@example.org')).toHaveLength(1)
  })

  test('the first issue excludes older articles and records the reason', async () => {
    const articles = Object.fromEntries(
      Array.from({ length: 8 }, (_, index) => [`a${index}.md`, articleText({ title: `Day ${index}`, date: `2026-11-0${index + 1}` })]),
    )
    await using world = await startWorld({ engine, articles })
    await becomeReader(world, 'ada@example.org', ['weekly'])
    await passTo(world, mondayMorning)
    const { digests } = world.app
    const oldest = digests.articles().bySlug.get('a0')
    const status = oldest && (await articleStatuses(digests, [oldest])).get(oldest.id)
    expect(status?.find((one) => one.digest === 'weekly')).toMatchObject({ state: 'excluded', reason: 'before the first issue' })
    expect(issuesTo(world, 'ada@example.org')[0]?.mail.text).not.toContain('Day 0')
  })

  test('readers get their topics and articles without topics; a reader without articles is skipped with the reason', async () => {
    const articles = {
      'craft.md': articleText({ title: 'On splicing', topics: ['craft'] }),
      'coast.md': articleText({ title: 'On fog', topics: ['coast'] }),
    }
    await using world = await startWorld({ engine, articles })
    await becomeReader(world, 'all@example.org', ['weekly'])
    await becomeReader(world, 'craft@example.org', ['weekly'], ['craft'])
    await passTo(world, mondayMorning)
    await changed(world, () => world.content.write('articles/more.md', articleText({ title: 'On gales', topics: ['coast'] })))
    await passTo(world, nextMonday)
    expect(issuesTo(world, 'all@example.org')).toHaveLength(2)
    const [only, ...more] = issuesTo(world, 'craft@example.org')
    expect(more).toEqual([])
    expect(only?.mail.text).toContain('On splicing')
    expect(only?.mail.text).not.toContain('On fog')
    const issues = await pageOfIssues(world.app.digests, { limit: 10 })
    const second = issues.find(({ issue }) => issue.digest === 'weekly' && issue.number === 2)
    expect(second?.counts).toMatchObject({ sent: 1, skipped: 1 })
  })

  test('an issue with a flood of new articles is held until it is approved', async () => {
    await using world = await startWorld({ engine, articles: { 'one.md': articleText() } })
    await becomeReader(world, 'ada@example.org', ['weekly'])
    await passTo(world, mondayMorning)
    await changed(world, async () => {
      await Promise.all(
        Array.from({ length: 51 }, (_, index) => world.content.write(`articles/f${index}.md`, articleText({ title: `Flood ${index}` }))),
      )
    })
    while (world.app.articles.current().articles.length < 52) await changed(world, async () => {})
    await passTo(world, nextMonday)
    expect(issuesTo(world, 'ada@example.org')).toHaveLength(1)
    const [held] = await pageOfIssues(world.app.digests, { limit: 1 })
    expect(held?.issue.state).toBe('held')
    expect(await approveIssue(world.app.digests, held?.issue.id ?? '')).toMatchObject({ status: 'done' })
    await passTo(world, '2026-11-30T08:05:00Z')
    const [, flood] = issuesTo(world, 'ada@example.org')
    for (const title of ['Flood 0', 'Flood 50']) expect(flood?.mail.text).toContain(title)
  })

  test('an on_publish digest sends each new article after its delay, and no older ones', async () => {
    const publication = `${publicationYaml}  instant: { title: As it happens, schedule: on_publish, delay: 15m }\n`
    await using world = await startWorld({ engine, publication, articles: { 'one.md': articleText({ date: '2026-11-19' }) } })
    await becomeReader(world, 'ada@example.org', ['instant'])
    await passTo(world, '2026-11-20T09:01:00Z')
    await changed(world, () => world.content.write('articles/two.md', articleText({ title: 'News', date: '2026-11-20' })))
    await passTo(world, '2026-11-20T09:10:00Z')
    expect(issuesTo(world, 'ada@example.org', 'instant')).toHaveLength(0)
    await passTo(world, '2026-11-20T09:17:00Z')
    await passTo(world, '2026-11-20T10:17:00Z')
    expect(issuesTo(world, 'ada@example.org', 'instant').map(({ mail }) => mail.subject)).toEqual(['News'])
  })

  test('two concurrent runs create one issue', async () => {
    await using world = await startWorld({ engine, articles: { 'one.md': articleText() } })
    await becomeReader(world, 'ada@example.org', ['weekly'])
    await runDue(world.app.digests)
    world.clock.set(mondayMorning)
    await Promise.all([runDue(world.app.digests), runDue(world.app.digests)])
    await world.app.sender.drain()
    expect(issuesTo(world, 'ada@example.org')).toHaveLength(1)
    expect(await pageOfIssues(world.app.digests, { limit: 10 })).toHaveLength(1)
  })

  test('a digest with start_with 0 sends only articles that appear later', async () => {
    const publication = publicationYaml.replace('max_articles: 5', 'start_with: 0')
    await using world = await startWorld({ engine, publication, articles: { 'one.md': articleText({ title: 'There before' }) } })
    await becomeReader(world, 'ada@example.org', ['weekly'])
    await passTo(world, mondayMorning)
    expect(issuesTo(world, 'ada@example.org')).toHaveLength(0)
    await changed(world, () => world.content.write('articles/two.md', articleText({ title: 'New' })))
    await passTo(world, nextMonday)
    expect(issuesTo(world, 'ada@example.org').map(({ mail }) => mail.subject)).toEqual(['The week: New'])
  })

  test('an issue that cannot be rendered waits, and the others are sent', async () => {
    const articles = { 'one.md': articleText({ title: 'Fog', topics: ['coast'] }) }
    await using world = await startWorld({ engine, articles })
    await becomeReader(world, 'ada@example.org', ['weekly'])
    await becomeReader(world, 'bea@example.org', ['coast-daily'])
    const { digests } = world.app
    let isBroken = true
    const context = {
      ...digests,
      render: (request: EmailRequest) =>
        isBroken && request.template === 'digest' && request.values.digest.name === 'coast-daily'
          ? Promise.reject(new Error('no ink'))
          : digests.render(request),
    }
    world.clock.set(mondayMorning)
    await runDue(context)
    await world.app.sender.drain()
    expect(issuesTo(world, 'ada@example.org')).toHaveLength(1)
    expect(issuesTo(world, 'bea@example.org', 'coast-daily')).toHaveLength(0)
    isBroken = false
    await runDue(context)
    await world.app.sender.drain()
    expect(issuesTo(world, 'bea@example.org', 'coast-daily')).toHaveLength(1)
  })
})
