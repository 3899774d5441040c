import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { openDoctor } from '../../src/app/doctor.ts'
import { readConfig } from '../../src/config.ts'
import type { Check } from '../../src/doctor/check.ts'
import { contentCheck } from '../../src/doctor/checks/content.ts'
import { checks } from '../../src/doctor/checks.ts'
import { Doctor, type DoctorContext } from '../../src/doctor/doctor.ts'
import { ok, zoneLine } from '../../src/doctor/line.ts'
import { runChecks } from '../../src/doctor/run-checks.ts'
import { limitTokenGuesses } from '../../src/operators/token-guesses.ts'
import { apiRoutes } from '../../src/web/api/routes.ts'
import { articleText, publicationYaml } from '../support/content.ts'
import { startNameServer } from '../support/name-server.ts'
import { runHere } from '../support/run-command.ts'
import { dataFolder } from '../support/spawned-service.ts'
import { startWorld, type World } from '../support/world.ts'
import { serve } from '../web/site/visitor.ts'
import { contextOf } from './examination.ts'

const withoutDigests = publicationYaml.slice(0, publicationYaml.indexOf('digests:'))

function doctorOf(world: World, own: readonly Check[]): Doctor {
  const given = contextOf(world, {})
  const context: DoctorContext = {
    settings: () => given.settings,
    dnsServers: [],
    publication: () => given.publication,
    articles: () => given.articles,
    database: given.database,
    providerWebhooks: given.providerWebhooks,
    render: given.render,
    tokens: world.app.subscribers.tokens,
    clock: world.clock,
  }
  return new Doctor(context, own)
}

test('a report is given again for a minute, and two who ask at once share one run', async () => {
  await using world = await startWorld({})
  let runs = 0
  const count: Check = { id: 'count', title: 'Count', run: async () => [ok('runs', String(++runs))] }
  const doctor = doctorOf(world, [count])
  const [first, second] = await Promise.all([doctor.report(), doctor.report()])
  expect([first, runs]).toEqual([second, 1])
  world.clock.advance(59_000)
  expect(await doctor.report()).toBe(first)
  world.clock.advance(2_000)
  await doctor.report()
  expect(runs).toBe(2)
  // A clock that was set back must not make the old report last.
  world.clock.advance(-3_600_000)
  await doctor.report()
  expect(runs).toBe(3)
})

test('a check that throws becomes a line, and the others are told', async () => {
  await using world = await startWorld({})
  const broken: Check = { id: 'broken', title: 'Broken', run: () => Promise.reject(new Error('the pump is dry')) }
  const fine: Check = { id: 'fine', title: 'Fine', run: async () => [ok('x', 'y')] }
  const lines = await runChecks([broken, fine], contextOf(world, {}))
  expect(lines.map(({ check, state, answered }) => [check, state, answered])).toEqual([
    ['broken', 'warn', 'the pump is dry'],
    ['fine', 'ok', 'y'],
  ])
})

test('with the built-in mailbox, mail is not checked, and one line says that nothing leaves this machine', async () => {
  await using world = await startWorld({ articles: { 'a.md': articleText() } })
  const lines = await runChecks(checks, contextOf(world, { settings: { smtp: undefined }, url: 'http://localhost:3000' }))
  const mail = lines.filter(({ check }) => checks.some(({ id, isAboutMail }) => id === check && isAboutMail))
  expect(mail).toEqual([])
  expect(lines[0]).toMatchObject({ check: 'mail', state: 'warn', problem: expect.stringContaining('Nothing leaves this machine') })
  expect(lines[0]?.problem).toContain('DMARC')
})

test('an article with an error fails the line about content, which names file and line', async () => {
  await using world = await startWorld({ articles: { 'a.md': articleText({ date: 'soon' }) } })
  const [line] = await runChecks([contentCheck], contextOf(world, {}))
  expect(line).toMatchObject({ state: 'fail', problem: expect.stringContaining('articles/a.md:') })
  expect(line?.fixes).toEqual([{ kind: 'command', text: 'npx broadsheet check' }])
})

