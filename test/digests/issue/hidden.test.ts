import { expect, test } from 'vitest'
import { archivedIssue, publicHtml } from '../../../src/digests/issue/archive.ts'
import { articleStatuses } from '../../../src/digests/issue/article-status.ts'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { findIssue } from '../../../src/digests/issue/issues.ts'
import { continueIssues } from '../../../src/digests/schedule/run-due.ts'
import { articleText, publicationYaml } from '../../support/content.ts'
import { becomeReader, issuesTo, startWorld, type World } from '../../support/world.ts'

const file = (title: string, extra: string) => articleText({ title, extra: `${extra}\n` })

async function createWeekly(world: World, articles?: readonly string[]) {
  const definition = world.app.publication.current().digests.get('weekly')
  if (!definition) throw new Error('there is no weekly')
  return createIssue(world.app.digests, definition, articles ? { articles } : {})
}

async function waitFor(world: World, now: string): Promise<void> {
  const changed = new Promise<void>((resolve) => void world.app.articles.onChange(() => resolve()))
  world.clock.set(now)
  await changed
}

test('an issue carries nothing that its author hides, and the ledger says why', async () => {
  await using world = await startWorld({
    articles: {
      'plain.md': file('Plain', 'lang: en'),
      'noindex.md': file('Noindexed', 'noindex: true'),
      'mailed.md': file('Mailed', 'mail: only'),
      'private.md': file('Private', 'private: true'),
      'password.md': file('Password', 'password: x'),
      'unlisted.md': file('Unlisted', 'hidden: true'),
      'over.md': file('Over', 'expires: 2026-11-12'),
      'mailless.md': file('Mailless', 'mail: never'),
    },
  })
  for (const name of ['private', 'password', 'unlisted', 'over', 'mailless'])
    expect(await createWeekly(world, [name]), name).toMatchObject({ status: 'refused' })
  const created = await createWeekly(world)
  if (created.status !== 'created') throw new Error(created.status)
  expect(created.issue.content.articles.map(({ values }) => values.title).sort()).toEqual(['Mailed', 'Noindexed', 'Plain'])
  const { bySlug, hidden } = world.app.articles.current()
  const articles = [...bySlug.values(), ...hidden.map(({ article }) => article)]
  const statuses = await articleStatuses(world.app.digests, articles)
  const reasons = articles.map(({ id, slug }) => [slug, statuses.get(id)?.find(({ digest }) => digest === 'weekly')?.reason])
  expect(Object.fromEntries(reasons)).toEqual({
    plain: undefined,
    noindex: undefined,
    mailed: undefined,
    password: 'protected: password',
    unlisted: 'unlisted: hidden',
    over: 'expired on 2026-11-12',
    mailless: 'mail: never',
  })
})

test('the web view of a sent issue stays when the time of its article is over', async () => {
  await using world = await startWorld({ articles: { 'goes.md': file('Goes', 'expires: 2026-11-21') } })
  await becomeReader(world, 'ann@example.net', ['weekly'])
  const created = await createWeekly(world)
  if (created.status !== 'created') throw new Error(created.status)
  await continueIssues(world.app.digests)
  await world.app.sender.drain()
  expect(issuesTo(world, 'ann@example.net')).toHaveLength(1)
  await waitFor(world, '2026-11-21T00:00:00Z')
  const issue = await archivedIssue(world.app.digests, created.issue.id)
  expect(issue && (await publicHtml(world.app.digests, issue))).toContain('Goes')
  const [goes] = world.app.articles.current().hidden
  if (!goes) throw new Error('it is still shown')
  const [status] = (await articleStatuses(world.app.digests, [goes.article])).get(goes.article.id) ?? []
  expect(status).toMatchObject({ digest: 'weekly', state: 'issued', issue: 1 })
})

test('a held issue whose article goes stays held, as one with a withdrawn article does', async () => {
  const publication = publicationYaml.replace('allowed_lateness: 6h }', 'allowed_lateness: 6h, hold: 2d }')
  await using world = await startWorld({
    articles: { 'goes.md': file('Goes', 'expires: 2026-11-22'), 'stays.md': file('Stays', 'lang: en') },
    publication,
    now: '2026-11-21T09:00:00Z',
  })
  const { runDue } = await import('../../../src/digests/schedule/run-due.ts')
  await runDue(world.app.digests)
  await waitFor(world, '2026-11-22T00:00:00Z')
  world.clock.set('2026-11-24T12:00:00Z')
  await continueIssues(world.app.digests)
  const { listIssuesIn } = await import('../../../src/digests/issue/issue-store.ts')
  const [held] = await listIssuesIn(world.app.database, 'held')
  expect(held && (await findIssue(world.app.digests, held.id))?.issue.hold?.reason).toBe('it contains articles that were withdrawn: Goes')
})
