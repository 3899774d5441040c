import { expect, test } from 'vitest'
import { previewInFull } from '../../../src/digests/edition/preview.ts'
import { articleStatuses, articleStatusesWithNotes } from '../../../src/digests/issue/article-status.ts'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { listIssuesIn, readLastIssue } from '../../../src/digests/issue/issue-store.ts'
import { whyForReader } from '../../../src/digests/issue/why.ts'
import { lintNotes } from '../../../src/digests/notes/lint-notes.ts'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import { articleText } from '../../support/content.ts'
import { becomeReader, issuesTo, startWorld, type World } from '../../support/world.ts'

const engines = ['sqlite', 'postgres'] as const
const templates = 'templates'

const articles = {
  'ebb.md': articleText({ title: 'Ebb', date: '2026-11-12' }),
  'flood.md': articleText({ title: 'Flood', date: '2026-11-13' }),
  'slack.md': articleText({ title: 'Slack', date: '2026-11-14' }),
}

const next = `---
subject: A word from the quay
preheader: What the week brought
lead: ebb
postpone: [slack]
cta: Come and see us
cta_url: https://tide.example.org/visit
---

Dear all, the **harbour** is open: [the quay](/subscribe).

<!-- articles -->

Until next week, *Ruth*
`

function weeklyOf(world: World) {
  const definition = world.app.publication.current().digests.get('weekly')
  if (!definition) throw new Error('there is no weekly')
  return definition
}

async function create(world: World, occasion: Parameters<typeof createIssue>[2] = {}) {
  const created = await createIssue(world.app.digests, weeklyOf(world), occasion)
  if (created.status !== 'created') throw new Error(JSON.stringify(created))
  return created.issue
}

async function send(world: World): Promise<void> {
  await runDue(world.app.digests)
  await world.app.sender.drain()
  await runDue(world.app.digests)
}

const titles = (issue: { content: { articles: readonly { values: { title: string } }[] } }) =>
  issue.content.articles.map(({ values }) => values.title)

/** Adds an article, and waits until it is published. */
async function publish(world: World, name: string, text: string): Promise<void> {
  await world.content.write(`articles/${name}`, text)
  await world.app.articles.lookAgain()
}

test('the words of next.md stand above and below the articles, in its order', async () => {
  await using world = await startWorld({ articles, files: { 'issues/weekly/next.md': next } })
  await becomeReader(world, 'ann@example.net', ['weekly'])
  const issue = await create(world)
  expect(issue.subject).toBe('A word from the quay')
  expect(titles(issue)).toEqual(['Ebb', 'Flood'])
  await send(world)
  const [mail] = issuesTo(world, 'ann@example.net')
  expect(mail?.mail.subject).toBe('A word from the quay')
  const text = mail?.mail.text ?? ''
  const places = ['Dear all, the harbour is open', 'Ebb', 'Flood', 'Until next week', 'Come and see us'].map((words) => text.indexOf(words))
  expect(places).toEqual([...places].sort((one, other) => one - other))
  expect(places).not.toContain(-1)
  const html = String(mail?.mail.html)
  expect(html).toContain('What the week brought')
  expect(html).toContain('<strong>harbour</strong>')
  expect(html).toContain('href="https://tide.example.org/subscribe"')
  expect(html).toContain('href="https://tide.example.org/visit"')
})

test.each(engines)('next.md is used once, and a postponed article comes next time (%s)', async (engine) => {
  await using world = await startWorld({ engine, articles, files: { 'issues/weekly/next.md': next } })
  await create(world)
  const second = await create(world)
  expect(titles(second)).toEqual(['Slack'])
  expect(second.subject).toBe('The week: Slack')
  expect(second.content.note).toBeUndefined()
  // The same words under another byte order, line end or name are the same note.
  await publish(world, 'neap.md', articleText({ title: 'Neap', date: '2026-11-15' }))
  await world.content.write('issues/weekly/next.md', `\uFEFF${next.replaceAll('\n', '\r\n')}\r\n\r\n`)
  expect((await create(world)).content.note).toBeUndefined()
  await publish(world, 'spring.md', articleText({ title: 'Spring', date: '2026-11-16' }))
  await world.content.write('issues/weekly/next.md', next.replace('Dear all', 'Dear readers'))
  expect((await create(world)).content.note?.words.above).toContain('Dear readers')
})

