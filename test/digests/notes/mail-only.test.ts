import { expect, test } from 'vitest'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import { articleText, publicationYaml } from '../../support/content.ts'
import { becomeReader, issuesTo, type World } from '../../support/world.ts'
import { startSite } from '../../web/site/visitor.ts'

const secret = {
  'plain.md': articleText({ title: 'Plain', date: '2026-11-11' }),
  'told.md': articleText({
    title: 'Whispered',
    date: '2026-11-12',
    extra: 'mail: only\n',
    topics: ['coast'],
    body: 'First.\n\n## A heading\n\nOnly *readers* see this.',
  }).replace(/author: .*/, "author: 'Quiet Writer'"),
  'led.md': articleText({ title: 'Elsewhere', date: '2026-11-12', extra: 'mail: only\ncta_url: https://elsewhere.example.org/story\n' }),
}

async function sendWeekly(world: World): Promise<string> {
  const definition = world.app.publication.current().digests.get('weekly')
  if (!definition) throw new Error('there is no weekly')
  const created = await createIssue(world.app.digests, definition, {})
  if (created.status !== 'created') throw new Error(created.status)
  await runDue(world.app.digests)
  await world.app.sender.drain()
  await runDue(world.app.digests)
  return created.issue.id
}

test('an article with mail: only is in its issue, and in no page, list, feed or sitemap', async () => {
  await using site = await startSite({ articles: secret })
  const { world } = site
  await becomeReader(world, 'ann@example.net', ['weekly'])
  const id = await sendWeekly(world)
  const mail = issuesTo(world, 'ann@example.net')[0]?.mail
  const html = String(mail?.html)
  expect(html).toContain('Only <em>readers</em> see this.')
  expect(html).toContain(`https://tide.example.org/issues/${id}#told`)
  expect(html).toContain('https://elsewhere.example.org/story')
  expect(html).not.toContain('/articles/told')
  expect(html).not.toContain('/articles/led')
  expect(mail?.text).toContain('Only readers see this.')

  const addresses = [
    '/',
    '/sitemap.xml',
    '/issues',
    '/issues/feed.xml',
    '/issues/atom.xml',
    '/issues/feed.json',
    '/articles/plain',
    '/subscribe',
    '/topics/coast',
    '/authors/ruth-addlestone',
    '/privacy',
  ]
  for (const address of addresses) expect((await site.get(address)).body, address).not.toMatch(/Whispered|Elsewhere|Quiet Writer/)
  expect((await site.get('/articles/told')).status).toBe(404)
  expect((await site.get('/authors/quiet-writer')).status).toBe(404)
  const page = await site.get(`/issues/${id}`)
  expect(page.headers.get('x-robots-tag')).toBe('noindex')
  expect(page.body).toContain('<meta name="robots" content="noindex">')
  expect(page.body).toContain('id="told"')
  expect(page.body).toContain('Only <em>readers</em> see this.')
})

test('archive: false keeps issues out of lists and feeds, and their web view at its address', async () => {
  const publication = publicationYaml.replace('allowed_lateness: 6h }', 'allowed_lateness: 6h, archive: false }')
  await using site = await startSite({ articles: { 'plain.md': secret['plain.md'] }, publication })
  const { world } = site
  await becomeReader(world, 'ann@example.net', ['weekly'])
  const id = await sendWeekly(world)
  for (const address of ['/issues', '/issues/feed.xml']) expect((await site.get(address)).body, address).not.toContain('Plain')
  const page = await site.get(`/issues/${id}`)
  expect([page.status, page.headers.get('x-robots-tag')]).toEqual([200, 'noindex'])
  expect((await site.get('/sitemap.xml')).body).toContain('/issues</loc>')
})

test.each([
  ['cards', true, false],
  ['headlines', false, false],
  ['full', false, true],
])('layout: %s', async (layout, hasDescription, hasText) => {
  const publication = publicationYaml.replace('allowed_lateness: 6h }', `allowed_lateness: 6h, layout: ${layout} }`)
  const articles = {
    'one.md': articleText({ title: 'One', body: 'The whole text.' }),
    'two.md': articleText({ title: 'Two', body: 'More text.' }),
  }
  await using site = await startSite({ articles, publication })
  await becomeReader(site.world, 'ann@example.net', ['weekly'])
  await sendWeekly(site.world)
  const html = String(issuesTo(site.world, 'ann@example.net')[0]?.mail.html).replace(/<div class="unsaid"[\s\S]*?<\/div>/, '')
  expect(html).toContain('Two')
  expect(html.includes('An account of Two')).toBe(hasDescription)
  expect(html.includes('More text.')).toBe(hasText)
  expect(html.includes('<img')).toBe(layout !== 'headlines')
})
