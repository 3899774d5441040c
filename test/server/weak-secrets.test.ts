import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { command } from '../support/command.ts'
import { makeContent } from '../support/content.ts'
import { type Engine, freshDatabase } from '../support/databases.ts'
import { dataFolder, startService } from '../support/spawned-service.ts'

const weak = { SECRET: 'changeme-changeme1', ADMIN_TOKEN: 'Your-Token-Goes-Here' }
const now = '2026-11-20T09:00:00Z'

describe.each<Engine>(['sqlite', 'postgres'])('a weak SECRET or ADMIN_TOKEN on %s', (engine) => {
  test('stops a start on a new database, and is warned of where mail was sent', async () => {
    await using content = await makeContent({})
    await using data = await dataFolder()
    const fresh = await freshDatabase(engine)
    const store: Record<string, string> = engine === 'postgres' ? { DATABASE_URL: fresh.address } : {}
    const start = (env: Record<string, string>) =>
      startService({ content: content.folder, data: data.folder, now, env: { ...store, ...env } })
    const refusal = await start(weak).then(
      async (service) => {
        await service.kill()
        return 'it started'
      },
      (error: Error) => error.message,
    )
    expect(refusal).toContain('SECRET: consists of common words or sequences: set a random value')
    expect(refusal).toContain('ADMIN_TOKEN: consists of common words or sequences: set a random value')
    for (const value of Object.values(weak)) expect(refusal).not.toContain(value)

    await using good = await start({})
    const body = new URLSearchParams({ email: 'ada@example.org', digests: 'weekly' })
    expect((await good.fetch('/subscribe', { method: 'POST', body })).status).toBe(200)
    await expect
      .poll(async () => (await good.fetch('/metrics')).text(), { timeout: 20_000 })
      .toMatch(/deliveries\{kind="confirmation",state="\w+"\} 1/)
    expect(good.said()).not.toContain('common words')
    await good.stop()

    await using warned = await start(weak)
    expect(warned.said()).toContain('SECRET consists of common words or sequences: set a random value')
    expect(warned.said()).toContain('put the old value in SECRET_PREVIOUS')
    expect(warned.said()).toContain('ADMIN_TOKEN consists of common words or sequences')
    for (const value of Object.values(weak)) expect(warned.said()).not.toContain(value)
    await warned.stop()
    await fresh.remove()
  })
})

test('a command on a new database is refused as the start is', async () => {
  await using content = await makeContent({})
  await using data = await dataFolder()
  const env = { CONTENT_DIR: content.folder, DATA_DIR: join(data.folder, 'data'), SECRET: weak.SECRET }
  const { code, err } = await command(['issues'], { cwd: data.folder, env })
  expect([code, err]).toEqual([1, expect.stringContaining('broadsheet: SECRET: consists of common words or sequences')])
})
