import { expect, test } from 'vitest'
import { baseRemover } from '../../src/server/base-path.ts'

test.each([
  ['https://example.org', '/news/feed.xml', '/news/feed.xml'],
  ['https://example.org/news', '/news/feed.xml', '/feed.xml'],
  ['https://example.org/news', '/feed.xml', '/feed.xml'],
  ['https://example.org/news', '/news', '/'],
  ['https://example.org/news', '/news?page=2', '/?page=2'],
  ['https://example.org/news', '/newsletter', '/newsletter'],
  ['https://example.org/our/news', '/our/news/articles/news', '/articles/news'],
  ['https://example.org/articles', '/articles/tide', '/articles/tide'],
  ['https://example.org/articles', '/articles/articles/tide', '/articles/tide'],
  ['https://example.org/articles', '/articles/feed/archive/2026-10.xml', '/feed/archive/2026-10.xml'],
  ['https://example.org/articles', '/articles/', '/'],
])('below %s, %s is served as %s', (url, target, served) => {
  expect(baseRemover(() => url)(target)).toBe(served)
})

test('the base follows a change of the public URL', () => {
  let url = 'https://example.org/news'
  const withoutBase = baseRemover(() => url)
  expect(withoutBase('/news/')).toBe('/')
  url = 'https://example.org/tide'
  expect(withoutBase('/news/')).toBe('/news/')
  expect(withoutBase('/tide/')).toBe('/')
})
