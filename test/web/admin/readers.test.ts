import { describe, expect, test } from 'vitest'
import { byCommandLine } from '../../../src/platform/actor.ts'
import { erase } from '../../../src/subscribers/erase.ts'
import { growthOf } from '../../../src/subscribers/growth/growth.ts'
import { countGrowth } from '../../../src/subscribers/growth/growth-store.ts'
import { listSegment } from '../../../src/subscribers/list.ts'
import { amendSubscriber } from '../../../src/subscribers/operator.ts'
import { fillSearch } from '../../../src/subscribers/search/fill.ts'
import { imported } from '../../subscribers/import/lists.ts'
import type { Engine } from '../../support/databases.ts'
import { becomeReader } from '../../support/world.ts'
import { type DeskWorld, startDesk } from './operator.ts'

/** The texts of the page, without tags. */
function textOf(html: string): string {
  return html.replace(/<style[\s\S]*?<\/style>|<[^>]+>/g, ' ').replace(/\s+/g, ' ')
}

async function page(desk: DeskWorld, path: string, headers: { Cookie: string }): Promise<{ status: number; text: string; html: string }> {
  const response = await fetch(`${desk.origin}/admin${path}`, { headers, redirect: 'manual' })
  const html = await response.text()
  return { status: response.status, html, text: textOf(html) }
}

function post(desk: DeskWorld, path: string, fields: Record<string, string | string[]>, headers: { Cookie: string }): Promise<Response> {
  const body = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) body.append(name, one)
  return fetch(`${desk.origin}/admin${path}`, { method: 'POST', body, headers, redirect: 'manual' })
}

async function idOf(desk: DeskWorld, email: string): Promise<string> {
  const found = await listSegment(desk.world.app.subscribers, {}, { after: undefined, limit: 100 })
  return found.find((one) => one.email === email)?.id ?? ''
}

for (const engine of ['sqlite', 'postgres'] satisfies Engine[])
  describe(`readers at the desk on ${engine}`, () => {
    test('are listed newest first, filtered, searched and counted', async () => {
      await using desk = await startDesk({ engine })
      const cookie = await desk.logIn()
      expect((await page(desk, '/readers', cookie)).text).toContain('Nobody has signed up yet')
      const rows = Array.from({ length: 60 }, (_, n) => `reader${n}@example.org,Reader <b>${n}</b>,${n % 2 ? 'weekly' : 'coast-daily'}`)
      await imported(desk.world, `email,name,digests\n${rows.join('\n')}\n`)
      const first = await page(desk, '/readers', cookie)
      expect(first.text).toContain('60 readers')
      expect(first.html).not.toContain('<b>59')
      expect(first.html.indexOf('reader59@')).toBeLessThan(first.html.indexOf('reader58@'))
      const next = /href="([^"]+)" rel="next"/.exec(first.html)?.[1]?.replace('/admin', '').replaceAll('&amp;', '&') ?? ''
      expect((await page(desk, next, cookie)).text).toContain('reader0@example.org')
      expect((await page(desk, '/readers?digest=weekly&state=confirmed', cookie)).text).toContain('30 readers')
      expect((await page(desk, '/readers?since=nonsense', cookie)).status).toBe(422)
      await fillSearch(desk.world.app.database)
      expect((await page(desk, '/readers?q=EADER59', cookie)).text).toContain('1 reader found')
      expect((await page(desk, '/readers?q=example&cursor=rubbish', cookie)).status).toBe(200)
      expect((await page(desk, '/readers?q=re', cookie)).text).toContain('fewer than three characters')
    })

    test('one reader: the history, a change, and an erasure by an owner', async () => {
      await using desk = await startDesk({ engine })
      const cookie = await desk.logIn()
      await becomeReader(desk.world, 'mara@example.org', ['weekly'])
      const id = await idOf(desk, 'mara@example.org')
      const shown = await page(desk, `/readers/${id}`, cookie)
      for (const line of ['Signed up for', 'Confirmed', 'Confirmation mail: sent', 'Yes']) expect(shown.text).toContain(line)
      const changed = await post(desk, `/readers/${id}`, { name: 'Mara', language: '', digests: ['weekly'] }, cookie)
      expect(changed.headers.get('Location')).toBe(`/admin/readers/${id}?done=saved`)
      const after = await page(desk, `/readers/${id}?done=saved`, cookie)
      for (const line of ['Saved.', 'Mara', 'Changed by']) expect(after.text).toContain(line)
      await post(desk, `/readers/${id}`, { name: 'Mara', language: '' }, cookie)
      expect((await page(desk, `/readers/${id}`, cookie)).text).toContain('Left')
      expect((await post(desk, `/readers/${id}`, { name: 'Mara', digests: 'weekly' }, cookie)).status).toBe(422)
      expect((await post(desk, `/readers/${id}/erase`, {}, cookie)).status).toBe(422)
      expect((await post(desk, `/readers/${id}/erase`, { sure: 'yes' }, cookie)).headers.get('Location')).toBe('/admin/readers?done=erased')
      expect((await page(desk, `/readers/${id}`, cookie)).status).toBe(404)
    })

    test('adding asks for a confirmation, and a suppressed address is told', async () => {
      await using desk = await startDesk({ engine })
      const cookie = await desk.logIn()
      expect((await page(desk, '/readers/new', cookie)).status).toBe(200)
      const added = await post(desk, '/readers/new', { email: 'new@example.org', digests: ['weekly'], wording: 'At the fair' }, cookie)
      expect(added.headers.get('Location')).toMatch(/\/admin\/readers\/[\da-f-]{36}\?done=asked$/)
      const id = await idOf(desk, 'new@example.org')
      expect((await page(desk, `/readers/${id}`, cookie)).text).toContain('At the fair')
      expect((await post(desk, '/readers/new', { email: 'nonsense', digests: ['weekly'] }, cookie)).status).toBe(422)
      expect((await post(desk, '/suppressions', { email: 'bad@example.org', reason: 'complaint' }, cookie)).headers.get('Location')).toBe(
        '/admin/suppressions?done=added',
      )
      expect((await post(desk, '/readers/new', { email: 'bad@example.org', digests: ['weekly'] }, cookie)).status).toBe(409)
      expect((await page(desk, '/suppressions', cookie)).text).toContain('bad@example.org complaint')
      expect((await page(desk, '/suppressions?email=other@example.org', cookie)).text).toContain('not suppressed')
      expect((await post(desk, '/suppressions', { email: 'nonsense' }, cookie)).status).toBe(422)
      expect((await post(desk, '/suppressions/lift', { email: 'bad@example.org' }, cookie)).headers.get('Location')).toBe(
        '/admin/suppressions?done=lifted',
      )
      expect((await post(desk, '/suppressions/lift', { email: 'bad@example.org' }, cookie)).status).toBe(404)
    })
  })

