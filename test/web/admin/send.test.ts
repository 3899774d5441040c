import { describe, expect, test } from 'vitest'
import { pageOfIssues } from '../../../src/digests/issue/issues.ts'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { articleText, publicationYaml } from '../../support/content.ts'
import { becomeReader, issuesTo } from '../../support/world.ts'
import { type DeskWorld, startDesk } from './operator.ts'

const articles = { 'tides.md': articleText({ title: 'Tides' }), 'knots.md': articleText({ title: 'Knots', date: '2026-11-09' }) }
const address = '/admin/digests/weekly/send'

type Session = Awaited<ReturnType<DeskWorld['logIn']>>

async function keyOn(desk: DeskWorld, session: Session, path = address): Promise<string> {
  const { body } = await desk.get(path, session)
  return /name="key" value="([^"]+)"/.exec(body)?.[1] ?? ''
}

function sendWith(desk: DeskWorld, session: Session, key: string, readers?: string, path = address) {
  return desk.post(path, [['key', key], ...(readers === undefined ? [] : [['readers', readers] as const])], session)
}

const issuesOf = async ({ world }: DeskWorld) => (await pageOfIssues(world.app.digests, { limit: 10 })).map(({ issue }) => issue)

async function startWithReader(options: Parameters<typeof startDesk>[0] = {}): Promise<DeskWorld> {
  const desk = await startDesk({ articles, ...options })
  await becomeReader(desk.world, 'mara@example.org', ['weekly'])
  return desk
}

describe.each(['sqlite', 'postgres'] as const)('%s', (engine) => {
  test('sending by hand says what it does, and two clicks at once send one issue', async () => {
    await using desk = await startWithReader({ engine })
    const { world } = desk
    const session = await desk.logIn()
    const page = await desk.get(address, session)
    expect(page.words).toContain('Send No. 1 of The week now?')
    expect(page.words).toContain('Sends No. 1 of The week with 2 articles to 1 reader, from The Test Tide &lt;news@tide.example.org&gt;.')
    expect(page.words).toMatch(/The slot on Monday,? 23 November 2026 at 08:00 will carry what is new after this\./)
    expect(await issuesOf(desk)).toEqual([])

    const key = await keyOn(desk, session)
    const sent = await Promise.all([sendWith(desk, session, key), sendWith(desk, session, key)])
    sent.push(await sendWith(desk, session, key))
    const [issue, ...others] = await issuesOf(desk)
    expect(others).toEqual([])
    for (const { status, headers } of sent) {
      expect(status).toBe(303)
      expect(headers.get('Location')).toBe(`/admin/issues/${issue?.id}`)
    }
    await runDue(world.app.digests)
    await world.app.sender.drain()
    expect(issuesTo(world, 'mara@example.org')).toHaveLength(1)
    const audit = await world.app.database.all<{ action: string; subject: string }>(
      sql`SELECT action, subject FROM audit_log WHERE action LIKE 'issue.%'`,
    )
    expect(audit).toEqual([{ action: 'issue.create', subject: issue?.id }])
    expect((await desk.get(address, session)).words).toContain('It has no new article.')
  })

  test('an operator holds the next scheduled issue, and only that one', async () => {
    await using desk = await startWithReader({ engine })
    const { world } = desk
    const session = await desk.logIn()
    for (let click = 0; click < 2; click++) {
      const { headers } = await desk.post('/admin/digests/weekly/hold', [], session)
      expect(headers.get('Location')).toBe('/admin/digests/weekly?done=held')
    }
    expect((await desk.get('/admin/digests/weekly?done=held', session)).words).toContain('The next issue will wait for your approval.')
    world.clock.set('2026-11-23T08:01:00Z')
    await runDue(world.app.digests)
    expect((await issuesOf(desk)).map(({ state, hold }) => [state, hold?.reason, hold?.releaseAt])).toEqual([
      ['held', 'an operator asked to review it before it is sent', undefined],
    ])
    expect((await desk.get('/admin/digests/weekly', session)).words).toContain('No. 1 is held. Review it')
    await world.content.write('articles/ropes.md', articleText({ title: 'Ropes', date: '2026-11-24' }))
    world.clock.set('2026-11-30T08:01:00Z')
    await world.app.articles.lookAgain(true)
    await runDue(world.app.digests)
    const [second] = await issuesOf(desk)
    expect([second?.number, second?.state === 'held']).toEqual([2, false])
  })
})

test('a hold that is taken back holds nothing, and one that comes after the preparation keeps the issue', async () => {
  await using desk = await startWithReader({ publication: publicationYaml.replace('max_articles: 5', 'max_articles: 5, hold: 2h') })
  const { world } = desk
  const session = await desk.logIn()
  await desk.post('/admin/digests/weekly/hold', [], session)
  await desk.post('/admin/digests/weekly/release', [], session)
  world.clock.set('2026-11-23T06:30:00Z')
  await runDue(world.app.digests)
  expect((await issuesOf(desk))[0]?.hold?.releaseAt).toBeInstanceOf(Date)
  await desk.post('/admin/digests/weekly/hold', [], session)
  world.clock.set('2026-11-23T08:31:00Z')
  await runDue(world.app.digests)
  expect((await issuesOf(desk)).map(({ state, hold }) => [state, hold?.releaseAt])).toEqual([['held', undefined]])
})

