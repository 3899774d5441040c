import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import { receiveMail } from '../../../src/inbound/receive.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { fillSearch } from '../../../src/subscribers/search/fill.ts'
import { processSignUps } from '../../../src/subscribers/sign-up/process-waiting.ts'
import { libraryMail } from '../../inbound/mail-library.ts'
import { openBrowser, type TestBrowser } from '../../support/browser.ts'
import { articleText } from '../../support/content.ts'
import { issuesTo } from '../../support/world.ts'
import { deskViews, expectDeskFit, mainText, openDeskPage, viewName } from './desk-browser.ts'
import { type DeskWorld, startDesk } from './operator.ts'

const email = 'mara@example.org'

let browser: TestBrowser

beforeAll(async () => {
  browser = await openBrowser()
})

afterAll(() => browser?.[Symbol.asyncDispose]())

test.each(deskViews.map((view) => [viewName(view), view] as const))(
  'the page of one reader tells the whole history, and lets operators edit and owners erase (%s)',
  { timeout: 180_000 },
  async (_, view) => {
    await using desk = await startDesk({ articles: { 'tides.md': articleText({ title: 'Tides', topics: ['coast'] }) } })
    const agreed = await liveAsReader(desk)
    await fillSearch(desk.world.app.database)

    const editor = await openDeskPage(browser, desk, view, { email: 'edda@tide.example.org', role: 'editor' })
    await openReader(editor, desk)
    const lived = [
      '23 Nov 2026, 08:03 Left The week, by page',
      `23 Nov 2026, 08:02 Confirmed The coast, daily, by preferences ${agreed.preferences}`,
      '23 Nov 2026, 08:01 The week: bounced for now 5.2.2',
      '23 Nov 2026, 08:00 The week: sent 250 OK: message queued',
      '20 Nov 2026, 09:01 Welcome mail: sent 250 OK: message queued',
      `20 Nov 2026, 09:01 Confirmed The week, by confirmation ${agreed.confirmation} From 127.0.0.1.`,
      '20 Nov 2026, 09:00 Confirmation mail: sent 250 OK: message queued',
      `20 Nov 2026, 09:00 Signed up for The week, by form ${agreed.form} From 127.0.0.1.`,
    ]
    expect(await timeline(editor)).toEqual(lived)
    for (const wording of Object.values(agreed)) expect(wording).not.toBe('')
    expect(await checkedTopics(editor), 'as the reader chose last').toEqual(['craft'])
    await expectDeskFit(editor, 'reader')
    expect(await editor.locator('text=Erase').count(), 'an editor cannot erase').toBe(0)
    await editor.fill('#name', 'Mara <b>Quill</b>')
    await editor.uncheck('input[name=topics][value=craft]')
    await editor.check('input[name=topics][value=coast]')
    await editor.click('button:has-text("Save")')
    await editor.waitForURL('**done=saved')
    const [change, ...before] = await timeline(editor)
    expect(change).toBe('23 Nov 2026, 08:03 Changed by edda@tide.example.org fields: name topics')
    expect(before).toEqual(lived)
    expect(await checkedTopics(editor)).toEqual(['coast'])
    expect(await editor.inputValue('#name')).toBe('Mara <b>Quill</b>')
    await expectDeskFit(editor, 'reader-saved')

    const owner = await openDeskPage(browser, desk, view)
    await openReader(owner, desk)
    const address = owner.url()
    await expectDeskFit(owner, 'reader-owner')
    await owner.check('input[name=sure]')
    await owner.click(`button:has-text("Erase ${email}")`)
    await owner.waitForURL('**/admin/readers?done=erased')
    expect(await owner.textContent('[role=status]')).toContain('Erased.')
    expect((await owner.goto(address))?.status()).toBe(404)
    await editor.reload()
    expect(await mainText(editor)).toContain('They may have been erased.')
    expect(await desk.world.app.database.all(sql`SELECT email FROM subscribers`)).toEqual([])
    for (const page of [editor, owner]) await page.context().close()
  },
)

function checkedTopics(page: Page): Promise<string[]> {
  return page.locator('input[name=topics]:checked').evaluateAll((all) => all.map((one) => (one as unknown as { value: string }).value))
}

/** What the reader agreed to, as the form and the pages showed it. */
interface Agreed {
  readonly form: string
  readonly confirmation: string
  readonly preferences: string
}

/** Signs up, confirms, gets an issue that bounces, changes topics and digests, and leaves: all in a browser. */
async function liveAsReader(desk: DeskWorld): Promise<Agreed> {
  const { app, clock, receiver } = desk.world
  const page = await browser.open({ url: `${desk.origin}/subscribe` }, { width: 390 })
  page.setDefaultTimeout(15_000)
  // A form that comes back at once is that of a program.
  clock.advance(10_000)
  await page.fill('#email', email)
  await page.check('input[name=digests][value=weekly]')
  await page.check('input[name=topics][value=coast]')
  const form = await wordingOf(page)
  await page.click('#subscribe')
  await page.waitForLoadState()
  await processSignUps(app.subscribers)
  await app.sender.drain()

  clock.advance(60_000)
  await page.goto(desk.origin + linkIn(receiver.received.at(-1)?.mail.text, 'confirm'))
  const confirmation = ((await page.textContent('main form button')) ?? '').trim()
  await page.click('main form button')
  await page.waitForLoadState()
  await app.sender.drain()

  clock.set('2026-11-23T08:00:10Z')
  await runDue(app.digests)
  await app.sender.drain()
  const [issue] = issuesTo(desk.world, email)
  const delivery = await app.database.get<{ id: number }>(
    sql`SELECT deliveries.id AS id FROM deliveries JOIN mailings ON mailings.id = mailing_id WHERE mailings.kind = 'issue'`,
  )
  clock.advance(60_000)
  const bounce = await libraryMail('postfix-mailbox-full', app.inbound.tokens, delivery?.id ?? 0)
  await receiveMail(app.inbound, { source: [bounce.source], recipients: [bounce.recipient], hasNullSender: true })

  clock.advance(60_000)
  await page.goto(desk.origin + linkIn(issue?.mail.text, 'preferences'))
  await page.uncheck('input[name=topics][value=coast]')
  await page.check('input[name=topics][value=craft]')
  await page.check('input[name=digests][value=coast-daily]')
  const preferences = await wordingOf(page)
  await page.click('button[value=save]')
  await page.waitForLoadState()

  clock.advance(60_000)
  await page.goto(desk.origin + linkIn(issue?.mail.text, 'unsubscribe'))
  await page.click('main form button >> nth=0')
  await page.waitForLoadState()
  await app.sender.drain()
  await page.context().close()
  return { form, confirmation, preferences }
}

async function wordingOf(page: Page): Promise<string> {
  return ((await page.textContent('.wording')) ?? '').trim()
}

/** The path of the first such link of a mail. */
function linkIn(text: string | undefined, kind: 'confirm' | 'preferences' | 'unsubscribe'): string {
  return new RegExp(`/${kind}/[\\w-]+`).exec(text ?? '')?.[0] ?? ''
}

/** Searches for the reader and follows the link of the list. */
async function openReader(page: Page, { origin }: DeskWorld): Promise<void> {
  await page.goto(`${origin}/admin/readers?q=mara@`)
  await page.click(`a.address:has-text("${email}")`)
  await page.waitForURL(/\/readers\/[\da-f-]{36}$/)
}

/** The lines of the history as they are read, latest first. */
async function timeline(page: Page): Promise<string[]> {
  const lines = await page.locator('.timeline li').allInnerTexts()
  return lines.map((line) => line.replace(/\s+/g, ' ').trim())
}
