import { expect, test } from 'vitest'
import { sql } from '../../../src/platform/database/sql.ts'
import { startBusyDesk } from './busy-desk.ts'
import { startDesk } from './operator.ts'

const langOf = (body: string) => /<html lang="([^"]*)" dir="([^"]*)"/.exec(body)?.slice(1)

test('the desk speaks the language of the operator, else that of the browser, else that of the publication, else English', async () => {
  const publication = 'title: De Vloed\nlanguage: nl\n'
  await using desk = await startDesk({ publication })
  const japanese = await desk.logIn({ email: 'emi@example.org', role: 'editor', language: 'ja' })
  const viewer = await desk.logIn({ email: 'vera@example.org', role: 'viewer' })
  const german = { 'Accept-Language': 'de-AT,de;q=0.9,en;q=0.5' }
  expect(langOf((await desk.get('/admin', { ...japanese, ...german })).body)).toEqual(['ja', 'ltr'])
  const austrian = await desk.get('/admin', { ...viewer, ...german })
  expect(langOf(austrian.body)).toEqual(['de-AT', 'ltr'])
  expect(austrian.words).toContain('Einstellungen')
  expect(langOf((await desk.get('/admin', viewer)).body)).toEqual(['nl', 'ltr'])
  for (const nonsense of ['', 'x'.repeat(60), 'cy_GB', '1;;,'])
    expect(langOf((await desk.get('/admin', { ...viewer, 'Accept-Language': nonsense })).body)).toEqual(['nl', 'ltr'])
  // Nobody has words for Welsh, and a header may hold anything.
  expect(langOf((await desk.get('/admin', { ...viewer, 'Accept-Language': 'cy, *, x_y' })).body)).toEqual(['nl', 'ltr'])
  await using other = await startDesk({ publication: 'title: Y Llanw\nlanguage: cy\n' })
  expect(langOf((await other.get('/admin', await other.logIn())).body)).toEqual(['en', 'ltr'])
})

test('Arabic and Hebrew run from right to left on every page, also before the log-in and on errors', async () => {
  await using desk = await startDesk({ withMailbox: false })
  for (const language of ['ar', 'he']) {
    const asks = { 'Accept-Language': language }
    for (const page of ['/admin/login', '/admin/login/x'])
      expect(langOf((await desk.get(page, asks)).body), page).toEqual([language, 'rtl'])
    const spent = await desk.post('/admin/login/x', [], asks)
    const foreign = await desk.post('/admin/login', [], { ...asks, 'Sec-Fetch-Site': 'cross-site' })
    const session = await desk.logIn({ email: `${language}@example.org`, role: 'viewer', language })
    const refused = await desk.get('/admin/operators', session)
    const missing = await desk.get('/admin/nothing', session)
    const broken = await desk.get('/admin/articles/%E0%A4%A', session)
    for (const { status, body } of [spent, foreign, refused, missing, broken]) {
      expect(status).toBeGreaterThanOrEqual(400)
      expect(langOf(body), body).toEqual([language, 'rtl'])
    }
  }
})

test('operators change the language of their own desk and mail', async () => {
  await using desk = await startDesk()
  const { app } = desk.world
  const session = await desk.logIn({ email: 'vera@example.org', role: 'viewer' })
  const settings = await desk.get('/admin/settings', session)
  expect(settings.body).toContain('<option value="pt-BR" lang="pt-BR">português (Brasil)</option>')
  const changed = await desk.post('/admin/language', [['language', 'fr']], session)
  expect([changed.status, changed.headers.get('Location')]).toEqual([303, '/admin/settings?done=language'])
  const french = await desk.get('/admin/settings?done=language', session)
  expect(langOf(french.body)).toEqual(['fr', 'ltr'])
  expect(french.words).toContain('Enregistré.')
  expect(french.body).toContain('<option value="fr" lang="fr" selected>')
  const refused = await desk.post('/admin/language', [['language', 'no tag']], session)
  expect(refused.status).toBe(422)
  expect(refused.words).toContain('Langue du bureau')
  await desk.post('/admin/language', [['language', '']], session)
  expect(langOf((await desk.get('/admin/settings', session)).body)).toEqual(['en', 'ltr'])
  const audit = await app.database.all<{ details: string }>(
    sql`SELECT details FROM audit_log WHERE action = 'operator.language' ORDER BY id`,
  )
  expect(audit.map(({ details }) => JSON.parse(details))).toEqual([{ language: 'fr' }, { language: '' }])
  // Whoever entered without an address has no language, and is asked for the address first.
  const nameless = await desk.logIn()
  expect((await desk.get('/admin/settings', nameless)).body).not.toContain('/admin/language')
  expect((await desk.post('/admin/language', [['language', 'fr']], nameless)).headers.get('Location')).toBe('/admin/address')
})

/** Dates as English writes them: German has a full stop after the day. */
const englishDate = /\b\d{1,2} (?:Nov|Dec)\w*|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\w*/g

test('a German operator of an English publication sees German dates, schedules and reasons on each page', async () => {
  const { desk, session, pages } = await startBusyDesk({
    language: 'en',
    operator: { email: 'ann@example.org', role: 'owner', language: 'de' },
  })
  await using _ = desk
  const english: Record<string, string[]> = {}
  const all: string[] = []
  // Before the log-in, nobody knows who asks.
  for (const page of pages.filter((one) => !one.startsWith('/admin/login'))) {
    const { body, words } = await desk.get(page, session)
    expect(langOf(body), page).toEqual(['de', 'ltr'])
    const shown = body.replace(/<(span|option|pre)\b[^>]*\slang="[^"]*"[^>]*>[\s\S]*?<\/\1>|<pre\b[\s\S]*?<\/pre>|<[^>]*>/g, ' ')
    const found = shown.match(englishDate)
    if (found) english[page] = found
    all.push(words)
  }
  expect(english).toEqual({})
  const told = all.join('\n')
  for (const sentence of [
    'Montag, 23. November 2026',
    'Ausgaben dieses Newsletters warten auf die Freigabe',
    'von der Redaktion angehalten',
    'der Empfang ist unterbrochen',
    'von der Redaktion gestoppt',
    'Montags um 08:00 Uhr',
  ])
    expect(told, sentence).toContain(sentence)
})
