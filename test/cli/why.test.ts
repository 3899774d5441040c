import { join } from 'node:path'
import { expect, test } from 'vitest'
import { command } from '../support/command.ts'
import { articleText, makeContent } from '../support/content.ts'
import { runHere } from '../support/run-command.ts'
import { dataFolder, startService } from '../support/spawned-service.ts'

const files = {
  'tides.md': articleText({ title: 'Tides', topics: ['coast'] }),
  'later.md': articleText({ title: 'Later', date: '2026-12-24' }),
  'sketch.md': articleText({ title: 'Sketch', extra: 'draft: true\n' }),
  'notes.md': '---\ntitle: Notes\ndraft: true\n---\nTo do.\n',
  'sub/torn.md': '---\ntitle: "open\npublish_date: 2026-11-01\n---\n',
  'secret.md': articleText({ title: 'Secret', extra: 'password: swordfish\n' }),
  'private.md': articleText({ title: 'Private', extra: 'visibility: private\n' }),
  'quiet.md': articleText({ title: 'Quiet', extra: 'unlisted: true\n' }),
  'over.md': articleText({ title: 'Over', extra: 'expires: 2026-11-12\n' }),
  'no-day.md': articleText({ title: 'No day', date: '2026-02-30' }),
}

test('why shows the status of each file, by slug or path', async () => {
  await using content = await makeContent(files)
  await using data = await dataFolder()
  const why = (...args: string[]) => runHere(content.folder, data.folder, ['why', ...args])
  const cases: [string, RegExp][] = [
    ['tides', /^Tides\n {2}weekly: pending\n {2}coast-daily: pending\n$/],
    ['articles/tides.md', /^Tides\n {2}weekly: pending\n/],
    [join(content.folder, 'articles/tides.md'), /^Tides\n/],
    ['later', /^later\.md waits until 2026-12-24T00:00:00\.000Z\n$/],
    ['later.md', /^later\.md waits until 2026-12-24/],
    ['sketch', /^sketch\.md is a draft\n$/],
    ['articles/sketch.md', /^sketch\.md is a draft\n$/],
    ['notes', /^notes\.md is a draft\n$/],
    ['secret', /^secret\.md is protected: password\n {2}weekly: excluded, protected: password\n/],
    ['private.md', /^private\.md is private: visibility\n$/],
    ['articles/quiet.md', /^quiet\.md is unlisted\n {2}weekly: excluded, unlisted\n/],
    ['over', /^over\.md expired on 2026-11-12\n {2}weekly: excluded, expired on 2026-11-12\n/],
    ['torn', /^sub\/torn\.md is not published: its file has an error\narticles\/sub\/torn\.md:\d: /],
    ['no-day', /^no-day\.md is not published: its file has an error\narticles\/no-day\.md:7: publish_date .*2026-02-30/],
  ]
  for (const [name, words] of cases) expect(await why(name), name).toMatchObject({ code: 0, out: expect.stringMatching(words) })
  expect(await why('nothing')).toMatchObject({ code: 1, err: expect.stringContaining('there is no article nothing') })
  expect(JSON.parse((await why('later', '--json')).out)).toEqual({
    id: null,
    path: 'later.md',
    state: 'waits',
    until: '2026-12-24T00:00:00.000Z',
    problems: [],
    ledger: [],
  })
  expect(JSON.parse((await why('over', '--json')).out)).toMatchObject({
    state: 'expired',
    reason: 'expired on 2026-11-12',
    ledger: [{ digest: 'weekly', state: 'excluded', reason: 'expired on 2026-11-12' }, { digest: 'coast-daily' }],
  })
  expect(JSON.parse((await why('no-day', '--json')).out)).toMatchObject({ state: 'faulty', problems: [{ line: 7, field: 'publish_date' }] })
})

test('only check and start report problems with content', async () => {
  await using content = await makeContent(files)
  await using data = await dataFolder()
  const env = { CONTENT_DIR: content.folder, DATA_DIR: data.folder }
  for (const own of [env, { ...env, LOG_LEVEL: 'warn' }])
    expect(await command(['issues'], { cwd: content.folder, env: own })).toMatchObject({ code: 0, err: '' })
  expect((await command(['check'], { cwd: content.folder, env })).out).toContain('articles/no-day.md:7: ')
  const { out } = await command(['check'], { cwd: content.folder, env })
  expect(out).toContain(
    'articles/secret.md:12: password hides the article (protected: password): it is not published. To show it: articles: { show: [protected] }',
  )
  expect(out).not.toContain('swordfish')
  await using service = await startService({ content: content.folder, data: data.folder, now: '2026-11-20T09:00:00Z' })
  expect(service.said()).toContain('no-day.md')
})
