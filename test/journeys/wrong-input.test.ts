import { chmod, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { command } from '../support/command.ts'
import { articleText, makeContent, publicationYaml } from '../support/content.ts'
import { adminToken, dataFolder, startService } from '../support/spawned-service.ts'

const noStack = /\n\s+at /

test.each([
  [
    'an invalid schedule',
    publicationYaml.replace('0 8 * * mon', '0 99 * * mon'),
    'publication.yaml:10: digests.weekly.schedule must be a cron expression',
  ],
  ['a schedule that never comes', publicationYaml.replace('0 8 * * mon', '0 8 30 2 *'), 'digests.weekly.schedule never matches'],
  ['an unknown setting', `${publicationYaml}colour: red\n`, 'has no setting called colour'],
  [
    'an unknown topic',
    publicationYaml.replace('[coast]', '[law]'),
    'publication.yaml:11: digests.coast-daily.topics has an unknown topic: law',
  ],
  ['an unknown time zone', publicationYaml.replace('Europe/London', 'Europe/Atlantis'), 'publication.yaml:5: timezone must be a time zone'],
  [
    'a URL with a query and a password',
    publicationYaml.replace('title:', 'url: https://ann:hush@tide.example.org/?page#top\ntitle:'),
    'url must not have a query, a fragment, a user name or a password',
  ],
  [
    'an invalid sender address',
    publicationYaml.replace('news@tide.example.org', 'news'),
    'publication.yaml:6: sender.email must be an email address',
  ],
  ['invalid YAML', 'title: "The\n', 'publication.yaml:2: '],
])('%s in publication.yaml stops the start; the message names the line', async (_, publication, sentence) => {
  await using content = await makeContent({}, publication)
  await using data = await dataFolder()
  const env = { CONTENT_DIR: content.folder, DATA_DIR: data.folder, PORT: '0' }
  for (const args of [['start'], ['check']]) {
    const { code, out, err } = await command(args, { cwd: data.folder, env })
    expect(code).toBe(1)
    expect(out + err).toContain(sentence)
    expect(out + err).not.toMatch(noStack)
  }
})

test('all invalid variables are reported at once, by name, without their secrets', async () => {
  await using data = await dataFolder()
  const env = {
    PORT: 'eighty',
    SMTP_URL: 'ftp://user:hush@host',
    PUBLIC_URL: 'news.example.org',
    SECRET: 'short',
    DATABASE_URL: 'mysql://x',
    DKIM_PRIVATE_KEY: 'hush',
    DKIM_SELECTOR: 'mail',
    BOUNCE_ADDRESS: 'bounces',
    BOUNCE_IMAP_URL: 'imaps://host',
    INBOUND_SMTP_PORT: 'smtp',
    INBOUND_SES_SECRET: 'hush',
  }
  const { code, err } = await command(['start'], { cwd: data.folder, env })
  expect(code).toBe(1)
  for (const name of Object.keys(env)) if (name !== 'DKIM_SELECTOR') expect(err).toContain(`broadsheet: ${name}: `)
  expect(err).toContain('broadsheet: DKIM_DOMAIN: is required to sign mail')
  expect(err).not.toContain('hush')
  expect(err).not.toMatch(noStack)
})

test('a PUBLIC_URL with a query is reported in one sentence', async () => {
  await using data = await dataFolder()
  const { code, err } = await command(['check'], { cwd: data.folder, env: { PUBLIC_URL: 'https://tide.example.org/?page' } })
  expect(code).toBe(1)
  expect(err).toContain('broadsheet: PUBLIC_URL: must not have a query, a fragment, a user name or a password\n')
})

test('a port in use is reported in one sentence', async () => {
  await using content = await makeContent({})
  await using data = await dataFolder()
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as { port: number }
  const { code, err } = await command(['start'], {
    cwd: data.folder,
    env: { CONTENT_DIR: content.folder, DATA_DIR: data.folder, PORT: String(port) },
  })
  await new Promise((resolve) => other.close(resolve))
  expect(code).toBe(1)
  expect(err).toContain(`PORT: ${port} on 127.0.0.1 is in use by another program`)
  expect(err).not.toMatch(noStack)
})

test('a data folder that cannot be created is reported in one sentence', async () => {
  await using content = await makeContent({})
  await using data = await dataFolder()
  await writeFile(join(data.folder, 'file'), 'a file where a folder should be')
  await chmod(join(data.folder, 'file'), 0o400)
  const env = { CONTENT_DIR: content.folder, DATA_DIR: join(data.folder, 'file', 'data'), PORT: '0' }
  const { code, err } = await command(['start'], { cwd: data.folder, env })
  expect(code).toBe(1)
  expect(err).toContain(join(data.folder, 'file'))
  expect(err).toContain('DATA_DIR')
  expect(err).not.toMatch(noStack)
})

test('a data folder in a file system without writable folders is reported in one sentence', async () => {
  await using content = await makeContent({})
  // The kernel answers ENOENT although the parent folder exists.
  const env = { CONTENT_DIR: content.folder, DATA_DIR: '/proc/none/data', PORT: '0' }
  const { code, err } = await command(['start'], { cwd: content.folder, env })
  expect(code).toBe(1)
  expect(err).toContain('DATA_DIR: cannot create the folder /proc/none/data')
})

test('an unreachable PostgreSQL is reported in one sentence', async () => {
  await using content = await makeContent({})
  await using data = await dataFolder()
  const env = { CONTENT_DIR: content.folder, DATA_DIR: data.folder, PORT: '0', DATABASE_URL: 'postgres://user:hush@127.0.0.1:1/none' }
  const { code, err } = await command(['start'], { cwd: data.folder, env })
  expect(code).toBe(1)
  expect(err).toMatch(/^broadsheet: DATABASE_URL: PostgreSQL cannot be reached/)
  expect(err).not.toContain('hush')
  expect(err).not.toMatch(noStack)
})

test('invalid articles are reported with file, field and reason; the others are served, and check exits with 1', async () => {
  await using content = await makeContent({
    'good.md': articleText({ title: 'A good one' }),
    'code.md': '---js\n{ title: require("fs").readdirSync("/").join() }\n---\n',
    'yaml.md': '---\ntitle: "open\npublish_date: 2026-11-01\n---\n',
    'no-title.md': '---\npublish_date: 2026-11-01\n---\nText\n',
    'no-day.md': articleText({ date: '2026-02-30' }),
  })
  await using data = await dataFolder()
  const env = { CONTENT_DIR: content.folder, DATA_DIR: data.folder }
  const { code, out } = await command(['check'], { cwd: content.folder, env })
  expect(code).toBe(1)
  expect(out).toMatch(/^articles\/code\.md:1: .*js/m)
  expect(out).toMatch(/^articles\/yaml\.md:\d+: /m)
  expect(out).toMatch(/^articles\/no-title\.md:\d+: title/m)
  expect(out).toMatch(/^articles\/no-day\.md:7: publish_date.*2026-02-30/m)
  expect(out).not.toMatch(noStack)
  await using service = await startService({ content: content.folder, data: data.folder, now: '2026-11-20T09:00:00Z' })
  const feed = (await (await service.fetch('/feed.json')).json()) as { items: { title: string }[] }
  expect(feed.items.map(({ title }) => title)).toEqual(['A good one'])
})

test('the API answers invalid requests with problem details that name the field', async () => {
  await using content = await makeContent({ 'one.md': articleText() })
  await using data = await dataFolder()
  await using service = await startService({ content: content.folder, data: data.folder, now: '2026-11-20T09:00:00Z' })
  const headers = { Authorization: `Bearer ${adminToken}`, 'Content-Type': 'application/json' }
  const post = (path: string, body: string, own: Record<string, string> = headers) =>
    service.fetch(`/api/v1${path}`, { method: 'POST', headers: own, body })
  const cases: [Response, number, string][] = [
    [await post('/digests/weekly/issues', '{}', {}), 401, 'Authorization: Bearer'],
    [await post('/digests/weekly/issues', '{}', { ...headers, Authorization: 'Bearer wrong' }), 401, 'neither the admin token'],
    [await post('/digests/monthly/issues', '{}'), 404, 'unknown digest: monthly'],
    [await post('/digests/weekly/issues', '{'), 400, 'JSON'],
    [await post('/digests/weekly/issues', '{"keys":1}'), 422, 'expected shape: has no field called keys'],
    [await post('/digests/weekly/issues', '{"articles":[],"key":1}'), 422, 'key must be text; articles must not be empty'],
    [await post('/digests/weekly/issues', '{"articles":["nowhere"]}'), 409, 'no published article nowhere'],
    [await post('/digests/weekly/test', '{"to":"nobody"}'), 422, 'not an email address'],
    [await service.fetch('/api/v1/issues/none', { headers }), 404, 'no issue none'],
    [await service.fetch('/api/v1/issues?limit=x', { headers }), 422, 'limit'],
    [await service.fetch('/api/v1/nothing', { headers }), 404, 'GET /api/v1/nothing'],
  ]
  for (const [response, status, words] of cases) {
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toContain('application/problem+json')
    const problem = (await response.json()) as { status: number; detail: string }
    expect(problem).toMatchObject({ status, detail: expect.stringContaining(words) })
  }
  expect(cases[0]?.[0].headers.get('www-authenticate')).toContain('Bearer')
  const { items } = (await (await service.fetch('/api/v1/issues', { headers })).json()) as { items: unknown[] }
  expect(items).toEqual([])
})

test.each([
  [['send', 'monthly'], 1, 'unknown digest: monthly; known digests: weekly, coast-daily'],
  [['send', 'weekly', '--test', 'nobody'], 1, '"nobody" is not an email address'],
  [['send'], 2, "missing required argument 'digest'"],
  [['publish'], 2, "unknown command 'publish'"],
  [['why', 'nothing'], 1, 'there is no article nothing: give a slug or a file'],
])('broadsheet %j fails with exit code %i and says why', async (args, expected, sentence) => {
  await using content = await makeContent({ 'one.md': articleText() })
  await using data = await dataFolder()
  const { code, err } = await command(args, { cwd: data.folder, env: { CONTENT_DIR: content.folder, DATA_DIR: data.folder } })
  expect(err).toContain(sentence)
  expect(code).toBe(expected)
  expect(err).not.toMatch(noStack)
})
