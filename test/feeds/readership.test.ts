import { expect, test } from 'vitest'
import { readClaim } from '../../src/feeds/claims.ts'
import { feedMigrations } from '../../src/feeds/migrations.ts'
import { openReadership } from '../../src/feeds/readership.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { onEachDatabase } from '../support/databases.ts'
import { drivenClock } from '../support/driven-clock.ts'
import { quietLog } from '../support/quiet.ts'

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

onEachDatabase('readers by feed', feedMigrations, (open) => {
  const feedly = (readers: number) => `Feedly/1.0 (+http://www.feedly.com/fetcher.html; ${readers} subscribers)`
  const feedbin = (id: string, readers: number) => `Feedbin feed-id:${id} - ${readers} subscribers`

  test('the latest claim for each fetcher, feed and source counts, and they add up by feed and fetcher', async () => {
    await using world = await open()
    const clock = drivenClock('2026-11-23T08:00:00Z')
    const readership = openReadership({ database: world.database, clock, log: quietLog })
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
    const first = openReadership({ database: world.database, clock, log: quietLog })
    first.note('/feed.xml', feedly(10))
    await first.close()
    clock.set('2026-11-24T00:01:00Z')
    const second = openReadership({ database: world.database, clock, log: quietLog })
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
    const readership = openReadership({ database: world.database, clock: drivenClock('2026-11-23T08:00:00Z'), log: quietLog })
    for (let id = 0; id < 3_000; id++) readership.note('/feed.xml', feedbin(String(id), 100))
    expect(await readership.claimed()).toEqual([{ feed: '/feed.xml', fetcher: 'feedbin', readers: 2_000 }])
    await readership.close()
  })
})
