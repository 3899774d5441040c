import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { sql } from '../../../src/platform/database/sql.ts'
import { everybody } from '../../subscribers/import/lists.ts'
import type { Engine } from '../../support/databases.ts'
import { type DeskWorld, startDesk } from './operator.ts'

const list = `Mail,name,Email Opt Out
a@example.org,Anna,0
b@example.org,Bert,1
nonsense,Carla,0
`

async function get(desk: DeskWorld, path: string, headers: { Cookie: string }) {
  const response = await fetch(`${desk.origin}${path}`, { headers, redirect: 'manual' })
  const html = await response.text()
  return {
    status: response.status,
    refresh: response.headers.get('Refresh'),
    html,
    text: html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' '),
  }
}

async function upload(
  desk: DeskWorld,
  headers: { Cookie: string },
  file: string,
  fields: Record<string, string> = { basis: 'consent', digests: 'weekly' },
) {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new Blob([file], { type: 'text/csv' }), 'list <b>.csv')
  return fetch(`${desk.origin}/admin/readers/import`, { method: 'POST', body: form, headers, redirect: 'manual' })
}

function act(desk: DeskWorld, path: string, fields: Record<string, string>, headers: { Cookie: string }) {
  return fetch(`${desk.origin}${path}`, { method: 'POST', body: new URLSearchParams(fields), headers, redirect: 'manual' })
}

/** The page once nothing runs any more. */
async function settled(desk: DeskWorld, path: string, headers: { Cookie: string }) {
  for (let tries = 0; tries < 200; tries++) {
    const page = await get(desk, path, headers)
    if (page.refresh === null) return page
    await setTimeout(50)
  }
  throw new Error('the import did not end')
}

for (const engine of ['sqlite', 'postgres'] satisfies Engine[])
  describe(`an import at the desk on ${engine}`, () => {
    test('shows the columns, tries, imports, and reports the rows not taken', async () => {
      await using desk = await startDesk({ engine })
      const cookie = await desk.logIn()
      const stored = await upload(desk, cookie, list)
      const path = stored.headers.get('Location') ?? ''
      expect(path).toMatch(/^\/admin\/readers\/import\/[\da-f-]{36}$/)
      const first = await get(desk, path, cookie)
      expect(first.text).toContain('A column may say who must get no mail')
      expect(first.text).toContain('Probably opted_out')
      expect(first.html).not.toContain('<b>.csv')
      // Undecided: nothing is imported.
      expect((await act(desk, path, { action: 'import', c0: 'email', c1: 'name', c2: '' }, cookie)).status).toBe(422)
      const tried = await act(desk, path, { action: 'try', c0: 'email', c1: 'name', c2: 'opted_out' }, cookie)
      expect(tried.status).toBe(303)
      const trial = await settled(desk, path, cookie)
      expect(trial.text).toContain('Of 3 rows, 2 would be added, 0 are known already, 1 would not be imported')
      expect(await everybody(desk.world)).toEqual([])
      await act(desk, path, { action: 'import', c0: 'email', c1: 'name', c2: 'opted_out' }, cookie)
      const done = await settled(desk, path, cookie)
      expect(done.text).toContain('Imported. Of 3 rows, 2 were added')
      expect(done.text).toContain('nonsense')
      expect(await everybody(desk.world)).toEqual(['a@example.org weekly confirmed', 'b@example.org weekly unsubscribed'])
      expect((await get(desk, `${path}/refused`, cookie)).html).toContain('row,email,reason\n4,nonsense,')
      expect(await desk.world.app.database.all(sql`SELECT part FROM import_upload_parts`)).toEqual([])
      expect((await act(desk, path, { action: 'import' }, cookie)).status).not.toBe(303)
    })

    test('a file is refused with the reason, and can be discarded', async () => {
      await using desk = await startDesk({ engine })
      const cookie = await desk.logIn()
      expect((await upload(desk, cookie, list, { basis: 'because', digests: 'weekly' })).status).toBe(422)
      expect((await upload(desk, cookie, list, { basis: 'consent', digests: 'unknown' })).status).toBe(422)
      expect((await upload(desk, cookie, '')).status).toBe(422)
      expect((await act(desk, '/admin/readers/import', { basis: 'consent' }, cookie)).status).toBe(422)
      expect((await upload({ ...desk }, { Cookie: '' }, list)).headers.get('Location')).toBe('/admin/login')
      const path = (await upload(desk, cookie, 'name\nx\n')).headers.get('Location') ?? ''
      expect((await get(desk, path, cookie)).text).toContain('has no column of email addresses')
      await act(desk, `${path}/discard`, {}, cookie)
      expect((await get(desk, path, cookie)).status).toBe(404)
      expect(await desk.world.app.database.all(sql`SELECT part FROM import_upload_parts`)).toEqual([])
    })
  })

test('a form from another site, or cut off in the middle, stores nothing', async () => {
  await using desk = await startDesk()
  const cookie = await desk.logIn()
  const foreign = await upload(desk, { ...cookie, Origin: 'https://evil.example' } as { Cookie: string }, list)
  expect(foreign.status).toBe(403)
  const boundary = 'x'
  const body = `--${boundary}\r\nContent-Disposition: form-data; name="basis"\r\n\r\nconsent\r\n--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nemail\na@exa`
  const headers = { ...cookie, 'Content-Type': `multipart/form-data; boundary=${boundary}` }
  const cut = await fetch(`${desk.origin}/admin/readers/import`, { method: 'POST', body, headers, redirect: 'manual' })
  expect(cut.status).toBe(422)
  const none = await fetch(`${desk.origin}/admin/readers/import`, {
    method: 'POST',
    body: 'x',
    headers: { ...cookie, 'Content-Type': 'multipart/form-data' },
    redirect: 'manual',
  })
  expect(none.status).toBe(422)
  expect(await desk.world.app.database.all(sql`SELECT id FROM import_uploads`)).toEqual([])
})