test('a form key of another session, of another digest, or changed sends nothing and says what to do', async () => {
  await using desk = await startWithReader()
  const [mine, other] = [await desk.logIn(), await desk.logIn()]
  const key = await keyOn(desk, mine)
  const parts = key.split('.')
  const later = parts.map((part, index) => (index === 1 ? String(Number(part) + 3_600_000) : part)).join('.')
  const more = parts.map((part, index) => (index === 2 ? '2' : part)).join('.')
  const tries = [
    [other, key, address],
    [mine, key, '/admin/digests/coast-daily/send'],
    [mine, later, address],
    [mine, more, address],
    [mine, '', address],
    [mine, 'x'.repeat(5_000), address],
  ] as const
  for (const [session, given, path] of tries) {
    const { status, words } = await sendWith(desk, session, given, undefined, path)
    expect(status, given).toBe(403)
    expect(words).toContain('This form belongs to another session or another digest.')
  }
  expect((await sendWith(desk, mine, 'x'.repeat(6_000))).status).toBe(413)
  expect(await issuesOf(desk)).toEqual([])
  expect((await sendWith(desk, mine, key)).status).toBe(303)
})

test('a form that was open too long sends nothing; if it has sent before, it leads to that issue', async () => {
  await using desk = await startWithReader()
  const session = await desk.logIn()
  const [used, unused] = [await keyOn(desk, session), await keyOn(desk, session)]
  const { headers } = await sendWith(desk, session, used)
  desk.world.clock.advance(3_600_001)
  const refused = await sendWith(desk, session, unused)
  expect(refused.status).toBe(410)
  expect(refused.words).toContain('This form was open for more than an hour.')
  const again = await sendWith(desk, session, used)
  expect([again.status, again.headers.get('Location')]).toEqual([303, headers.get('Location')])
  expect(await issuesOf(desk)).toHaveLength(1)
})

test('articles that changed since the page was opened are shown before anything is sent', async () => {
  await using desk = await startWithReader()
  const { world } = desk
  const session = await desk.logIn()
  const key = await keyOn(desk, session)
  await world.content.write('articles/ropes.md', articleText({ title: 'Ropes', date: '2026-11-12' }))
  await world.app.articles.lookAgain(true)
  const asked = await sendWith(desk, session, key)
  expect(asked.status).toBe(409)
  expect(asked.words).toContain('Nothing was sent. The articles changed since you opened this page.')
  expect(asked.words).toContain('with 3 articles to 1 reader')
  expect(await issuesOf(desk)).toEqual([])
  const fresh = /name="key" value="([^"]+)"/.exec(asked.body)?.[1] ?? ''
  const other = await keyOn(desk, session)
  expect((await sendWith(desk, session, fresh)).status).toBe(303)
  const second = await sendWith(desk, session, other)
  expect(second.status).toBe(409)
  expect(second.words).toContain('The week cannot be sent now')
  expect(await issuesOf(desk)).toHaveLength(1)
})

test('from `confirm_above` readers on, their number is typed; a wrong one keeps the page and sends nothing', async () => {
  await using desk = await startWithReader({ publication: `${publicationYaml}confirm_above: 2\n` })
  const session = await desk.logIn()
  const small = await keyOn(desk, session)
  expect((await desk.get(address, session)).body).not.toContain('name="readers"')
  await becomeReader(desk.world, 'ole@example.org', ['weekly'])
  const grown = await sendWith(desk, session, small)
  expect([grown.status, grown.words.includes('The number of readers changed')]).toEqual([409, true])
  const key = await keyOn(desk, session)
  for (const typed of [undefined, '', '3', '20', 'two', '2x', '-2']) {
    const { status, words, body } = await sendWith(desk, session, key, typed)
    expect([status, words.includes('The number of readers does not match. Type 2.')], typed).toEqual([422, true])
    expect(body).toContain('name="readers"')
  }
  expect(await issuesOf(desk)).toEqual([])
  expect((await sendWith(desk, session, key, ' 2 ')).status).toBe(303)
})

test('a digest without readers or new articles is not sent', async () => {
  await using desk = await startDesk({ articles })
  const session = await desk.logIn()
  const page = await desk.get(address, session)
  expect(page.words).toContain('It has no confirmed reader.')
  expect(page.body).not.toContain('name="key"')
  expect((await desk.get('/admin/digests/coast-daily/send', session)).words).toContain('It has no new article.')
  expect((await desk.get('/admin/digests/none/send', session)).status).toBe(404)
})

