import { expect, test } from 'vitest'
import { listIssuesIn, readLastIssue } from '../../../src/digests/issue/issue-store.ts'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import { articleText, publicationYaml } from '../../support/content.ts'
import { startDesk } from './operator.ts'

const articles = {
  'ebb.md': articleText({ title: 'Ebb', date: '2026-11-12' }),
  'flood.md': articleText({ title: 'Flood', date: '2026-11-13' }),
}
const file = '---\nsubject: From the file\nlead: ebb\n---\n\nDear all\n'
const place = '/admin/digests/weekly/note'

type Desk = Awaited<ReturnType<typeof startDesk>>

/** The entity tag that the form carries. */
const seenIn = (body: string) => /name="seen" value="([^"]*)"/.exec(body)?.[1]?.replaceAll('&#34;', '"') ?? ''

async function openPage(desk: Desk, path = place) {
  const session = await desk.logIn()
  const read = () => desk.get(path, session)
  const page = await read()
  return {
    page,
    read,
    session,
    get: (more: string) => desk.get(path + more, session),
    /** Sends the form of the page as it was first shown. */
    send: (fields: Record<string, string>, more = '', seen = seenIn(page.body)) =>
      desk.post(path + more, Object.entries({ seen, ...fields }), session),
  }
}

test('the note of the next issue is saved at the desk, exported as its file, and sent with it', async () => {
  await using desk = await startDesk({ articles })
  const { page, read, send, get } = await openPage(desk)
  expect(page.status).toBe(200)
  const saved = await send({
    subject: ' A word ',
    body: 'Dear **all**\r\n\r\n<!-- articles -->\r\n\r\nUntil then',
    lead: 'ebb',
    cta_url: '',
  })
  expect([saved.status, saved.headers.get('Location')]).toEqual([303, `${place}?done=saved`])
  const shown = await read()
  expect(shown.body).toContain('value="A word"')
  expect(shown.words).toContain('Delete the draft')
  const exported = await get('/file')
  expect(exported.headers.get('Content-Disposition')).toBe('attachment; filename=next.md')
  expect(exported.body).toBe('---\nsubject: A word\nlead: ebb\n---\n\nDear **all**\n\n<!-- articles -->\n\nUntil then\n')
  desk.world.clock.set('2026-11-23T08:01:00Z')
  await runDue(desk.world.app.digests)
  const issue = await readLastIssue(desk.world.app.database, 'weekly')
  expect(issue).toMatchObject({ subject: 'A word', content: { note: { words: { above: '<p>Dear <strong>all</strong></p>' } } } })
  expect(issue?.content.articles.map(({ values }) => values.title)).toEqual(['Ebb', 'Flood'])
  expect((await read()).body).not.toContain('value="A word"')
})

test('of two editors the second sees both texts, and the form then keeps what they choose', async () => {
  await using desk = await startDesk({ articles })
  const ann = await openPage(desk)
  const ben = await openPage(desk)
  expect((await ann.send({ subject: 'Of Ann', body: 'From Ann' })).status).toBe(303)
  const conflict = await ben.send({ subject: 'Of Ben', body: 'From Ben <b>' })
  expect(conflict.status).toBe(412)
  expect(conflict.body).toContain('subject: Of Ann')
  expect(conflict.body).toContain('From Ann')
  expect(conflict.body).toContain('value="Of Ben"')
  expect(conflict.body).toContain('From Ben &lt;b&gt;')
  expect((await ann.read()).body).toContain('value="Of Ann"')
  expect((await ben.send({ subject: 'Of both' }, '', seenIn(conflict.body))).status).toBe(303)
  expect((await ann.read()).body).toContain('value="Of both"')
})

test('a note with errors is not saved, and comes back with what was typed', async () => {
  await using desk = await startDesk({ articles })
  const { send, read } = await openPage(desk)
  const answer = await send({ subject: 'Kept', exclude: 'ebbb' })
  expect(answer.status).toBe(422)
  expect(answer.words).toMatch(/exclude.*ebbb/)
  expect(answer.body).toContain('value="Kept"')
  expect((await read()).body).not.toContain('value="Kept"')
})

