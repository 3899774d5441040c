import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { previewInFull } from '../../../src/digests/edition/preview.ts'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { listIssuesIn } from '../../../src/digests/issue/issue-store.ts'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import { limitTokenGuesses } from '../../../src/operators/token-guesses.ts'
import { apiRoutes } from '../../../src/web/api/routes.ts'
import { articleText, publicationYaml } from '../../support/content.ts'
import { becomeReader, issuesTo, startWorld, type World } from '../../support/world.ts'
import { startDesk } from '../../web/admin/operator.ts'
import { serve } from '../../web/site/visitor.ts'

const articles = {
  'ebb.md': articleText({ title: 'Ebb', date: '2026-11-12' }),
  'flood.md': articleText({ title: 'Flood', date: '2026-11-13' }),
}
const words = 'Dear all, the **harbour** is open.\n\n<!-- articles -->\n\nUntil next week.'
const fields = { subject: 'A word', lead: 'ebb', body: words }
const file = `---\nsubject: A word\nlead: ebb\n---\n${words}\n`

function weeklyOf(world: World) {
  const definition = world.app.publication.current().digests.get('weekly')
  if (!definition) throw new Error('there is no weekly')
  return definition
}

async function startApi(options: Parameters<typeof startWorld>[0] = {}) {
  await using parts = new AsyncDisposableStack()
  const world = parts.use(await startWorld({ articles, ...options }))
  const { app } = world
  const visitor = parts.use(
    await serve({
      '/': apiRoutes({
        guesses: limitTokenGuesses({ ...app.access, isAdminToken: (token: string) => token === 'operator' }, world.clock),
        operators: app.operators,
        digests: app.digests,
        subscribers: app.subscribers,
        templatesFolder: resolve('templates'),
        triggerScheduler: () => {},
        doctor: () => Promise.reject(new Error('not asked here')),
        webhooks: app.webhooks,
      }),
    }),
  )
  const owned = parts.move()
  return {
    world,
    async call(method: string, path: string, sent?: object, tag?: string) {
      const headers = {
        Authorization: 'Bearer operator',
        ...(sent ? { 'Content-Type': 'application/json' } : {}),
        ...(tag === undefined ? {} : { 'If-Match': tag }),
      }
      const answer = await visitor.send(path, { method, headers, ...(sent ? { body: JSON.stringify(sent) } : {}) })
      const isJson = /json/.test(answer.headers.get('Content-Type') ?? '')
      return { status: answer.status, tag: answer.headers.get('ETag') ?? '', body: isJson ? JSON.parse(answer.body) : answer.body }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

const note = '/digests/weekly/note'

test('the draft of the desk comes before the file, makes the same mail, and uses the file up', async () => {
  await using api = await startApi({ files: { 'issues/weekly/next.md': file } })
  const { world } = api
  const ofFile = await previewInFull(world.app.digests, weeklyOf(world), 'templates')
  const before = await api.call('GET', note)
  expect(before.body).toMatchObject({
    source: 'file',
    file: 'issues/weekly/next.md',
    note: { subject: 'A word', lead: 'ebb', body: words },
  })
  const saved = await api.call('PUT', note, fields, before.tag)
  expect(saved).toMatchObject({ status: 200, body: { source: 'draft', file_changed: false } })
  const ofDraft = await previewInFull(world.app.digests, weeklyOf(world), 'templates')
  expect([ofDraft?.subject, ofDraft?.html, ofDraft?.text]).toEqual([ofFile?.subject, ofFile?.html, ofFile?.text])
  expect(ofDraft?.note?.source).toBe('draft')
  const exported = await api.call('GET', `${note}?format=file`)
  expect(exported.body).toBe(`---\nsubject: A word\nlead: ebb\n---\n\n${words}\n`)

  expect((await api.call('POST', '/digests/weekly/issues', {})).status).toBe(201)
  expect((await api.call('GET', note)).body).toMatchObject({ source: 'none', note: null })
})

test('a note makes the same mail by file, by desk and by API', async () => {
  await using byFile = await startApi({ files: { 'issues/weekly/next.md': file } })
  await using byApi = await startApi()
  expect((await byApi.call('PUT', note, fields, '*')).status).toBe(200)
  await using byDesk = await startDesk({ articles })
  const session = await byDesk.logIn()
  const page = await byDesk.get('/admin/digests/weekly/note', session)
  const seen = /name="seen" value="([^"]*)"/.exec(page.body)?.[1]?.replaceAll('&#34;', '"') ?? ''
  const typed = { ...fields, seen, body: words.replaceAll('\n', '\r\n') }
  expect((await byDesk.post('/admin/digests/weekly/note', Object.entries(typed), session)).status).toBe(303)
  const mails = []
  for (const world of [byFile.world, byApi.world, byDesk.world]) {
    await becomeReader(world, 'ann@example.net', ['weekly'])
    world.clock.set('2026-11-23T08:01:00Z')
    await runDue(world.app.digests)
    await world.app.sender.drain()
    const [got] = issuesTo(world, 'ann@example.net')
    // Ids and tokens are random. They have the same length, so lines are wrapped at the same places.
    const { subject, html, text, headerLines } = got?.mail ?? {}
    const headers = headerLines?.map(({ line }) => line).filter((line) => !/^(?:received|message-id|content-type):/i.test(line))
    mails.push(JSON.stringify([subject, html, text, headers]).replace(/[\w-]{20,}/g, 'ID'))
  }
  expect(mails[0]).toContain('<strong>harbour</strong>')
  expect(mails[1]).toBe(mails[0])
  expect(mails[2]).toBe(mails[0])
})

test('when the file changes after the draft, both exist, and the file can be used', async () => {
  await using api = await startApi({ files: { 'issues/weekly/next.md': file } })
  const { tag } = await api.call('PUT', note, { ...fields, subject: 'From the desk' }, '*')
  await api.world.content.write('issues/weekly/next.md', file.replace('A word', 'Another word'))
  expect((await api.call('GET', note)).body).toMatchObject({ source: 'draft', file_changed: true })
  const preview = await api.call('POST', '/digests/weekly/preview', {})
  expect(preview.body.subject).toBe('From the desk')
  expect(preview.body.warnings).toContainEqual(expect.stringContaining('issues/weekly/next.md:1: is not used: the desk has a draft'))
  expect(await api.call('DELETE', note, undefined, tag)).toMatchObject({ status: 200, body: { source: 'file' } })
  expect((await api.call('POST', '/digests/weekly/preview', {})).body.subject).toBe('Another word')
})

test('of two editors the second sees both texts, and a call without If-Match changes nothing', async () => {
  await using api = await startApi()
  const { tag } = await api.call('GET', note)
  expect((await api.call('PUT', note, { body: 'From Ann' }, tag)).status).toBe(200)
  const second = await api.call('PUT', note, { body: 'From Ben' }, tag)
  expect(second).toMatchObject({ status: 412, body: { current: { note: { body: 'From Ann' } }, sent: { body: 'From Ben' } } })
  expect((await api.call('PUT', note, { body: 'From both' }, second.tag)).status).toBe(200)
  expect((await api.call('PUT', note, { body: 'x' })).status).toBe(428)
  expect((await api.call('PUT', note, { exclude: ['ebbb'] }, '*')).body).toMatchObject({ status: 422, errors: [{ field: 'exclude' }] })
  expect((await api.call('GET', note)).body.note.body).toBe('From both')
})

test('a call that sends carries its own note, and leaves the file for the next issue', async () => {
  await using api = await startApi({ files: { 'issues/weekly/next.md': 'Of the file.' } })
  const sent = await api.call('POST', '/digests/weekly/issues', { articles: ['ebb'], note: { subject: 'Of the call' } })
  expect(sent).toMatchObject({ status: 201, body: { subject: 'Of the call' } })
  expect((await api.call('POST', '/digests/weekly/issues', { note: { cta: 'No address' } })).status).toBe(422)
  expect((await api.call('GET', note)).body).toMatchObject({ source: 'file' })
})

test('a held issue takes another note, another order and its postponed articles, and waits for approval again', async () => {
  const publication = publicationYaml.replace('allowed_lateness: 6h }', 'allowed_lateness: 6h, hold: 2h }')
  await using api = await startApi({ publication, files: { 'issues/weekly/next.md': '---\npostpone: ebb\n---\nHello' } })
  const { world } = api
  world.clock.set('2026-11-23T07:00:00Z')
  await runDue(world.app.digests)
  const held = async () => (await listIssuesIn(world.app.database, 'held'))[0]
  const issue = await held()
  if (!issue) throw new Error('no issue is held')
  const path = `/issues/${issue.id}/note`
  expect(issue.content.articles.map(({ values }) => values.title)).toEqual(['Flood'])
  expect((await api.call('PUT', path, { postpone: ['ebb', 'flood'] }, '*')).status).toBe(409)
  const { tag } = await api.call('GET', path)
  expect((await api.call('PUT', path, { subject: 'Changed', lead: 'ebb' }, tag)).status).toBe(200)
  expect((await api.call('PUT', path, { subject: 'Late' }, tag)).status).toBe(412)
  const changed = await held()
  expect(changed?.content.articles.map(({ values }) => values.title)).toEqual(['Ebb', 'Flood'])
  expect([changed?.subject, changed?.hold?.reason, changed?.hold?.releaseAt]).toEqual([
    'Changed',
    'its note was changed: approve it again',
    undefined,
  ])
  expect((await createIssue(world.app.digests, weeklyOf(world), {})).status).toBe('nothing_new')
  expect((await api.call('DELETE', path, undefined, '*')).status).toBe(200)
  expect((await held())?.content.articles.map(({ values }) => values.title)).toEqual(['Flood'])
  expect((await api.call('POST', `/issues/${issue.id}/approve`, {})).status).toBe(200)
  expect((await api.call('PUT', path, { subject: 'Too late' }, '*')).status).toBe(409)
})
