import { expect, test } from 'vitest'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { approveIssue } from '../../../src/digests/issue/issue-actions.ts'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import { joinSql, sql } from '../../../src/platform/database/sql.ts'
import { openBrowser } from '../../support/browser.ts'
import { articleText } from '../../support/content.ts'
import { becomeReader, startWorld, type World } from '../../support/world.ts'
import { startSite } from './visitor.ts'

const articles = {
  'tides.md': articleText({ title: 'Tides & <moons>', topics: ['coast'] }),
  'knots.md': articleText({ title: 'Knots', date: '2026-11-09', topics: ['craft'] }),
}

async function issue(world: World, digest = 'weekly'): Promise<string> {
  const definition = world.app.publication.current().digests.get(digest)
  if (!definition) throw new Error(`there is no ${digest}`)
  const created = await createIssue(world.app.digests, definition, {})
  if (created.status !== 'created') throw new Error(created.status)
  return created.issue.id
}

async function setState(world: World, state: string, issues: string[]): Promise<void> {
  const reason = state === 'paused' ? 'paused by the operator' : null
  await world.app.database.run(sql`UPDATE issues SET state = ${state}, pause_reason = ${reason} WHERE id IN (${joinSql(issues)})`)
}

async function send(world: World): Promise<void> {
  await runDue(world.app.digests)
  await world.app.sender.drain()
}

