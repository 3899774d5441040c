import { expect, test } from 'vitest'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { countFollowed, followedIn } from '../../../src/digests/link-counts/link-counts.ts'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import { articleText, publicationYaml } from '../../support/content.ts'
import { becomeReader, issuesTo } from '../../support/world.ts'
import { type Site, startSite } from './visitor.ts'

const person = { 'User-Agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/140.0' }
const articles = Object.fromEntries(
  ['Tides', 'Knots', 'Gulls'].map((title) => [
    `${title}.md`,
    articleText({ title, extra: `cta_url: "https://walks.example.org/${title}?a=1&b=2"\ncta_label: Walk\n` }),
  ]),
)

async function startMeasured(
  measure: string,
  engine: 'sqlite' | 'postgres' = 'sqlite',
): Promise<Site & { issueId: string; html: string; text: string }> {
  const site = await startSite({ engine, articles, publication: `${publicationYaml}\n${measure}` })
  const { world } = site
  await becomeReader(world, 'mara@example.org', ['weekly'])
  const weekly = world.app.publication.current().digests.get('weekly')
  if (!weekly) throw new Error('there is no weekly')
  const created = await createIssue(world.app.digests, weekly, {})
  if (created.status !== 'created') throw new Error(created.status)
  await runDue(world.app.digests)
  await world.app.sender.drain()
  const [got] = issuesTo(world, 'mara@example.org')
  return { ...site, issueId: created.issue.id, html: got?.mail.html || '', text: got?.mail.text ?? '' }
}

function idsIn(html: string): string[] {
  return [...new Set([...html.matchAll(/\/go\/([\w-]{22})"/g)].map(([, id = '']) => id))]
}

test('nothing is measured by default', async () => {
  await using site = await startMeasured('')
  expect(site.html).not.toContain('/go/')
  expect(site.html).toContain('href="https://walks.example.org/Tides?a=1&amp;b=2"')
  expect((await site.get('/privacy')).words).toContain('We do not see which links you follow')
})

test('a measured link redirects to its target, and each follower counts once', async () => {
  await using site = await startMeasured('measure: { clicks: true }')
  const { world, issueId, html, text } = site
  expect(html).not.toContain('walks.example.org')
  expect(text).toMatch(/Walk: https:\/\/tide\.example\.org\/go\/[\w-]{22}\n/)
  // No picture that tells who opened it, unless that is asked for as well.
  expect(html).not.toContain('.gif')
  const leads = new Map<string, string>()
  for (const id of idsIn(html)) {
    // A scanner sends HEAD, which does not count.
    const led = await site.send(`/go/${id}`, { method: 'HEAD', headers: person })
    expect([led.status, led.headers.get('Cache-Control'), led.headers.get('Set-Cookie')]).toEqual([302, 'no-store', null])
    leads.set(led.headers.get('Location') ?? '', id)
  }
  expect([...leads.keys()].sort()).toEqual(
    ['Gulls', 'Knots', 'Tides']
      .flatMap((name) => [`https://tide.example.org/articles/${name}`, `https://walks.example.org/${name}?a=1&b=2`])
      .sort(),
  )
  world.clock.advance(10_000)
  const id = leads.get('https://walks.example.org/Tides?a=1&b=2')
  for (let times = 0; times < 3; times++) await site.get(`/go/${id}`, person)
  world.clock.advance(10_000)
  await world.app.followed.stop()
  const followed = await followedIn(world.app.digests, issueId)
  expect(followed.filter((one) => one.count > 0)).toEqual([
    { kind: 'call_to_action', url: 'https://walks.example.org/Tides?a=1&b=2', count: 1 },
  ])
})

test('scanners are not counted: by name, by prefetch, or by following every link', async () => {
  await using site = await startMeasured('measure: { clicks: true }')
  const { world, issueId, html } = site
  const ids = idsIn(html)
  for (const headers of [
    { 'User-Agent': 'Barracuda Sentinel (EE)' },
    { 'User-Agent': 'python-requests/2.32' },
    { 'User-Agent': '' },
    { ...person, 'Sec-Purpose': 'prefetch' },
  ]) {
    await site.get(`/go/${ids[0]}`, headers)
  }
  const pass = () => world.clock.advance(10_000)
  // A browser's name, and every link of the issue, one after the other.
  for (const id of ids) {
    await site.get(`/go/${id}`, person)
    world.clock.advance(1_000)
  }
  pass()
  // Two links within a second.
  for (const id of ids.slice(0, 2)) await site.get(`/go/${id}`, person)
  pass()
  // Sends HEAD before GET.
  await site.send(`/go/${ids[0]}`, { method: 'HEAD', headers: person })
  await site.get(`/go/${ids[0]}`, person)
  await world.app.followed.stop()
  expect((await followedIn(world.app.digests, issueId)).filter((one) => one.count > 0)).toEqual([])
})

test('a person may follow a second link; after turning measuring off, links redirect but do not count', async () => {
  await using site = await startMeasured('measure: { clicks: true }', 'postgres')
  const { world, issueId, html } = site
  const ids = idsIn(html)
  const counted = async () => (await followedIn(world.app.digests, issueId)).filter((one) => one.count > 0).length
  for (const id of ids.slice(0, 2)) {
    await site.get(`/go/${id}`, person)
    world.clock.advance(2_000)
  }
  await world.app.followed.stop()
  expect(await counted()).toBe(2)
  expect((await countFollowed(world.app.digests)).reduce((sum, { count }) => sum + count, 0)).toBe(2)
  const changed = new Promise<void>((resolve) => world.app.publication.onChange(async () => resolve()))
  await world.app.publication.watch()
  await world.content.write('publication.yaml', publicationYaml)
  await changed
  expect((await site.get(`/go/${ids[2]}`, person)).status).toBe(302)
  await world.app.followed.stop()
  expect(await counted()).toBe(2)
})

test('the target of a link comes from the issue, never from the request', async () => {
  await using site = await startMeasured('measure: { clicks: true }')
  const [id = ''] = idsIn(site.html)
  for (const path of ['/go/https://evil.example', '/go/x', `/go/${'a'.repeat(22)}`, `/go/${id}x`, `/go/${id}.gif`, '/go/toString']) {
    const answer = await site.get(path, person)
    expect([path, answer.status, answer.headers.get('Location')]).toEqual([path, 404, null])
  }
  const led = await site.get(`/go/${id}?url=https://evil.example`, person)
  expect(led.headers.get('Location')).not.toContain('evil')
})

test('links of an issue on the site are direct and not counted', async () => {
  await using site = await startMeasured('measure: { clicks: true, opens: true }')
  const page = await site.get(`/issues/${site.issueId}/message`)
  expect(page.body).not.toContain('/go/')
  expect(page.body).toContain('href="https://walks.example.org/Tides?a=1&amp;b=2"')
})

test('openings are counted only if turned on, by a picture', async () => {
  await using site = await startMeasured('measure: { opens: true }')
  const { world, issueId, html } = site
  expect(html).toContain('href="https://walks.example.org/Tides?a=1&amp;b=2"')
  const [, path = ''] = /src="https:\/\/tide\.example\.org(\/go\/[\w-]{22}\.gif)"/.exec(html) ?? []
  const shown = await site.get(path, person)
  expect([shown.status, shown.headers.get('Content-Type')]).toEqual([200, 'image/gif'])
  await world.app.followed.stop()
  expect(await followedIn(world.app.digests, issueId)).toEqual([{ kind: 'open', url: '', count: 1 }])
  expect((await site.get('/privacy')).words).toContain('how often it was opened')
})
