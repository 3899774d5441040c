import { expect, test, vi } from 'vitest'
import { migrations } from '../../src/app/core.ts'
import { storeVersion } from '../../src/platform/database/migration.ts'
import { articleText, makeContent } from '../support/content.ts'
import { freshDatabase } from '../support/databases.ts'
import { nextTree, previousTree, storeOf, type Tree } from '../support/other-trees.ts'
import { startReceiver } from '../support/receiver.ts'
import { adminToken, dataFolder, type Service, startService } from '../support/spawned-service.ts'

/*
 * An update without a pause: the older program goes on beside the newer one, which has brought their database up to date.
 */

vi.setConfig({ testTimeout: 240_000 })

const now = '2026-11-20T09:00:00Z'
const readers = Array.from({ length: 60 }, (_, n) => `reader${n}@example.org`)
const authorized = { Authorization: `Bearer ${adminToken}` }
const thisTree: Tree = { folder: '.', [Symbol.asyncDispose]: async () => {} }

async function call<Body>(service: Service, method: string, path: string, body?: string, type = 'application/json'): Promise<Body> {
  const init = body === undefined ? {} : { body }
  const answer = await service.fetch(path, { method, headers: { ...authorized, 'Content-Type': type }, ...init })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  return JSON.parse(text)
}

/**
 * The older program sends an issue when the newer one starts. Both send the rest, and nobody is passed over or gets it twice. Then the
 * older one starts once more. Resolves with what it said if it refuses.
 */
async function update(older: Tree, newer: Tree): Promise<string | undefined> {
  await using parts = new AsyncDisposableStack()
  const { address } = await freshDatabase('postgres')
  const content = parts.use(await makeContent({ 'tides.md': articleText() }))
  const gate = Promise.withResolvers<void>()
  const isUnderWay = Promise.withResolvers<void>()
  let messages = 0
  const receiver = parts.use(
    await startReceiver({
      onMessage: async () => {
        if (++messages <= 10) return undefined
        isUnderWay.resolve()
        await gate.promise
        return undefined
      },
    }),
  )
  const env = { DATABASE_URL: address, SMTP_URL: receiver.url, SMTP_CONNECTIONS: '4' }
  const start = async (tree: Tree) => {
    const data = parts.use(await dataFolder())
    return parts.use(await startService({ content: content.folder, data: data.folder, now, env, root: tree.folder }))
  }
  const before = await start(older)
  const list = `email,status,digests\n${readers.map((one) => `${one},subscribed,weekly\n`).join('')}`
  await call(before, 'POST', '/api/v1/subscribers/import?basis=consent', list, 'text/csv')
  const { id } = await call<{ id: string }>(before, 'POST', '/api/v1/digests/weekly/issues')
  await isUnderWay.promise
  const after = await start(newer)
  gate.resolve()
  for (const service of [before, after])
    await vi.waitUntil(async () => (await call<{ state: string }>(service, 'GET', `/api/v1/issues/${id}`)).state === 'finished', {
      timeout: 60_000,
      interval: 50,
    })
  expect(receiver.received.map(({ to }) => to).sort()).toEqual([...readers].sort())
  // The older one still takes in what it is given.
  await call(before, 'POST', '/api/v1/suppressions', JSON.stringify({ email: 'x@example.org', reason: 'operator' }))
  await before.stop()
  const refusal = await start(older).then(
    () => undefined,
    (error: Error) => error.message,
  )
  expect((await call<{ items: object[] }>(after, 'GET', '/api/v1/suppressions')).items).toHaveLength(1)
  return refusal
}

test('the previous commit and this one share a database, and the older one starts again where its version allows', async () => {
  await using previous = await previousTree()
  if (!previous)
    process.stderr.write('NO HISTORY HERE: this version is tested beside itself, not beside the previous commit. Run it in a full clone.\n')
  const older = previous ?? thisTree
  const { migrations: known, version } = previous ? await storeOf(previous) : { migrations, version: storeVersion }
  const names = new Set(known.map(({ name }) => name))
  const added = migrations.filter(({ name }) => !names.has(name))
  const refusal = await update(older, thisTree)
  if (added.every(({ since = 1 }) => since <= version)) expect(refusal).toBeUndefined()
  else expect(refusal).toContain('this database was used by a newer version of Broadsheet')
})

test('this version goes on, and starts again, beside a later one with a migration that it can use', async () => {
  const sql = "ALTER TABLE articles ADD COLUMN mood TEXT NOT NULL DEFAULT ''"
  await using next = await nextTree({ name: 'articles-next', sql, since: storeVersion })
  expect(await update(thisTree, next)).toBeUndefined()
})

test('this version refuses in one sentence to start after a migration that it cannot use', async () => {
  await using next = await nextTree({
    name: 'articles-next',
    sql: 'CREATE TABLE article_moods (name TEXT PRIMARY KEY) STRICT',
    since: storeVersion + 1,
  })
  const refusal = await update(thisTree, next)
  expect(refusal).toMatch(/this database was used by a newer version of Broadsheet, .*\(migration articles-next\): start the newer one/)
})
