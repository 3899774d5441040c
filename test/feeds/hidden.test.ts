import { expect, test } from 'vitest'
import { articleText } from '../support/content.ts'
import { mainPaths, openFeedsWorld } from './feeds-world.ts'

const file = (title: string, extra: string, date = '2026-11-10') => articleText({ title, date, topics: ['coast'], extra: `${extra}\n` })

test.each(mainPaths)('%s and the feeds of topics and authors leave out what an author hides', async (path) => {
  await using site = await openFeedsWorld({
    'plain.md': file('Plain', 'lang: en'),
    'noindex.md': file('Noindexed', 'noindex: true'),
    'a.md': file('Private', 'private: true'),
    'b.md': file('Password', 'password: x'),
    'c.md': file('Unlisted', 'unlisted: true'),
    'd.md': file('Over', 'expires: 2026-11-12'),
    'e.md': file('Feedless', 'feed: never'),
    'f.md': file('Mailed', 'mail: only'),
  })
  for (const place of [path, `/topics/coast${path}`, `/authors/ruth-addlestone${path}`]) {
    const { text } = await site.fetch(place)
    for (const title of ['Plain', 'Noindexed']) expect(text, `${place} ${title}`).toContain(`An account of ${title}`)
    for (const title of ['Private', 'Password', 'Unlisted', 'Over', 'Feedless', 'Mailed'])
      expect(text, `${place} ${title}`).not.toContain(`An account of ${title}`)
  }
})

test('who writes for mail only is in no list of feeds, and has none', async () => {
  const quiet = articleText({ title: 'Mailed', extra: 'mail: only\n' }).replace(/author: .*/, "author: 'Quiet Writer'")
  await using site = await openFeedsWorld({ 'plain.md': file('Plain', 'lang: en'), 'quiet.md': quiet })
  expect((await site.fetch('/feeds.opml')).text).toContain('/authors/ruth-addlestone/')
  expect((await site.fetch('/feeds.opml')).text).not.toMatch(/quiet-writer|Quiet Writer/)
  for (const path of mainPaths) expect((await site.fetch(`/authors/quiet-writer${path}`)).status).toBe(404)
})

test('an archive is written again when the time of one of its articles is over', async () => {
  const old = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`${index}.md`, file(`Old ${index}`, 'lang: en', `2026-0${1 + Math.floor(index / 8)}-10`)]),
  )
  await using site = await openFeedsWorld({
    ...old,
    'goes.md': file('Goes', 'expires: 2026-11-25', '2026-01-12'),
    'feedless.md': file('Feedless', 'feed: never', '2026-01-13'),
  })
  const before = (await site.fetch('/feed/archive/2026-01.xml')).text
  expect(before).toContain('An account of Goes')
  expect(before).not.toContain('An account of Feedless')
  await site.world.nextChange(() => site.world.clock.set('2026-11-25T00:00:00Z'))
  await site.feeds.settled()
  const { status, text } = await site.fetch('/feed/archive/2026-01.xml')
  expect(status).toBe(200)
  expect(text).not.toContain('An account of Goes')
  expect(text).toContain('An account of Old 0')
})