test('of a large folder the newest articles are read, and requests are answered in between', async () => {
  const written = Array.from({ length: 600 }, (_, index) => {
    const day = new Date(Date.UTC(2024, 0, 1 + index)).toISOString().slice(0, 10)
    return [`a${index}.md`, articleText({ title: `Tide ${index}`, date: day, body: '[See](/nowhere)\n\n'.repeat(20) })]
  })
  await using world = await startWorld({ articles: Object.fromEntries(written), publication: withoutDigests })
  const start = performance.now()
  const ticks = [start]
  const timer = setInterval(() => ticks.push(performance.now()), 1)
  const [line] = await runChecks([contentCheck], contextOf(world, {}))
  ticks.push(performance.now())
  clearInterval(timer)
  expect(line).toMatchObject({ state: 'warn', asked: 'publication.yaml, templates and the newest 200 articles' })
  const gaps = ticks.map((tick, index) => tick - (ticks[index - 1] ?? start))
  expect(Math.max(...gaps)).toBeLessThan((performance.now() - start) / 4)
}, 60_000)

test('the ids of checks are unique', () => {
  expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length)
})

test('a long record is a line of a zone file, in strings of 255 characters', () => {
  const line = zoneLine({ kind: 'record', name: 'mail._domainkey.example.org', type: 'TXT', value: `p=${'x'.repeat(300)}` })
  expect(line).toBe(`mail._domainkey.example.org. TXT "p=${'x'.repeat(253)}" "${'x'.repeat(47)}"`)
})

test('GET /doctor answers with the report, to the operator only', async () => {
  await using names = await startNameServer({})
  await using world = await startWorld({ articles: { 'a.md': articleText() }, env: { DNS_SERVERS: names.address } })
  const { app, clock } = world
  const guesses = limitTokenGuesses({ ...app.access, isAdminToken: (token: string) => token === 'operator' }, clock)
  const reading = readConfig(
    { CONTENT_DIR: world.content.folder, DATA_DIR: '/tmp', SMTP_URL: world.receiver.url, DNS_SERVERS: names.address },
    resolve('.'),
  )
  if (!reading.ok) throw new Error(reading.errors.join('\n'))
  const doctor = openDoctor({ ...reading.config, databaseAddress: 'postgres://unused' }, app)
  const templatesFolder = resolve('templates')
  const { digests, subscribers } = app
  await using visitor = await serve({
    '/': apiRoutes({
      guesses,
      operators: app.operators,
      digests,
      subscribers,
      webhooks: app.webhooks,
      templatesFolder,
      triggerScheduler: () => {},
      doctor: async () => doctor,
    }),
  })
  expect((await visitor.get('/doctor')).status).toBe(401)
  const answer = await visitor.get('/doctor', { Authorization: 'Bearer operator' })
  expect(answer.status).toBe(200)
  const report = JSON.parse(answer.body)
  expect(report).toMatchObject({ state: 'fail', checked_at: clock.now().toISOString() })
  expect(report.lines).toContainEqual({
    check: 'dmarc',
    state: 'fail',
    title: 'DMARC',
    asked: 'TXT _dmarc.tide.example.org',
    answered: 'NXDOMAIN',
    problem: 'example.org has no DMARC policy. Gmail, Yahoo and Outlook.com refuse bulk mail without one.',
    fixes: [
      {
        kind: 'record',
        name: '_dmarc.example.org',
        type: 'TXT',
        value: 'v=DMARC1; p=none; rua=mailto:editor@tide.example.org',
        zone_line: '_dmarc.example.org. TXT "v=DMARC1; p=none; rua=mailto:editor@tide.example.org"',
      },
    ],
  })
  const { counts } = report
  expect(counts.ok + counts.warn + counts.fail).toBe(report.lines.length)
}, 30_000)

test('broadsheet doctor prints the lines, as JSON too, and exits with 1 on a failure', async () => {
  await using world = await startWorld({ articles: { 'a.md': articleText() } })
  await using data = await dataFolder()
  await using names = await startNameServer({})
  const { folder } = world.content
  const fresh = await runHere(folder, data.folder, ['doctor'], { env: { DNS_SERVERS: names.address } })
  expect([fresh.code, fresh.err]).toEqual([0, ''])
  expect(fresh.out).toContain('warn  Mail: SMTP_URL: not set\n      Nothing leaves this machine')
  expect(names.asked).toEqual([])
  const env = { DNS_SERVERS: names.address, SMTP_URL: world.receiver.url, PUBLIC_URL: 'http://tide.example.org' }
  const failing = await runHere(folder, data.folder, ['doctor', '--json'], { env })
  expect(failing.code).toBe(1)
  expect(JSON.parse(failing.out)).toMatchObject({ state: 'fail', counts: { fail: expect.any(Number) } })
}, 60_000)