test('a test goes to the address that is typed; one that cannot be sent to keeps the page', async () => {
  await using desk = await startDesk({ articles })
  const { world } = desk
  const session = await desk.logIn()
  const to = (value: string) => desk.post('/admin/digests/weekly/test', [['to', value]], session)
  const wrong = await to('mara@')
  expect(wrong.status).toBe(422)
  expect(wrong.body).toContain('value="mara@"')
  expect(wrong.words).toContain('is not an email address that mail can be sent to')
  const sent = await to('mara@example.org')
  expect([sent.status, sent.headers.get('Location')]).toEqual([303, '/admin/digests/weekly?done=test'])
  await world.app.sender.drain()
  expect(issuesTo(world, 'mara@example.org')).toHaveLength(1)
  expect(await issuesOf(desk)).toEqual([])
  expect((await desk.get('/admin/digests/weekly?done=%3Cb%3E', session)).words).not.toContain('A test is on its way')
})

test('all sending is held and released from the list of digests', async () => {
  await using desk = await startWithReader()
  const { world } = desk
  const session = await desk.logIn()
  await desk.post('/admin/sending/hold', [], session)
  expect((await desk.get('/admin/digests', session)).words).toMatch(/Held since Friday,? 20 November 2026 at 09:00/)
  expect((await desk.get(address, session)).words).toContain('All sending is held since')
  await sendWith(desk, session, await keyOn(desk, session))
  await runDue(world.app.digests)
  await world.app.sender.drain()
  expect(issuesTo(world, 'mara@example.org')).toEqual([])
  await desk.post('/admin/sending/release', [], session)
  await runDue(world.app.digests)
  await world.app.sender.drain()
  expect(issuesTo(world, 'mara@example.org')).toHaveLength(1)
})

test('the page of a digest says what goes out, why, and what is left out', async () => {
  await using desk = await startDesk({
    articles: {
      'tides.md': articleText({ title: 'Tides', topics: ['coast'] }),
      'knots.md': articleText({ title: 'Knots', date: '2026-11-09', topics: ['craft'] }),
      'soon.md': articleText({ title: 'Soon', date: '2026-12-24' }),
      'draft.md': articleText({ title: 'Unready', extra: 'draft: true\n' }),
      'silent.md': articleText({ title: 'Silent', extra: 'mail: never\n' }),
      'bad.md': articleText({ date: '2026-13-40' }),
    },
  })
  const session = await desk.logIn()
  const { words } = await desk.get('/admin/digests/coast-daily', session)
  expect(words).toContain('Next issue, No. 1')
  expect(words).toMatch(/1 article Tides lead About Coast and weather The newest articles, because this is the first issue\./)
  expect(words).toMatch(
    /5 articles are left out 1 not about a topic of this digest Knots 1 waits for its date Soon Thursday,? 24 December 2026/,
  )
  expect(words).toMatch(/1 hidden by the author Silent mail: never 1 draft Unready 1 file with an error bad\.md has an error/)
  expect(words).toMatch(/Daily at 07:00 \. Times are in the time zone Europe\/London\. Saturday,? 21 November 2026 at 07:00 Sunday,? 22/)
  expect(words).toContain('No issue was sent yet.')
  const list = await desk.get('/admin/digests', session)
  expect(list.words).toMatch(/The coast, daily Daily at 07:00 21 Nov 2026, 07:00 None yet 1 0/)
})

test('a viewer sees the next issue and no way to send, and every action is refused', async () => {
  await using desk = await startWithReader()
  const [editor, viewer] = [
    await desk.logIn({ email: 'ed@example.org', role: 'editor' }),
    await desk.logIn({ email: 'vi@example.org', role: 'viewer' }),
  ]
  const page = await desk.get('/admin/digests/weekly', viewer)
  expect(page.words).toContain('Next issue, No. 1')
  for (const path of ['/admin/digests', '/admin/digests/weekly', '/admin/articles', '/admin/articles/tides.md']) {
    const { status, body } = await desk.get(path, viewer)
    expect(status, path).toBe(200)
    expect(body.split('<main')[1], path).not.toMatch(/method="post"|\/send"|mara@example|ed@example/)
  }
  const key = await keyOn(desk, editor)
  expect((await desk.get(address, viewer)).status).toBe(403)
  for (const path of [
    address,
    '/admin/digests/weekly/test',
    '/admin/digests/weekly/hold',
    '/admin/digests/weekly/release',
    '/admin/sending/hold',
    '/admin/sending/release',
  ])
    expect(
      (
        await desk.post(
          path,
          [
            ['key', key],
            ['to', 'vi@example.org'],
          ],
          viewer,
        )
      ).status,
      path,
    ).toBe(403)
  expect(await issuesOf(desk)).toEqual([])
  expect((await sendWith(desk, editor, key)).status).toBe(303)
})

test('a test to me goes to the address of the operator, whatever the form says', async () => {
  await using desk = await startDesk({ articles })
  const { world } = desk
  const session = await desk.logIn({ email: 'ed@example.org', role: 'editor' })
  expect((await desk.get('/admin/digests/weekly', session)).words).toContain('Send a test to me')
  await desk.post('/admin/digests/weekly/test', [['to', 'mara@example.org']], session)
  await world.app.sender.drain()
  expect(issuesTo(world, 'ed@example.org')).toHaveLength(1)
  expect(issuesTo(world, 'mara@example.org')).toEqual([])
})