test('when the file changes after the draft, the page shows both, and its button uses the file', async () => {
  await using desk = await startDesk({ articles, files: { 'issues/weekly/next.md': file } })
  const { page, read, send } = await openPage(desk)
  expect(page.words).toContain('issues/weekly/next.md')
  expect(page.body).toContain('value="From the file"')
  await send({ subject: 'From the desk' })
  await desk.world.content.write('issues/weekly/next.md', file.replace('From the file', 'Changed later'))
  const both = await read()
  expect(both.body).toContain('value="From the desk"')
  expect(both.body).toContain('subject: Changed later')
  expect(both.words).toContain('Use issues/weekly/next.md instead')
  expect((await send({}, '/use-file', seenIn(both.body))).status).toBe(303)
  expect((await read()).body).toContain('value="Changed later"')
})

test('the preview shows the form as it is, and saves nothing', async () => {
  await using desk = await startDesk({ articles })
  const { send, read } = await openPage(desk)
  const frame = await send({ body: 'Only **tried**', postpone: 'flood' }, '/frame')
  expect(frame.headers.get('Content-Security-Policy')).toContain('sandbox')
  expect(frame.body).toContain('Only <strong>tried</strong>')
  expect([frame.body.includes('Ebb'), frame.body.includes('>Flood<')]).toEqual([true, false])
  expect((await send({ exclude: 'nothing-here' }, '/frame')).body).toContain('nothing-here')
  expect((await read()).body).not.toContain('tried')
})

test('the note of a held issue is previewed with its own articles, and saving it asks for approval again', async () => {
  const publication = publicationYaml.replace('allowed_lateness: 6h }', 'allowed_lateness: 6h, hold: 2h }')
  await using desk = await startDesk({ articles, publication, files: { 'issues/weekly/next.md': file } })
  const { app, clock } = desk.world
  clock.set('2026-11-23T07:00:00Z')
  await runDue(app.digests)
  const held = async () => (await listIssuesIn(app.database, 'held'))[0]
  const id = (await held())?.id ?? ''
  const note = await openPage(desk, `/admin/issues/${id}/note`)
  expect(note.page.body).toContain('value="From the file"')
  const frame = await note.send({ body: 'Another greeting', postpone: 'ebb' }, '/frame')
  expect(frame.body).toContain('Another greeting')
  expect([frame.body.includes('>Flood<'), frame.body.includes('>Ebb<')]).toEqual([true, false])
  expect((await note.send({ exclude: 'ebb\nflood' }, '/frame')).body).toContain('postpones or excludes every article')
  expect((await held())?.subject).toBe('From the file')

  expect((await note.send({ subject: 'At the desk', postpone: 'ebb' })).status).toBe(303)
  const changed = await held()
  expect([changed?.subject, changed?.hold?.reason, changed?.hold?.releaseAt]).toEqual([
    'At the desk',
    'its note was changed: approve it again',
    undefined,
  ])
  clock.set('2026-11-23T12:00:00Z')
  await runDue(app.digests)
  expect((await held())?.id).toBe(id)
  expect((await desk.get(`/admin/issues/${id}/frame`, note.session)).body).not.toContain('>Ebb<')
  const late = await note.send({ subject: 'Late' })
  expect([late.status, late.body.includes('subject: At the desk')]).toEqual([412, true])

  const again = await note.read()
  expect((await note.send({}, '/use-file', seenIn(again.body))).status).toBe(303)
  expect((await held())?.content.articles.map(({ values }) => values.title)).toEqual(['Ebb', 'Flood'])
})

test('a digest or an issue that is not there has no note, nor has one that is sent', async () => {
  await using desk = await startDesk({ articles })
  const session = await desk.logIn()
  for (const path of ['/admin/digests/none/note', '/admin/digests/toString/note', '/admin/issues/none/note'])
    expect((await desk.get(path, session)).status, path).toBe(404)
})
