import { readFile } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { byCommandLine } from '../../../src/platform/actor.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { suppressAddress } from '../../../src/subscribers/suppress.ts'
import { everybody } from '../../subscribers/import/lists.ts'
import { openBrowser, type TestBrowser } from '../../support/browser.ts'
import { type DeskView, deskViews, expectDeskFit, mainText, openDeskPage, viewName } from './desk-browser.ts'
import { type DeskWorld, startDesk } from './operator.ts'

/** Enough rows that the page is seen while the import runs. */
const fillers = 15_000
const rows = 5 + fillers

let browser: TestBrowser

beforeAll(async () => {
  browser = await openBrowser()
})

afterAll(() => browser?.[Symbol.asyncDispose]())

function listOf(count: number): string {
  const some = Array.from({ length: count }, (_, n) => `filler${n}@example.org,Filler ${n},0`)
  return `E-Mail,Contact,Email Opt Out
anna@example.org,Anna Berg,0
bert@example.org,Bert,1
not-an-address,Carla,0
ANNA@example.org,Anna again,0
gone@example.org,Dora,0
${some.join('\n')}
`
}

test.each(deskViews.map((view) => [viewName(view), view] as const))(
  'an editor imports a list with errors: mapping, dry run, progress, and the rows not taken (%s)',
  { timeout: 180_000 },
  async (_, view: DeskView) => {
    await using desk = await startDesk()
    await suppressAddress(desk.world.app.subscribers, 'gone@example.org', 'bounce', byCommandLine)
    const page = await openDeskPage(browser, desk, view, { email: 'edda@tide.example.org', role: 'editor' })
    await page.goto(`${desk.origin}/admin/readers`)
    await page.click('.ways a:has-text("Import a list")')
    await page.waitForURL('**/readers/import')
    await expectDeskFit(page, 'import-form')
    await page.check('input[name=digests][value=weekly]')
    await page.setInputFiles('#file', { name: 'old list.csv', mimeType: 'text/csv', buffer: Buffer.from(listOf(fillers)) })
    await page.click('text=Upload and look at the columns')

    // The mapping: one column may say no, one is not read.
    expect(await mainText(page)).toContain('A column may say who must get no mail')
    expect(await chosenFor(page, 'E-Mail')).toBe('email')
    expect(await chosenFor(page, 'Contact')).toBe('')
    expect(await chosenFor(page, 'Email Opt Out')).toBe('')
    await expectDeskFit(page, 'import-undecided')
    await page.click('button:has-text("Dry run")')
    expect(await mainText(page), 'undecided is not tried').toContain('Choose how to read it, or ignore it')
    await choose(page, 'Email Opt Out', 'opted_out')
    await choose(page, 'Contact', 'name')

    await page.click('button:has-text("Dry run")')
    await settled(page, /^Dry run done/)
    expect(await mainText(page)).toContain(`Of ${rows.toLocaleString('en')} rows`)
    expect(await everybody(desk.world)).toEqual([])
    expect(await chosenFor(page, 'Contact')).toBe('name')
    await expectDeskFit(page, 'import-tried')

    await page.click('main button:has-text("Import")')
    const seen = await progressOf(page, desk)
    expect(seen).toBeGreaterThan(0)
    // The page loads itself again until the import has ended.
    await settled(page, /^Imported\./)
    await expectDeskFit(page, 'import-done')
    // Known already: the second row of Anna.
    expect(await page.textContent('[role=status]')).toBe(
      `Imported. Of ${rows.toLocaleString('en')} rows, ${(rows - 3).toLocaleString('en')} were added, 1 were known already, 2 were not imported.`,
    )

    const [download] = await Promise.all([page.waitForEvent('download'), page.click('text=Download all of them as CSV')])
    expect(download.suggestedFilename()).toBe('not-imported.csv')
    const report = parse(await readFile(await download.path(), 'utf8'), { columns: true }) as {
      row: string
      email: string
      reason: string
    }[]
    expect(report).toEqual([
      { row: '4', email: 'not-an-address', reason: 'is not an email address that mail can be sent to' },
      { row: '6', email: 'gone@example.org', reason: 'is suppressed here: bounce' },
    ])
    for (const { row, email, reason } of report) expect(await mainText(page)).toContain(`${row}${email}${reason}`)

    await page.click('text=Show the readers')
    await page.waitForURL('**/admin/readers')
    expect(await page.textContent('.count')).toContain(`${(rows - 3).toLocaleString('en')} readers`)
    // Bert said no, Anna has the name of the corrected column, Dora's address is suppressed.
    expect((await everybody(desk.world)).filter((one) => !one.startsWith('filler'))).toEqual([
      'anna@example.org weekly confirmed',
      'bert@example.org weekly unsubscribed',
    ])
    expect(await desk.world.app.database.get(sql`SELECT name FROM subscribers WHERE email = 'anna@example.org'`)).toEqual({
      name: 'Anna Berg',
    })
    await page.context().close()
  },
)

function rowOf(page: Page, column: string) {
  return page.locator('.mapping tbody tr').filter({ has: page.locator('th bdi').getByText(column, { exact: true }) })
}

function chosenFor(page: Page, column: string): Promise<string> {
  return rowOf(page, column).locator('select').inputValue()
}

async function choose(page: Page, column: string, field: string): Promise<void> {
  await rowOf(page, column).locator('select').selectOption(field)
}

/** Waits until the page, which loads itself again, begins with `sentence`. */
async function settled(page: Page, sentence: RegExp): Promise<void> {
  await page.locator('[role=status]', { hasText: sentence }).waitFor({ timeout: 60_000 })
  await page.waitForLoadState()
}

/** The first number of rows above zero that the page of a running import shows. Fails if the import ends before. */
async function progressOf(page: Page, desk: DeskWorld): Promise<number> {
  for (;;) {
    const sentence = (await page.textContent('[role=status]')) ?? ''
    const read = /^Importing: ([\d,]+) rows? read/.exec(sentence)?.[1]
    if (read === undefined) throw new Error(`no import is running: ${sentence}`)
    if (read !== '0') return Number(read.replaceAll(',', ''))
    // A running import notes its progress once a second.
    desk.world.clock.advance(1_000)
    await page.reload()
  }
}
