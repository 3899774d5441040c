import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { withoutCredentials } from '../../src/platform/database/database-url.ts'
import { localUrl, welcomeJson, welcomeText } from '../../src/server/banner.ts'
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
  expect(withoutCredentials('postgres://user:p@/news?host=%2Frun%2Fpostgresql')).toBe('postgres:///news')
  expect(withoutCredentials('postgres://user:p/q@/news')).toBe('postgres://…')
  expect(withoutCredentials('/srv/news/data/broadsheet.sqlite')).toBe('/srv/news/data/broadsheet.sqlite')
})

test('the start message as JSON is one line, with the log-in link', async () => {
  await using world = await startWorld({ articles: { 'tides.md': articleText() } })
  const reading = readConfig({ HOST: '0.0.0.0', CONTENT_DIR: world.content.folder }, '/srv/news')
  if (!reading.ok) throw new Error(reading.errors.join())
  const line = await welcomeJson({ config: reading.config, app: world.app, port: 3000, isWritten: true, isTerminal: true })
  expect(line.trimEnd().split('\n')).toHaveLength(1)
  expect(JSON.parse(line)).toMatchObject({
    title: 'The Test Tide',
    url: 'https://tide.example.org',
    address: 'http://localhost:3000',
    login: expect.stringMatching(/^https:\/\/tide\.example\.org\/admin\/login\/[\w-]+$/),
    admin_token: expect.any(String),
    admin_token_file: null,
    mailbox: null,
    articles: 1,
    digests: ['weekly', 'coast-daily'],
    problems: 0,
    held: null,
  })
})

test('a log never holds the admin token, and holds a log-in link only until an operator has signed in', async () => {
  await using world = await startWorld({})
  const { app } = world
  const folder = join(world.content.folder, 'data')
  const reading = readConfig({ CONTENT_DIR: world.content.folder, DATA_DIR: folder }, '/srv/news')
  if (!reading.ok) throw new Error(reading.errors.join())
  const context = { config: reading.config, app, port: 3000, isWritten: true, isTerminal: false }
  const link = /https:\/\/tide\.example\.org\/admin\/login\/([\w-]{32})/
  const text = await welcomeText(context)
  const file = join(folder, 'admin-token')
  expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual([`${app.freshAdminToken}\n`, 0o600])
  expect(text).toContain(`Admin token in ${file}`)
  expect(text + (await welcomeJson(context))).not.toContain(app.freshAdminToken)
  expect(text).toContain('/metrics asks for the admin token')
  await app.access.spendLogin(link.exec(text)?.[1] ?? '')
  expect(await welcomeText(context)).not.toMatch(link)
  expect(await welcomeText(context)).toContain('for a log-in link: npx broadsheet login')
  expect(JSON.parse(await welcomeJson(context))).toMatchObject({ login: null, admin_token: null, admin_token_file: file })
  expect(await welcomeText({ ...context, isTerminal: true })).toMatch(link)
})

test('a token that cannot be written does not stop the start', async () => {
  await using world = await startWorld({})
  const reading = readConfig({ CONTENT_DIR: world.content.folder, DATA_DIR: '/proc/nowhere' }, '/srv/news')
  if (!reading.ok) throw new Error(reading.errors.join())
  const context = { config: reading.config, app: world.app, port: 3000, isWritten: true, isTerminal: false }
  expect(await welcomeText(context)).toMatch(/Admin token cannot be written to \/proc\/nowhere\/admin-token \(E\w+\): set ADMIN_TOKEN/)
})
