import { expect, test } from 'vitest'
import { freezeAudience } from '../../../src/digests/audience/freeze-audience.ts'
import { previewIssue } from '../../../src/digests/edition/preview.ts'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { parsePublicationFile } from '../../../src/publication/read.ts'
import { articleText, publicationYaml } from '../../support/content.ts'
import { becomeReader, issuesTo, startWorld } from '../../support/world.ts'

const withPattern = (pattern: string) =>
  publicationYaml.replace('title: The week,', `title: The week, subject: ${JSON.stringify(pattern)},`)

test('a digest fills its subject template with the articles that each reader gets', async () => {
  const pattern =
    'No. {{ issue.number }}: {{ articles.first.title }}{% if articles.size > 1 %} and {{ articles.size | minus: 1 }} more{% endif %}'
  await using world = await startWorld({
    publication: withPattern(pattern),
    articles: {
      'one.md': articleText({ title: 'Gulls & <b>guano</b>', topics: ['coast'], date: '2026-11-11' }),
      'two.md': articleText({ title: 'A newer spine', topics: ['craft'], date: '2026-11-12' }),
    },
  })
  const { digests, publication } = world.app
  await becomeReader(world, 'all@example.org', ['weekly'])
  await becomeReader(world, 'coast@example.org', ['weekly'], ['coast'])
  const definition = publication.current().digests.get('weekly')
  if (!definition) throw new Error('there is no weekly')
  expect((await previewIssue(digests, definition))?.subject).toBe('No. 1: A newer spine and 1 more')
  const created = await createIssue(digests, definition, {})
  if (created.status !== 'created') throw new Error(created.status)
  expect(created.issue.subject).toBe('No. 1: A newer spine and 1 more')
  await freezeAudience(digests, created.issue.id)
  await world.app.sender.drain()
  expect(issuesTo(world, 'all@example.org').map(({ mail }) => mail.subject)).toEqual(['No. 1: A newer spine and 1 more'])
  expect(issuesTo(world, 'coast@example.org').map(({ mail }) => mail.subject)).toEqual(['No. 1: Gulls & guano'])
})

test.each([
  ['{{ articles.first.titel }}', 'undefined variable: articles.first.titel'],
  ['{{ issue.number', 'not closed'],
  ['{% include "passwd" %}', 'Failed to lookup'],
  ['{{ issue.number | nope }}', 'undefined filter: nope'],
  ['{% for i in (1..100000000) %}x{% endfor %}', 'limit exceeded'],
  ['{% if false %}x{% endif %}', 'comes out empty'],
])('the subject template %s is rejected with its place', (pattern, reason) => {
  const reading = parsePublicationFile(withPattern(pattern))
  expect(reading).toMatchObject({
    ok: false,
    problems: [{ line: 10, field: 'digests.weekly.subject', reason: expect.stringContaining(reason) }],
  })
})
