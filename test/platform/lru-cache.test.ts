import { expect, test } from 'vitest'
import { LruCache } from '../../src/platform/lru-cache.ts'

test('the least recently used value is evicted, and reading counts as use', () => {
  const cache = new LruCache<string, number>(2)
  cache.set('a', 1)
  cache.set('b', 2)
  cache.get('a')
  cache.set('c', 3)
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3])
})

test('a heavy value evicts several others, and stays alone if it exceeds the maximum weight', () => {
  const cache = new LruCache<string, string>(10)
  for (const key of ['a', 'b', 'c']) cache.set(key, key, 3)
  cache.set('heavy', 'heavy', 7)
  expect(['a', 'b', 'c', 'heavy'].map((key) => cache.get(key))).toEqual([undefined, undefined, 'c', 'heavy'])
  cache.set('huge', 'huge', 100)
  expect(['c', 'heavy', 'huge'].map((key) => cache.get(key))).toEqual([undefined, undefined, 'huge'])
})

test('a value that is set again has its new weight', () => {
  const cache = new LruCache<string, number>(10)
  cache.set('a', 1, 9)
  cache.set('a', 2, 1)
  cache.set('b', 3, 9)
  expect([cache.get('a'), cache.get('b')]).toEqual([2, 3])
})
