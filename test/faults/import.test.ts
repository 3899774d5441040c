import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { migrations } from '../../src/app/core.ts'
import type { Database } from '../../src/platform/database/database.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { makeContent } from '../support/content.ts'
import { type Engine, openTestDatabase } from '../support/databases.ts'
import { dataFolder } from '../support/spawned-service.ts'

const rows = 8_000
const list = `email,name,status\n${Array.from({ length: rows }, (_, n) => `reader${n % 7_000}@example.org,Reader ${n},${n % 9 === 0 ? 'unsubscribed' : n % 101 === 0 ? 'bounced' : 'subscribed'}\n`).join('')}`

test.each<Engine>(['sqlite', 'postgres'])('an import that is killed with -9, twice, ends as one that ran through (%s)', async (engine) => {
  await using content = await makeContent({})
  await using data = await dataFolder()
  const file = join(data.folder, 'list.csv')
  await writeFile(file, list)
  const start = (address: string) =>
    spawn(process.execPath, [resolve('bin/service.js'), 'subscribers', 'import', file, '--basis', 'consent', '--digests', 'weekly'], {
      cwd: data.folder,
      env: {
        CONTENT_DIR: content.folder,
        TEMPLATES_DIR: resolve('templates'),
        ...(engine === 'postgres' ? { DATABASE_URL: address } : { DATA_DIR: resolve(address, '..') }),
      },
      stdio: 'ignore',
    })
  await using whole = await openTestDatabase(engine, migrations)
  const [code] = await once(start(whole.address), 'exit')
  expect(code).toBe(0)

  await using killed = await openTestDatabase(engine, migrations)
  for (const after of [1_000, 3_000]) {
    const child = start(killed.address)
    await expect.poll(() => rowsRead(killed.database), { timeout: 20_000, interval: 2 }).toBeGreaterThanOrEqual(after)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await rowsRead(killed.database)).toBeLessThan(rows)
  }
  expect((await once(start(killed.address), 'exit'))[0]).toBe(0)
  expect(await allOf(killed.database)).toEqual(await allOf(whole.database))
})

async function rowsRead(database: Database): Promise<number> {
  return (await database.get<{ n: number }>(sql`SELECT rows_read AS n FROM imports`))?.n ?? 0
}

async function allOf(database: Database) {
  return {
    readers: await database.all(sql`
      SELECT email, name, digest, state, subscriptions.source FROM subscribers JOIN subscriptions ON subscribers.id = subscriber_id ORDER BY subscribers.id`),
    proofs: await database.all(sql`
      SELECT email, event, source, basis FROM consents JOIN subscribers ON subscribers.id = subscriber_id ORDER BY subscribers.id, consents.id`),
    suppressed: await database.all(sql`SELECT address_key, reason FROM suppressions ORDER BY address_key`),
    imports: await database.all(sql`SELECT key, rows_read, rows_hash, taken, updated, refused FROM imports`),
  }
}