test.each(engines)('of two processes at once, one issue gets the note (%s)', async (engine) => {
  await using world = await startWorld({ engine, articles, files: { 'issues/weekly/next.md': 'Hello from the quay.' } })
  const definition = weeklyOf(world)
  const outcomes = await Promise.all(
    ['ebb', 'flood', 'slack'].map((slug) => createIssue(world.app.digests, definition, { articles: [slug] })),
  )
  const notes = outcomes.map((one) => (one.status === 'created' ? one.issue.content.note?.words.above : one.status))
  expect(notes.filter((note) => note?.includes('Hello from the quay'))).toHaveLength(1)
  expect(notes.filter((note) => note === undefined)).toHaveLength(2)
})

test('a note by number comes before one by day, and that before next.md', async () => {
  const files = {
    'issues/weekly/no-1.md': 'By number.',
    'issues/weekly/2026-11-20.md': 'By day.',
    'issues/weekly/next.md': 'For the next.',
  }
  await using world = await startWorld({ articles, files })
  const above = async (slug: string) => (await create(world, { articles: [slug] })).content.note?.words.above
  expect([await above('ebb'), await above('flood'), await above('slack')]).toEqual([
    '<p>By number.</p>',
    '<p>By day.</p>',
    '<p>For the next.</p>',
  ])
})

test('a note by day is used whatever it says, on the day of the slot in the zone of the publication', async () => {
  const files = { 'issues/weekly/2026-11-23.md': 'The same words.', 'issues/weekly/2026-11-30.md': 'The same words.' }
  await using world = await startWorld({ articles, files })
  world.clock.set('2026-11-23T08:01:00Z')
  await runDue(world.app.digests)
  expect((await readLastIssue(world.app.database, 'weekly'))?.content.note?.file).toBe('issues/weekly/2026-11-23.md')
  await publish(world, 'neap.md', articleText({ title: 'Neap', date: '2026-11-15' }))
  world.clock.set('2026-11-30T08:01:00Z')
  await runDue(world.app.digests)
  expect(await readLastIssue(world.app.database, 'weekly')).toMatchObject({
    number: 2,
    content: { note: { file: 'issues/weekly/2026-11-30.md' } },
  })
})

test('a note alone makes an issue only where it says so, and every reader gets it', async () => {
  await using world = await startWorld({ articles: {}, files: { 'issues/weekly/next.md': 'Only words.' } })
  await becomeReader(world, 'ann@example.net', ['weekly'], ['craft'])
  expect(await createIssue(world.app.digests, weeklyOf(world), {})).toMatchObject({ status: 'nothing_new' })
  await world.content.write('issues/weekly/next.md', '---\nsend_without_articles: true\n---\nOnly words.')
  const issue = await create(world)
  expect(issue.subject).toBe('The week')
  await send(world)
  expect(issuesTo(world, 'ann@example.net')[0]?.mail.text).toContain('Only words.')
  expect(await createIssue(world.app.digests, weeklyOf(world), {})).toMatchObject({ status: 'nothing_new' })
})

test('a slot whose note has an error holds its issue, and says file and line', async () => {
  await using world = await startWorld({
    articles,
    files: { 'issues/weekly/next.md': '---\nsubject: Hello\npostpone: [slakc]\n---\nDear all' },
  })
  world.clock.set('2026-11-23T08:01:00Z')
  await runDue(world.app.digests)
  const [held] = await listIssuesIn(world.app.database, 'held')
  expect(held?.hold?.reason).toBe(
    'its note has an error, so it has no note: issues/weekly/next.md:3: postpone names no article: slakc. Write its slug or file',
  )
  expect(await createIssue(world.app.digests, weeklyOf(world), { articles: ['ebb'] })).toMatchObject({ status: 'refused' })
})

test('an article that a note excludes never comes, and the ledger names the note', async () => {
  await using world = await startWorld({
    articles,
    files: { 'issues/weekly/next.md': '---\nexclude: slack\npostpone: articles/flood.md\n---\n' },
  })
  expect(titles(await create(world))).toEqual(['Ebb'])
  const statuses = await articleStatuses(world.app.digests, world.app.articles.current().articles)
  const reasons = world.app.articles
    .current()
    .articles.map(({ id, slug }) => [slug, statuses.get(id)?.find(({ digest }) => digest === 'weekly')?.reason])
  expect(Object.fromEntries(reasons)).toEqual({
    ebb: undefined,
    flood: 'postponed by the note of No. 1, issues/weekly/next.md',
    slack: 'excluded by the note of No. 1',
  })
  expect(titles(await create(world))).toEqual(['Flood'])
})

