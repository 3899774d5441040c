import { expect, test } from 'vitest'
import { parseFeedAddress } from '../../src/feeds/feed-address.ts'
import { type FeedAddress, feedFormats, feedPath, feedPathForTopics, localHref, localPath, paths } from '../../src/publication/urls.ts'

const scopes: readonly Pick<FeedAddress, 'scope' | 'archive'>[] = [
  { scope: { kind: 'all' }, archive: undefined },
  { scope: { kind: 'all' }, archive: '2026-10' },
  { scope: { kind: 'all' }, archive: '2026-10-20' },
  { scope: { kind: 'topics', topics: ['küste'] }, archive: undefined },
  { scope: { kind: 'topics', topics: ['c&d', 'küste'] }, archive: undefined },
  { scope: { kind: 'author', author: 'étienne-ö' }, archive: undefined },
]

test.each(feedFormats)('the path of a feed in %s is parsed back to the same feed', (format) => {
  for (const one of scopes) expect(parseFeedAddress(feedPath({ format, ...one }))).toEqual({ format, ...one })
})

test('topics lead to one feed, in any order and with repetitions', () => {
  expect(feedPathForTopics(['ropes', 'coast', 'ropes'])).toBe('/feed.xml?topics=coast,ropes')
  expect(feedPathForTopics(['coast', 'coast'])).toBe('/topics/coast/feed.xml')
  expect(feedPathForTopics(new Set())).toBe('/feed.xml')
})

test('a publication below a path adds it to its own links, and does not change other addresses', () => {
  const publication = { url: 'https://example.org/news' }
  expect(localPath(publication, paths.article('a/b?'))).toBe('/news/articles/a%2Fb%3F')
  expect(localHref(publication, 'https://example.org/news/issues')).toBe('/news/issues')
  expect(localHref(publication, 'https://example.org/newspaper')).toBe('https://example.org/newspaper')
})
