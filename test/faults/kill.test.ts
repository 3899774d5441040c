import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/platform/database/open.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { articleText, makeContent } from '../support/content.ts'
import { type Engine, freshDatabase } from '../support/databases.ts'
import { quietLog } from '../support/quiet.ts'
import { seedReaders } from '../support/readers.ts'
import { startReceiver } from '../support/receiver.ts'
import { adminToken, dataFolder, type Service, startService } from '../support/spawned-service.ts'

const readers = 400
const connections = 5

test.each<Engine>(['sqlite', 'postgres'])(
  'kill -9 in the middle of an issue: everyone left gets it, nobody twice, and the rest is uncertain (%s)',
  async (engine) => {
    await using content = await makeContent({ 'one.md': articleText() })
    await using data = await dataFolder()
    const fresh = await freshDatabase(engine)
    const address = engine === 'postgres' ? fresh.address : join(data.folder, 'data', 'broadsheet.sqlite')
    await seedReaders(address, readers)
    let wanted = 0
    let reached = Promise.withResolvers<void>()
    await using receiver = await startReceiver({
      onMessage: () => {
        if (--wanted === 0) reached.resolve()
        return undefined
      },
    })
    const env = {
      SMTP_URL: receiver.url,
      SMTP_CONNECTIONS: String(connections),
      ...(engine === 'postgres' ? { DATABASE_URL: fresh.address } : {}),
    }
    let now = '2026-11-23T07:59:00Z'
    const start = () => startService({ content: content.folder, data: data.folder, now, env })
    let service: Service = await start()
    now = '2026-11-23T08:00:05Z'
    await service.setClock(now)
    for (const after of [1, 60, 90, 120]) {
      wanted = after
      reached = Promise.withResolvers<void>()
      await reached.promise
      await service.kill()
      service = await start()
    }
    await using last = service
    const database = await openDatabase(address, quietLog)
    const open = async () => (await database.get<{ n: number }>(sql`SELECT count(*) AS n FROM issues WHERE state <> 'finished'`))?.n
    await expect.poll(open, { timeout: 30_000 }).toBe(0)

    const headers = { Authorization: `Bearer ${adminToken}` }
    const sending = async (path: string, method: string) => (await last.fetch(`/api/v1/sending${path}`, { method, headers })).json()
    expect(await sending('/hold', 'POST')).toMatchObject({ held: true, reason: 'held by the operator' })
    expect(await sending('', 'GET')).toMatchObject({ held: true })
    expect(await sending('/release', 'POST')).toEqual({ held: false, reason: null, since: null })
    const rows = await database.all<{ address: string; state: string }>(sql`SELECT address, state FROM deliveries`)
    await database.close()
    expect(await last.stop()).toBe(0)
    const uncertain = new Set(rows.filter(({ state }) => state === 'uncertain').map((row) => row.address))
    const got = receiver.received.map(({ to }) => to)
    expect(new Set(got).size).toBe(got.length)
    expect(rows).toHaveLength(readers)
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(uncertain.size > 0 ? ['sent', 'uncertain'] : ['sent']))
    expect(uncertain.size).toBeLessThanOrEqual(4 * connections)
    for (const { address: reader, state } of rows) {
      if (state === 'sent') expect(got).toContain(reader)
    }
    expect(got.length + uncertain.size).toBeGreaterThanOrEqual(readers)
  },
)