test('why names the note that moves an article in the next issue, and the one that moved it', async () => {
  const files = { 'issues/weekly/next.md': '---\nlead: ebb\nexclude: slack\npostpone: flood\n---\nHello' }
  await using world = await startWorld({ articles, files })
  await becomeReader(world, 'ann@example.net', ['weekly'])
  const { digests } = world.app
  const weekly = async (slug: string) => {
    const article = world.app.articles.current().bySlug.get(slug)
    if (!article) throw new Error(`there is no ${slug}`)
    const reader = (await whyForReader(digests, article, 'ann@example.net'))[0]
    const status = (await articleStatusesWithNotes(digests, article))[0]
    return [status?.state, status?.reason, reader?.reader]
  }
  const next = 'by the note of the next issue, No. 1, issues/weekly/next.md'
  const not = 'not with the next issue: its note postpones or excludes the article'
  expect(await weekly('ebb')).toEqual(['pending', `put first ${next}`, 'would get it with the next issue'])
  expect(await weekly('flood')).toEqual(['pending', `postponed ${next}`, not])
  expect(await weekly('slack')).toEqual(['pending', `excluded ${next}`, not])
  await create(world)
  expect((await weekly('ebb')).slice(0, 2)).toEqual(['issued', 'put first by its note, issues/weekly/next.md'])
  expect((await weekly('flood')).slice(0, 2)).toEqual(['pending', 'postponed by the note of No. 1, issues/weekly/next.md'])
  expect((await weekly('slack')).slice(0, 2)).toEqual(['excluded', 'excluded by the note of No. 1'])
})

test('the same note makes the same mail from a file and from a call', async () => {
  await using ofFile = await startWorld({ articles, files: { 'issues/weekly/next.md': next } })
  await using ofCall = await startWorld({ articles })
  const preview = (world: World, note?: string) => previewInFull(world.app.digests, weeklyOf(world), templates, { note })
  const [one, other] = [await preview(ofFile), await preview(ofCall, next)]
  expect(one?.html).toContain('harbour')
  // Reader tokens are keyed by the secret of each world.
  const bare = (text: string | undefined) => text?.replace(/(unsubscribe|preferences)\/[\w-]+/g, '$1')
  expect(bare(other?.html)).toBe(bare(one?.html))
  expect(bare(other?.text)).toBe(bare(one?.text))
  expect(other?.subject).toBe(one?.subject)
  expect([one?.note?.source, one?.note?.file, other?.note?.source]).toEqual(['file', 'issues/weekly/next.md', 'call'])
})

test('preview says that next.md was used, and what to do', async () => {
  await using world = await startWorld({ articles, files: { 'issues/weekly/next.md': next } })
  await create(world)
  const preview = await previewInFull(world.app.digests, weeklyOf(world), templates)
  expect(preview?.note).toBeNull()
  expect(preview?.findings.map(({ reason }) => reason)).toContain('was used in No. 1: change it or name it by day')
})

test('a pinned article leads', async () => {
  const pinned = articleText({ title: 'Pinned', date: '2026-11-01', extra: 'pinned: true\n' })
  await using world = await startWorld({ articles: { ...articles, 'pinned.md': pinned } })
  expect(titles(await create(world))[0]).toBe('Pinned')
})

test('check names used notes, passed and slotless days, and names that no article has, by file and line', async () => {
  const files = {
    'issues/weekly/next.md': next,
    'issues/weekly/2026-11-16.md': 'Too late.',
    'issues/weekly/2026-11-25.md': 'A Wednesday.',
    'issues/weekly/2026-11-30.md': '---\nsubject: Hello\nexclude: [nothing-here]\n---\n',
  }
  await using world = await startWorld({ articles, files })
  await create(world)
  const { app } = world
  const findings = await lintNotes(app.publication.current(), app.articles.current(), world.clock.now(), app.database)
  const told = findings.map(({ file, line, severity, reason }) => `${file?.replace(/.*\//, '')}:${line} ${severity} ${reason}`)
  expect(told.toSorted()).toEqual([
    '2026-11-16.md:1 warning its day has passed, and no issue has used it',
    '2026-11-25.md:1 warning no slot of weekly is on 2026-11-25',
    '2026-11-30.md:3 error exclude names no article: nothing-here. Write its slug or file',
    'next.md:1 notice was used in No. 1: change it or name it by day',
  ])
})