test.each<Engine>(['sqlite', 'postgres'])('growth counts who joined and left on %s, also after an erasure', async (engine) => {
  await using desk = await startDesk({ engine })
  const cookie = await desk.logIn()
  const { app, clock } = desk.world
  const count = async () => {
    // On PostgreSQL a consent is counted on the second look.
    await countGrowth(app.database)
    while (await countGrowth(app.database)) {}
  }
  expect((await page(desk, '/readers/growth', cookie)).text).toContain('Nobody joined or left')
  await imported(
    desk.world,
    'email,digests,status\na@example.org,weekly,confirmed\nb@example.org,weekly,unsubscribed\nc@example.org,coast-daily,confirmed\n',
  )
  await count()
  await count()
  clock.advance(86_400_000)
  await amendSubscriber(app.subscribers, await idOf(desk, 'a@example.org'), { digests: [] }, byCommandLine)
  await count()
  await erase(app.subscribers, await idOf(desk, 'a@example.org'), byCommandLine)
  await count()
  const growth = await growthOf(app.subscribers, { per: 'day', count: 3 })
  expect(growth.periods.map(({ from, joined, left }) => [from, joined, left])).toEqual([
    ['2026-11-19', 0, 0],
    ['2026-11-20', 2, 0],
    ['2026-11-21', 0, 1],
  ])
  expect(growth.byDigest).toEqual([
    { name: 'coast-daily', joined: 1, left: 0, net: 1 },
    { name: 'weekly', joined: 1, left: 1, net: 0 },
  ])
  const shown = await page(desk, '/readers/growth?per=week&digest=weekly', cookie)
  for (const line of ['Only The week.', 'By sign-up source', '16 November 2026']) expect(shown.text).toContain(line)
  expect(shown.html).toContain('<path class="joined" d="M')
})

test('the export of the filters is a CSV file', async () => {
  await using desk = await startDesk()
  const cookie = await desk.logIn()
  await imported(desk.world, 'email,digests\na@example.org,weekly\nb@example.org,coast-daily\n')
  const response = await fetch(`${desk.origin}/admin/readers/export?digest=weekly`, { headers: cookie })
  expect(response.headers.get('Content-Disposition')).toContain('readers.csv')
  const csv = await response.text()
  expect(csv).toContain('a@example.org')
  expect(csv).not.toContain('b@example.org')
})
