import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeContent } from '../support/content.ts'
import { runHere } from '../support/run-command.ts'
import { startReceiver } from '../webhooks/webhook-receiver.ts'

test('webhooks are added, listed, changed, rotated, tested, replayed and removed by commands', { timeout: 120_000 }, async () => {
  let status = 204
  await using receiver = await startReceiver((response) => response.writeHead(status).end())
  await using content = await makeContent({})
  const data = await mkdtemp(join(tmpdir(), 'broadsheet-data-'))
  const command = (...words: string[]) =>
    runHere(content.folder, data, ['webhooks', ...words], { env: { FETCH_ALLOW: `webhook:${receiver.host}` } })
  const json = async (...words: string[]) => JSON.parse((await command(...words, '--json')).out)

  expect((await command('list')).out).toBe('No webhooks yet. To add one: broadsheet webhooks add URL\n')
  const { id, secret, types } = await json('add', receiver.url, '--types', 'issue.created, article.published', '--description', 'CRM')
  expect(types).toEqual(['issue.created', 'article.published'])
  expect(secret).toMatch(/^whsec_/)
  expect((await command('list')).out).toBe(`${id}  ${receiver.url}  issue.created, article.published  enabled\n`)
  expect(await json('list')).toMatchObject({ items: [{ id, description: 'CRM' }], next: null })

  expect((await command('test', id)).code).toBe(0)
  status = 500
  const failed = await command('test', id)
  expect([failed.code, failed.out]).toEqual([1, expect.stringMatching(/webhook\.test {2}failed\n {2}.* answered 500 \(\d+ ms\)\n$/)])
  const page = await json('log', id, '--limit', '1')
  expect(page.items).toHaveLength(1)
  expect((await json('log', id, '--after', page.next)).items).toHaveLength(1)
  expect(await json('replay', id, page.items[0].id)).toMatchObject({ state: 'queued' })
  expect(await command('replay', id, page.items[0].id)).toMatchObject({ code: 1, err: 'broadsheet: the delivery is queued already\n' })

  expect((await json('rotate', id)).secret).not.toBe(secret)
  expect((await command('change', id, '--disable')).out).toBe(`${id}  ${receiver.url}  issue.created, article.published  disabled\n`)
  expect(await json('change', id, '--enable', '--types', 'issue.paused')).toMatchObject({ enabled: true, types: ['issue.paused'] })
  expect(await json('remove', id)).toEqual({ removed: id })

  for (const [words, code, err] of [
    [['remove', id], 1, `there is no webhook ${id}`],
    [['test', id], 1, `there is no webhook ${id}`],
    [['log', id], 1, `there is no webhook ${id}`],
    [
      ['add', 'http://hooks.example.org/'],
      1,
      'url: must begin with https://; to allow it, add webhook:hooks.example.org:80 to FETCH_ALLOW',
    ],
    [['add', 'https://hooks.example.org/', '--types', 'issue.lost'], 2, '--types: unknown type: issue.lost'],
    [['change', id, '--enable', '--disable'], 2, 'webhooks change takes --enable or --disable, not both'],
  ] as const) {
    expect([words, await command(...words)]).toMatchObject([words, { code, err: expect.stringContaining(`broadsheet: ${err}`) }])
  }
  await rm(data, { recursive: true, force: true })
})
