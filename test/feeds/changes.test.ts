import { expect, test } from 'vitest'
import type { Article, Snapshot } from '../../src/articles/article.ts'
import { changedFeedPaths } from '../../src/feeds/changes.ts'

test('an article by several authors changes the feed of each', () => {
  const snapshot = (articles: readonly Partial<Article>[]) => ({ inFeeds: articles }) as Snapshot
  const article = { author: 'Ruth Addlestone, Owen Garrity', authors: ['Ruth Addlestone', 'Owen Garrity'], topics: [] }
  expect(changedFeedPaths(snapshot([]), snapshot([article])).filter((path) => path.endsWith('.json'))).toEqual([
    '/feed.json',
    '/authors/ruth-addlestone/feed.json',
    '/authors/owen-garrity/feed.json',
  ])
})
