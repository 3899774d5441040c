import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../src/platform/database/open.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { articleText, makeContent } from '../support/content.ts'
import { quietLog } from '../support/quiet.ts'
import { seedReaders } from '../support/readers.ts'
import { runHere } from '../support/run-command.ts'

let content: Awaited<ReturnType<typeof makeContent>>
let data: string
const file = () => join(data, 'broadsheet.sqlite')
const run = (...args: string[]) => runHere(content.folder, data, ['issues', ...args], { now: '2026-11-20T09:00:00Z' })

beforeAll(async () => {
  content = await makeContent({ 'one.md': articleText({ title: 'One' }) })
  data = await mkdtemp(join(tmpdir(), 'broadsheet-issues-'))
  await seedReaders(file(), 5)
  const sent = await runHere(content.folder, data, ['send', 'weekly', '--json'], { now: '2026-11-20T09:00:00Z' })
  expect(sent.code).toBe(0)
})

afterAll(async () => {
  await rm(data, { recursive: true, force: true })
  await content[Symbol.asyncDispose]()
})

async function change(statement: ReturnType<typeof sql>): Promise<void> {
  const database = await openDatabase(file(), quietLog)
  await database.run(statement)
  await database.close()
}

test('an issue is listed and shown by id or by digest and number, and acted on; a second time is refused', async () => {
  const [listed] = JSON.parse((await run('--json')).out)
  expect(listed).toMatchObject({ digest: 'weekly', number: 1, state: 'finished', counts: { sent: 5 } })
  expect((await run('list', '--state', 'held')).out).toBe('No issue matches.\n')
  expect((await run('show', 'weekly/1')).out).toContain('audience 5: 5 sent')

  await change(sql`UPDATE deliveries SET state = 'failed', reason = '552 5.2.2 mailbox full' WHERE address LIKE 'reader1@%'`)
  await change(sql`UPDATE deliveries SET state = 'uncertain' WHERE address LIKE 'reader2@%'`)
  const shown = JSON.parse((await run('show', listed.id, '--json')).out)
  expect(shown.failures).toMatchObject([
    { code: 552, status: '5.2.2', count: 1, may_pass: true, example: { address: 'reader1@example.org' } },
  ])
  expect(shown.domains).toEqual([{ domain: 'example.org', sent: 3, waiting: 0, failed: 1, rest: 1, bounced: 0, all: 5 }])

  expect(await run('uncertain', 'weekly/1', '--let-be', '--json')).toMatchObject({ code: 0 })
  expect(await run('uncertain', 'weekly/1', '--resend')).toMatchObject({
    code: 1,
    err: expect.stringContaining('there is nothing to resend'),
  })
  const retried = JSON.parse((await run('retry', 'weekly/1', '--group', shown.failures[0].group, '--json')).out)
  expect(retried).toMatchObject({ state: 'sending', counts: { queued: 1, failed: 0, uncertain: 1 } })
  expect(await run('pause', 'weekly/1')).toMatchObject({ code: 0, out: expect.stringContaining('paused (paused by the operator)') })
  expect(await run('pause', 'weekly/1')).toMatchObject({ code: 1, err: expect.stringContaining('issue 1 is paused') })
  expect(await run('resume', 'weekly/1')).toMatchObject({ code: 0, err: expect.stringContaining('a running server delivers it') })
  expect(JSON.parse((await run('cancel', 'weekly/1', '--json')).out)).toMatchObject({ state: 'cancelled', counts: { cancelled: 1 } })
  expect(await run('approve', 'weekly/1')).toMatchObject({ code: 1, err: expect.stringContaining('there is nothing to approve') })

  const database = await openDatabase(file(), quietLog)
  const audit = await database.all<{ action: string; via: string }>(sql`SELECT DISTINCT via FROM audit_log WHERE action LIKE 'issue.%'`)
  await database.close()
  expect(audit).toEqual([{ via: 'cli' }])
})

test('an unknown issue, a wrong state and an undecided decision are refused', async () => {
  expect(await run('show', 'weekly/99')).toMatchObject({
    code: 1,
    err: 'broadsheet: there is no issue weekly/99; broadsheet issues lists them\n',
  })
  expect((await run('list', '--state', 'gone')).code).toBe(2)
  expect((await run('list', '--limit', '0')).code).toBe(2)
  expect((await run('uncertain', 'weekly/1')).code).toBe(2)
  expect((await run('uncertain', 'weekly/1', '--resend', '--let-be')).code).toBe(2)
})
