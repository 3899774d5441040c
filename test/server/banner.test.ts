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
])('who listens on %s is found at %s', (host, url) => {
  expect(localUrl(host, 3000)).toBe(url)
})

test('of a database no user and no password is shown, whatever is in them', () => {
  expect(withoutCredentials('postgres://user:p@ss@db.example.org:5432/news?password=hush')).toBe('postgres://db.example.org:5432/news')
  expect(withoutCredentials('/srv/news/data/broadsheet.sqlite')).toBe('/srv/news/data/broadsheet.sqlite')
})

test('a program is told on one line of JSON what is served, and how to log in', async () => {
  await using world = await startWorld({ articles: { 'tides.md': articleText() } })
  const reading = readConfig({ HOST: '0.0.0.0', CONTENT_DIR: world.content.folder }, '/srv/news')
  if (!reading.ok) throw new Error(reading.errors.join())
  const told = await welcomeJson({ config: reading.config, app: world.app, port: 3000, isWritten: true })
  expect(told.trimEnd().split('\n')).toHaveLength(1)
  expect(JSON.parse(told)).toMatchObject({
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
