import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { articleText, makeContent } from '../support/content.ts'
import { runHere } from '../support/run-command.ts'
import { dataFolder } from '../support/spawned-service.ts'

test('the command line lists and changes what the API does: articles, digests, notes, deliveries, operators, the audit log', async () => {
  await using content = await makeContent({
    'ebb.md': articleText({ title: 'Ebb', date: '2026-11-12' }),
    'flood.md': articleText({ title: 'Flood', date: '2026-11-13' }),
  })
  await using data = await dataFolder()
  let minutes = 0
  /** Each a minute later, because the audit log is in the order of time. */
  const run = (...args: string[]) => {
    const now = new Date(Date.parse('2026-11-20T09:00:00Z') + minutes++ * 60_000).toISOString()
    return runHere(content.folder, data.folder, args, { now })
  }
  const json = async (...args: string[]) => {
    const { code, out, err } = await run(...args, '--json')
    expect([args, code, code === 0 ? '' : err]).toEqual([args, 0, ''])
    return JSON.parse(out)
  }
  const first = await json('articles', '--limit', '1')
  expect([first.items[0].slug, first.next]).toEqual(['flood', 'flood'])
  expect((await json('articles', '--after', 'flood')).items.map(({ slug }: { slug: string }) => slug)).toEqual(['ebb'])

  expect(await json('digests', 'hold', 'weekly')).toEqual({ held: true })
  expect((await json('digests')).items[0]).toMatchObject({ name: 'weekly', next_held: true, last_issue: null })
  expect((await run('digests')).out).toContain('weekly  next 2026-11-23T08:00:00.000Z, held')
  expect(await json('digests', 'release', 'weekly')).toEqual({ held: false })

  const file = join(content.folder, 'words.txt')
  await writeFile(file, '---\nsubject: A word\n---\nDear all\n')
  expect(await json('notes', 'save', 'weekly', file)).toMatchObject({ source: 'draft', note: { subject: 'A word', body: 'Dear all' } })
  expect((await run('notes', 'show', 'weekly')).out).toContain('subject: A word')
  expect(await json('notes', 'delete', 'weekly')).toMatchObject({ source: 'none', note: null })
  await writeFile(file, '---\ncta: No address\n---\n')
  expect(await run('notes', 'save', 'weekly', file)).toMatchObject({ code: 1, err: expect.stringContaining(`${file}:2: `) })

  await writeFile(file, '---\nsubject: Of this call\n---\n')
  expect(await json('send', 'weekly', '--articles', 'ebb', '--note', file)).toMatchObject({ number: 1, subject: 'Of this call' })
  expect((await json('articles')).items.map(({ ledger }: { ledger: { state: string }[] }) => ledger[0]?.state)).toEqual([
    'pending',
    'issued',
  ])
  expect((await run('send', 'weekly', '--dry-run', '--articles', 'ebb')).code).toBe(2)
  expect(await json('notes', 'show', 'weekly/1')).toMatchObject({ source: 'issue', note: { subject: 'Of this call' } })
  expect((await run('notes', 'save', 'weekly/1', file)).err).toContain('not held')
  expect(await json('issues', 'deliveries', 'weekly/1', '--state', 'failed')).toEqual({ items: [], next: null })

  await json('operators', 'invite', 'ann@example.org', '--role', 'editor')
  expect(await json('operators', 'language', 'ann@example.org', 'pt-br')).toMatchObject({ language: 'pt-BR' })
  expect((await run('operators', 'language', 'ann@example.org', '?')).code).toBe(2)
  const latest = await json('audit', '--limit', '1')
  expect(latest.items[0]).toMatchObject({ action: 'operator.language', via: 'cli' })
  expect((await json('audit', '--after', latest.next)).items[0]).toMatchObject({ action: 'operator.invite' })
})
