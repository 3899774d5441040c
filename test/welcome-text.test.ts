import { expect, test } from 'vitest'
import { hereAt, withoutLogin } from '../src/welcome-text.ts'

test.each([
  ['127.0.0.1', 'http://localhost:3000'],
  ['0.0.0.0', 'http://localhost:3000'],
  ['::', 'http://localhost:3000'],
  ['::1', 'http://[::1]:3000'],
  ['192.0.2.7', 'http://192.0.2.7:3000'],
])('who listens on %s is found at %s', (host, url) => {
  expect(hereAt(host, 3000)).toBe(url)
})

test('of a database no user and no password is shown, whatever is in them', () => {
  expect(withoutLogin('postgres://user:p@ss@db.example.org:5432/news?password=hush')).toBe('postgres://db.example.org:5432/news')
  expect(withoutLogin('/srv/news/data/broadsheet.sqlite')).toBe('/srv/news/data/broadsheet.sqlite')
})
