import { expect, test } from 'vitest'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import { Sql, sql } from '../../../src/platform/database/sql.ts'
import { articleText } from '../../support/content.ts'
import { signUp } from '../../support/sign-up.ts'
import { becomeReader, type World } from '../../support/world.ts'
import { startSite } from './visitor.ts'

const origin = 'https://tide.example.org'

/** All that a reader's link could change. */
async function stateOf({ app }: World): Promise<string> {
  const tables = ['subscribers', 'subscriptions', 'consents', 'sign_ups', 'suppressions', 'deliveries', 'mailings']
  const rows = await Promise.all(tables.map((name) => app.database.all(new Sql([`SELECT * FROM ${name} ORDER BY 1`], []))))
  return JSON.stringify(rows)
}

test.each(['sqlite', 'postgres'] as const)(
  'scanners that follow links in real mail change nothing for the reader, on %s',
  async (engine) => {
    await using site = await startSite({ engine, articles: { 'tides.md': articleText({ title: 'Tides' }) } })
    const { world } = site
    await becomeReader(world, 'mara@example.org', ['weekly', 'coast-daily'])
    await signUp(world.app.subscribers, {
      email: 'ada@example.org',
      digests: ['weekly'],
      topics: [],
      name: '',
      source: 'form',
      wording: 'Yes',
    })
    const weekly = world.app.publication.current().digests.get('weekly')
    if (!weekly) throw new Error('there is no weekly')
    await createIssue(world.app.digests, weekly, {})
    await runDue(world.app.digests)
    await world.app.sender.drain()

    const found = new Set<string>()
    for (const { source, mail } of world.receiver.received) {
      for (const text of [source, mail.text ?? '', mail.html || '']) {
        for (const [url] of text.matchAll(/https:\/\/tide\.example\.org\/[^\s"'<>)]*/g)) found.add(url.replaceAll('&amp;', '&'))
      }
    }
    const kinds = ['/confirm/', '/unsubscribe/', '/preferences/', '/issues/']
    for (const kind of kinds)
      expect(
        [...found].some((url) => url.includes(kind)),
        kind,
      ).toBe(true)

    const before = await stateOf(world)
    const visited = new Set<string>()
    const scans: RequestInit[] = [
      { method: 'GET' },
      { method: 'HEAD' },
      { method: 'GET', headers: { Purpose: 'prefetch', 'Sec-Purpose': 'prefetch;prerender' } },
      { method: 'GET', headers: { 'User-Agent': 'Mozilla/5.0 (compatible; LinkScanner/1.0)', Referer: 'https://mail.example/' } },
      { method: 'OPTIONS' },
    ]
    // It follows every link of every page it is shown, and submits no form.
    const queue = [...found]
    for (let url = queue.shift(); url !== undefined && visited.size < 120; url = queue.shift()) {
      if (visited.has(url)) continue
      visited.add(url)
      for (const scan of scans) {
        const seen = await site.send(url.slice(origin.length), scan)
        if (scan.method !== 'GET') continue
        for (const [, link = ''] of seen.body.matchAll(/(?:href|action|src)="([^"#]+)"/g)) {
          const next = new URL(link.replaceAll('&amp;', '&'), url)
          if (next.origin === origin && !next.pathname.startsWith('/assets/')) queue.push(next.href)
        }
      }
    }
    expect(visited.size).toBeGreaterThan(10)
    expect(await stateOf(world)).toBe(before)
  },
)

test('a form on another site may ask for a subscription, and for nothing that changes one', async () => {
  await using site = await startSite({})
  const { world } = site
  await becomeReader(world, 'mara@example.org', ['weekly'])
  const [row] = await world.app.database.all<{ id: string }>(sql`SELECT id FROM subscribers`)
  const link = `/preferences/${world.app.subscribers.tokens.make('preferences', row?.id ?? '')}`
  const elsewhere = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }
  const before = await stateOf(world)
  expect((await site.post(link, [['do', 'leave']], elsewhere)).status).toBe(403)
  expect(await stateOf(world)).toBe(before)
  expect(
    (
      await site.post(
        '/subscribe',
        [
          ['email', 'ada@example.org'],
          ['digests', 'weekly'],
        ],
        elsewhere,
      )
    ).status,
  ).toBe(200)
})