test('a sent issue is shown as it was, without a reader’s own values', async () => {
  await using site = await startSite({ articles })
  const { world } = site
  expect((await site.get('/issues')).words).toContain('No issue has been sent yet.')
  await becomeReader(world, 'mara@example.org', ['weekly'], ['coast'])
  const id = await issue(world)
  await send(world)
  await world.content.write('articles/tides.md', articleText({ title: 'Written anew', topics: ['coast'] }))
  await world.app.articles.reload(world.app.publication.current())

  const list = await site.get('/issues')
  expect(list.words).toContain('1 issue')
  expect(list.words).toContain('The week · No. 1 The week: Tides &amp; &lt;moons&gt; Knots 20 November 2026')
  const page = await site.get(`/issues/${id}`)
  expect(page.status).toBe(200)
  expect(page.words).toContain('The week No. 1')
  expect(page.body).toContain(
    `<iframe src="/issues/${id}/message" title="The issue as it was sent" sandbox="allow-popups allow-popups-to-escape-sandbox"`,
  )
  const message = await site.get(`/issues/${id}/message`)
  // The reader chose one topic of the two: the archive has both.
  expect(message.words).toContain('Tides &amp; &lt;moons&gt;')
  expect(message.words).toContain('Knots')
  expect(message.words).not.toContain('Written anew')
  expect(message.body).not.toMatch(/\/(?:unsubscribe|preferences)\//)
  expect(message.body).not.toMatch(/\p{Noncharacter_Code_Point}/u)
  expect(message.words).not.toMatch(/· ·|Unsubscribe/)
})

test('issues that are prepared, held or stopped before the first message are not public', async () => {
  await using site = await startSite({ articles })
  const { world } = site
  await becomeReader(world, 'mara@example.org', ['weekly', 'coast-daily'])
  const first = await issue(world)
  const other = await issue(world, 'coast-daily')
  for (const state of ['preparing', 'held', 'paused', 'cancelled']) {
    await setState(world, state, [first, other])
    expect((await site.get('/issues')).words, state).toContain('No issue has been sent yet.')
    expect((await site.get('/issues/atom.xml')).body, state).not.toContain('<entry>')
    for (const path of [`/issues/${first}`, `/issues/${first}/message`]) expect((await site.get(path)).status, `${state} ${path}`).toBe(404)
  }
  await setState(world, 'held', [first])
  await approveIssue(world.app.digests, first)
  await send(world)
  // Stopped after the first reader had it.
  for (const state of ['paused', 'cancelled', 'finished']) {
    await setState(world, state, [first])
    expect((await site.get(`/issues/${first}`)).status, state).toBe(200)
    expect((await site.get(`/issues/${other}`)).status, state).toBe(404)
  }
  expect((await site.get('/issues/nothing')).status).toBe(404)
  expect((await site.get('/issues?page=2')).status).toBe(404)
})

test('the archive has its own feed in three formats, which answers 304 if nothing is new', async () => {
  await using site = await startSite({ articles })
  const id = await issue(site.world)
  await send(site.world)
  const atom = await site.get('/issues/atom.xml')
  expect(atom.headers.get('Content-Type')).toContain('application/atom+xml')
  expect(atom.body).toContain('<title>The week: Tides &amp; &lt;moons&gt;</title>')
  expect(atom.body).toContain(`<id>urn:uuid:${id}</id>`)
  expect(atom.body).toContain(`https://tide.example.org/issues/${id}`)
  expect((await site.get('/issues/feed.xml')).body).toContain('<title>The Test Tide: issues</title>')
  const { items } = JSON.parse((await site.get('/issues/feed.json')).body) as { items: { url: string }[] }
  expect(items.map(({ url }) => url)).toEqual([`https://tide.example.org/issues/${id}`])
  const again = await site.get('/issues/atom.xml', { 'If-None-Match': atom.headers.get('ETag') ?? '' })
  expect(again.status).toBe(304)
  expect((await site.get('/issues')).body).toContain('type="application/atom+xml" title="The Test Tide: issues"')
})

test('the HTML of an article stays inside the sandbox', async () => {
  const hostile = `"><script>top.hit=1</script><img src=x onerror="top.hit=1"><form action="/subscribe"><a href="javascript:top.hit=1">x`
  await using site = await startSite({ articles: { 'bad.md': articleText({ title: hostile }) } })
  const id = await issue(site.world)
  await send(site.world)
  // Even markup that a template let through.
  const { database } = site.world.app
  const [edition] = await database.all<{ id: string; content: string }>(
    sql`SELECT id, content FROM editions ORDER BY length(content) DESC LIMIT 1`,
  )
  const content = JSON.parse(edition?.content ?? '{}')
  content.letter.html = content.letter.html.replace(
    '</body>',
    `<script>try{top.hit=1}catch(e){};document.title='ran'</script><form id="f" action="/subscribe" method="post"><button id="go">go</button></form><iframe src="/"></iframe></body>`,
  )
  await database.run(sql`UPDATE editions SET content = ${JSON.stringify(content)} WHERE id = ${edition?.id ?? ''}`)
  const message = await site.get(`/issues/${id}/message`)
  expect(message.headers.get('Content-Security-Policy')).toBe(
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
  )
  await using browser = await openBrowser()
  for (const path of [`/issues/${id}`, `/issues/${id}/message`]) {
    const page = await browser.open({ url: site.origin + path }, { width: 390 })
    const frame = page.frames().at(path.endsWith('message') ? 0 : 1)
    await frame?.evaluate('document.querySelector("#go").click()').catch(() => {})
    expect(await page.evaluate('window.hit')).toBeUndefined()
    expect(await frame?.evaluate('document.title')).not.toBe('ran')
    expect(await frame?.evaluate('origin')).toBe('null')
    expect(page.url()).toBe(site.origin + path)
    await page.context().close()
  }
})

test.each(['sqlite', 'postgres'] as const)('the archive pages through what went out, newest first, on %s', async (engine) => {
  await using world = await startWorld({ engine, articles })
  const { archivedIssue, pageOfArchive } = await import('../../../src/digests/issue/archive.ts')
  const context = world.app.digests
  const ids = [await issue(world)]
  world.clock.advance(60_000)
  ids.push(await issue(world, 'coast-daily'))
  expect(await pageOfArchive(context, { limit: 5, offset: 0 })).toEqual({ issues: [], of: 0 })
  await send(world)
  const page = await pageOfArchive(context, { limit: 1, offset: 1 })
  expect([page.of, page.issues.map(({ id }) => id)]).toEqual([2, [ids[0]]])
  expect((await archivedIssue(context, ids[1] ?? ''))?.digest).toBe('coast-daily')
})

test('an empty archive is dated by its digests, never 1970', async () => {
  await using site = await startSite({})
  for (const path of ['/issues/feed.xml', '/issues/atom.xml', '/issues/feed.json']) {
    const { status, body, headers } = await site.get(path)
    expect(status).toBe(200)
    expect(body, path).not.toContain('1970')
    expect(headers.get('Last-Modified'), path).toBe('Fri, 20 Nov 2026 09:00:00 GMT')
  }
  expect((await site.get('/issues/feed.xml')).body).toContain('<lastBuildDate>Fri, 20 Nov 2026 09:00:00 GMT</lastBuildDate>')
})
