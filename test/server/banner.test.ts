import { expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { localUrl, welcomeJson, withoutCredentials } from '../../src/server/banner.ts'
import { articleText } from '../support/content.ts'
import { startWorld } from '../support/world.ts'

test.each([
  ['127.0.0.1', 'http://localhost:3000'],
  ['0.0.0.0', 'http://localhost:3000'],
  ['::', 'http://localhost:3000'],
  ['::1', 'http://[::1]:3000'],
  ['192.0.2.7', 'http://192.0.2.7:3000'],
])('a server that listens on %s is reached at %s', (host, url) => {
  expect(localUrl(host, 3000)).toBe(url)
})

test('a database address is shown without user and password', () => {
  expect(withoutCredentials('postgres://user:p@ss@db.example.org:5432/news?password=hush')).toBe('postgres://db.example.org:5432/news')
  expect(withoutCredentials('/srv/news/data/broadsheet.sqlite')).toBe('/srv/news/data/broadsheet.sqlite')
})

test('the start message as JSON is one line, with the log-in link', async () => {
  await using world = await startWorld({ articles: { 'tides.md': articleText() } })
  const reading = readConfig({ HOST: '0.0.0.0', CONTENT_DIR: world.content.folder }, '/srv/news')
  if (!reading.ok) throw new Error(reading.errors.join())
  const line = await welcomeJson({ config: reading.config, app: world.app, port: 3000, isWritten: true })
  expect(line.trimEnd().split('\n')).toHaveLength(1)
  expect(JSON.parse(line)).toMatchObject({
    title: 'The Test Tide',
    url: 'https://tide.example.org',
    address: 'http://localhost:3000',
    login: expect.stringMatching(/^http:\/\/localhost:3000\/admin\/login\/[\w-]+$/),
    admin_token: expect.any(String),
    mailbox: null,
    articles: 1,
    digests: ['weekly', 'coast-daily'],
    problems: 0,
    held: null,
  })
})
