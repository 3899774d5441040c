import { resolve } from 'node:path'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { continueIssues } from '../../../src/digests/schedule/run-due.ts'
import { limitTokenGuesses } from '../../../src/operators/token-guesses.ts'
import { apiRoutes } from '../../../src/web/api/routes.ts'
import { articleText } from '../../support/content.ts'
import { becomeReader, startWorld } from '../../support/world.ts'
import { serve } from '../site/visitor.ts'

test('an API preview has the same warnings as command and desk; an impossible action is refused and not logged', async () => {
  const body = 'One.\n\n![](https://pictures.example.net/q.png)'
  await using world = await startWorld({ articles: { 'tides.md': articleText({ title: 'Tides', body }) } })
  const { app } = world
  const lines: string[] = []
  const digests = { ...app.digests, log: pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }) }
  const guesses = limitTokenGuesses({ ...app.access, isAdminToken: (token: string) => token === 'operator' }, world.clock)
  const templatesFolder = resolve('templates')
  await using visitor = await serve({
    '/': apiRoutes({
      guesses,
      operators: app.operators,
      digests,
      subscribers: app.subscribers,
      webhooks: app.webhooks,
      templatesFolder,
      triggerScheduler: () => {},
      doctor: () => Promise.reject(new Error('not asked here')),
    }),
  })
  const post = async (path: string, sent = {}) => {
    const headers = { Authorization: 'Bearer operator', 'Content-Type': 'application/json' }
    const answer = await visitor.send(path, { method: 'POST', headers, body: JSON.stringify(sent) })
    return { status: answer.status, body: JSON.parse(answer.body) }
  }
  const preview = await post('/digests/weekly/preview')
  expect(Object.keys(preview.body)).toEqual(['subject', 'html', 'text', 'bytes', 'articles', 'note', 'warnings'])
  expect(preview.body.warnings).toContainEqual(
    expect.stringMatching(
      /^articles\/tides\.md:\d+: body the picture https:\/\/pictures\.example\.net\/q\.png has no alt text \(warning\)$/,
    ),
  )

  await becomeReader(world, 'ada@example.org', ['weekly'])
  const weekly = app.publication.current().digests.get('weekly')
  if (!weekly) throw new Error('there is no weekly')
  const created = await createIssue(app.digests, weekly, {})
  if (created.status !== 'created') throw new Error(created.status)
  await continueIssues(app.digests)
  await app.sender.drain()
  const place = `/issues/${created.issue.id}`
  for (const [verb, sent, detail] of [
    ['retry', {}, 'issue 1 is finished: there is nothing to retry'],
    ['uncertain', { action: 'resend' }, 'issue 1 is finished: there is nothing to resend'],
    ['uncertain', { action: 'let_be' }, 'issue 1 is finished: there is nothing to let be'],
  ] as const) {
    expect(await post(`${place}/${verb}`, sent)).toMatchObject({ status: 409, body: { detail } })
  }
  expect(lines).toEqual([])
})
