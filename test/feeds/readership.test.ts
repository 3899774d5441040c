import { expect, test } from 'vitest'
import { readClaim } from '../../src/feeds/claims.ts'
import { maxRows, maxSources } from '../../src/feeds/daily-claims.ts'
import { parseFeedAddress } from '../../src/feeds/feed-address.ts'
import { feedMigrations } from '../../src/feeds/migrations.ts'
import { openReadership } from '../../src/feeds/readership.ts'
import { pruneFeeds } from '../../src/feeds/retention.ts'
import { sql } from '../../src/platform/database/sql.ts'
import type { Publication } from '../../src/publication/publication.ts'
import { feedPath } from '../../src/publication/urls.ts'
import { articleText } from '../support/content.ts'
import { onEachDatabase } from '../support/databases.ts'
import { drivenClock } from '../support/driven-clock.ts'
import { quietLog } from '../support/quiet.ts'
import { openFeedsWorld } from './feeds-world.ts'

test.each([
  ['Feedly/1.0 (+http://www.feedly.com/fetcher.html; 12 subscribers; like FeedFetcher-Google)', 'feedly', '', 12],
  ['Mozilla/5.0 (compatible; inoreader.com; 1 subscriber)', 'inoreader', '', 1],
  ['Inoreader/1.0 (+http://www.inoreader.com/feed-fetcher; 2,041 subscribers; )', 'inoreader', '', 2041],
  ['Feedbin feed-id:1373711 - 142 subscribers', 'feedbin', '1373711', 142],
  ['NewsBlur Feed Fetcher - 3 subscribers - http://www.newsblur.com/site/5463/the-tide (Mac OS X)', 'newsblur', '5463', 3],
  ['Mozilla/5.0 (compatible; theoldreader.com; 7 subscribers; feed-id=5bc80a)', 'theoldreader', '5bc80a', 7],
  ['BazQux/2.4 (+https://bazqux.com/fetcher; 5 readers)', 'bazqux', '', 5],
])('%s is a claim', (userAgent, fetcher, source, readers) => {
  expect(readClaim(userAgent)).toEqual({ fetcher, source, readers })
})

test.each([
  ['a browser', 'Mozilla/5.0 (X11; Linux x86_64) Firefox/143.0'],
  ['a fetcher that does not say', 'Feedly/1.0 (+http://www.feedly.com/fetcher.html)'],
  ['an unknown fetcher', 'TotallyReal/1.0 (500 subscribers)'],
  ['an absurd number', 'Feedly/1.0 (1000000 subscribers)'],
  ['a number without end', `Feedly/1.0 (${'9'.repeat(400)} subscribers)`],
  ['a header without end', `Feedly/1.0 (5 subscribers) ${'x'.repeat(100_000)}`],
  ['nothing', ''],
])('%s is no claim', (_, userAgent) => {
  expect(readClaim(userAgent)).toBeUndefined()
})

const feedAt = (target: string) => {
  const address = parseFeedAddress(target)
  if (!address || address.archive) return undefined
  return feedPath(address)
}

