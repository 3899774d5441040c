import { expect, test } from 'vitest'
import { plainRuns, pseudoFolder, pseudoLanguage } from '../../support/pseudo.ts'
import { startBusyDesk } from './busy-desk.ts'

/** Values of the test: the folder of articles, and what `becomeReader` signs up with. */
const values = ['articles', 'test', 'Yes']

test('every word of the desk comes from a message file, from the writer, or says that it is English', async () => {
  const templates = await pseudoFolder()
  const { desk, session, pages } = await startBusyDesk({
    language: pseudoLanguage,
    operator: { email: 'ann@example.org', role: 'owner', language: pseudoLanguage },
    templates,
    env: { TEMPLATES_DIR: templates },
  })
  await using _ = desk
  const plain: Record<string, string[]> = {}
  for (const page of pages) {
    const { body } = await desk.get(page, session)
    const runs = [...new Set(plainRuns(body))].filter((run) => !values.includes(run))
    if (runs.length > 0) plain[page.replace(/[\da-f-]{36}/, 'ID')] = runs
  }
  const nameless = { ...(await desk.logIn()), 'Accept-Language': pseudoLanguage }
  expect(plainRuns((await desk.get('/admin/address', nameless)).body)).toEqual([])
  const foreign = await desk.post('/admin/logout', [], { ...session, 'Sec-Fetch-Site': 'cross-site' })
  expect(foreign.status).toBe(403)
  expect(plainRuns(foreign.body)).toEqual([])
  expect(plain).toEqual({})
})