onEachDatabase('readers by feed', feedMigrations, (open) => {
  const feedly = (readers: number) => `Feedly/1.0 (+http://www.feedly.com/fetcher.html; ${readers} subscribers)`
  const feedbin = (id: string, readers: number) => `Feedbin feed-id:${id} - ${readers} subscribers`

  test('the latest claim for each fetcher, feed and source counts, and they add up by feed and fetcher', async () => {
    await using world = await open()
    const clock = drivenClock('2026-11-23T08:00:00Z')
    const readership = openReadership({ database: world.database, clock, log: quietLog, feedAt })
    readership.note('/feed.xml', feedly(10))
    readership.note('/feed.xml', feedly(12))
    readership.note('/feed.xml', feedbin('1', 5))
    readership.note('/feed.xml', feedbin('2', 6))
    readership.note('/topics/coast/feed.xml', feedly(3))
    readership.note('/feed.xml?topics=craft,coast', feedly(4))
    readership.note('/feed.xml?topics=coast,craft', feedly(4))
    readership.note('/feed/archive/2026-10.xml', feedly(99))
    readership.note('/nothing', feedly(99))
    readership.note('/feed.xml', undefined)
    const claimed = await readership.claimed()
    await readership.close()
    expect(claimed.map(({ feed, fetcher, readers }) => `${feed} ${fetcher} ${readers}`).sort()).toEqual([
      '/feed.xml feedbin 11',
      '/feed.xml feedly 12',
      '/feed.xml?topics=coast,craft feedly 4',
      '/topics/coast/feed.xml feedly 3',
    ])
  })

  test('claims are stored by day, survive a restart, and count for two days', async () => {
    await using world = await open()
    const clock = drivenClock('2026-11-23T23:59:00Z')
    const first = openReadership({ database: world.database, clock, log: quietLog, feedAt })
    first.note('/feed.xml', feedly(10))
    await first.close()
    clock.set('2026-11-24T00:01:00Z')
    const second = openReadership({ database: world.database, clock, log: quietLog, feedAt })
    expect(await second.claimed()).toEqual([{ feed: '/feed.xml', fetcher: 'feedly', readers: 10 }])
    second.note('/feed.xml', feedly(11))
    expect(await second.claimed()).toEqual([{ feed: '/feed.xml', fetcher: 'feedly', readers: 11 }])
    clock.set('2026-11-26T00:01:00Z')
    expect(await second.claimed()).toEqual([])
    await second.close()
    expect(await world.database.all(sql`SELECT day, readers FROM feed_claims ORDER BY day`)).toEqual([
      { day: '2026-11-23', readers: 10 },
      { day: '2026-11-24', readers: 11 },
    ])
  })

  test('a script that invents feed ids is limited to twenty', async () => {
    await using world = await open()
    const readership = openReadership({ database: world.database, clock: drivenClock('2026-11-23T08:00:00Z'), log: quietLog, feedAt })
    for (let id = 0; id < 3_000; id++) readership.note('/feed.xml', feedbin(String(id), 100))
    expect(await readership.claimed()).toEqual([{ feed: '/feed.xml', fetcher: 'feedbin', readers: 2_000 }])
    await readership.close()
  })

  test('a day has a limit of rows and pairs, also over restarts, and what is told has one too', async () => {
    await using world = await open()
    const clock = drivenClock('2026-11-23T08:00:00Z')
    const stored = () => world.database.get(sql`SELECT count(*) AS n FROM feed_claims`)
    for (const start of [0, 1, 2]) {
      const readership = openReadership({ database: world.database, clock, log: quietLog, feedAt })
      readership.note('/feed.xml', feedly(1_000))
      for (let n = 0; n < 2_500; n++)
        for (let id = 0; id < maxSources; id++) readership.note(`/feed.xml?topics=a,b${start}-${n}`, feedbin(String(id), 1))
      const claimed = await readership.claimed()
      expect(claimed.length).toBeLessThanOrEqual(502)
      expect(claimed[0]).toEqual({ feed: '/feed.xml', fetcher: 'feedly', readers: 1_000 })
      expect(await stored()).toEqual({ n: maxRows })
      await readership.close()
    }
  })

  test('claims past their retention are deleted, a day at a time', async () => {
    await using world = await open()
    const clock = drivenClock('2026-11-23T08:00:00Z')
    const readership = openReadership({ database: world.database, clock, log: quietLog, feedAt })
    for (const day of ['2026-11-20', '2026-11-21', '2026-11-22', '2026-11-23']) {
      clock.set(`${day}T08:00:00Z`)
      readership.note('/feed.xml', feedly(1))
      await readership.claimed()
    }
    await readership.close()
    const publication = () => ({ retention: { feedClaimsMs: 86_400_000 } }) as Publication
    await pruneFeeds({ database: world.database, publication }, clock.now(), new AbortController().signal)
    const rows = await world.database.all(sql`SELECT day FROM feed_claims ORDER BY day`)
    expect(rows).toEqual([{ day: '2026-11-22' }, { day: '2026-11-23' }])
  })
})

test('a claim is stored under the address that answered, not the one that was requested', async () => {
  await using world = await openFeedsWorld({ 'tides.md': articleText({ topics: ['coast', 'craft'] }) })
  const { feeds } = world
  expect(feeds.liveFeedAt(`/feed.xml?topics=coast,${'x'.repeat(16_000)}&y=${'z'.repeat(1_000)}`)).toBe('/topics/coast/feed.xml')
  expect(feeds.liveFeedAt('/feed.xml?topics=craft,unknown,coast')).toBe('/feed.xml?topics=coast,craft')
  expect(feeds.liveFeedAt('/feed.xml?anything')).toBe('/feed.xml')
  expect(feeds.liveFeedAt('/topics/unknown/feed.xml')).toBeUndefined()
  expect(feeds.liveFeedAt('/feed/archive/2026-10.xml')).toBeUndefined()
})
