import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { continueIssues } from '../../../src/digests/schedule/run-due.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { openBrowser } from '../../support/browser.ts'
import { articleText } from '../../support/content.ts'
import { insertReaders } from '../../support/readers.ts'
import { startDesk } from './operator.ts'

const readers = 60

/** A folder for screenshots to look at; none are written without it. */
const pictures = process.env.ISSUE_PICTURES

test('an operator runs an issue from the browser, on a phone and a desk, with scripts and without', async () => {
  let isFull = true
  const some = Promise.withResolvers<void>()
  const paused = Promise.withResolvers<void>()
  let heard = 0
  await using desk = await startDesk({
    articles: { 'tides.md': articleText({ title: 'Tides' }) },
    receiver: {
      onRecipient: (to) =>
        /1@/.test(to) ? `550 5.1.1 <${to}> unknown` : isFull && /[27]@/.test(to) ? `552 5.2.2 <${to}> mailbox full` : undefined,
      // The ninth message waits until the issue is paused.
      onMessage: async () => {
        if (++heard === 8) some.resolve()
        if (heard > 8) await paused.promise
        return undefined
      },
    },
  })
  const { app } = desk.world
  const axe = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
  await using browser = await openBrowser()
  await insertReaders(app.database, readers)
  const weekly = app.publication.current().digests.get('weekly')
  if (!weekly) throw new Error('there is no weekly')
  const created = await createIssue(app.digests, weekly, {})
  if (created.status !== 'created') throw new Error(created.status)
  const { id } = created.issue
  await app.database.run(sql`UPDATE issues SET state = 'held', held_for = 'it waits for your review' WHERE id = ${id}`)

  const open = async (view: { width: number; scheme?: 'light' | 'dark' }, javaScriptEnabled: boolean) => {
    const { width, scheme = 'light' } = view
    const context = await browser.chromium.newContext({ viewport: { width, height: 800 }, colorScheme: scheme, javaScriptEnabled })
    const page = await context.newPage()
    await page.goto(`${desk.origin}/admin/login/${await app.access.makeLogin()}`)
    await page.click('button.button')
    await page.goto(`${desk.origin}/admin/issues`)
    await page.click('.issue-list a')
    return page
  }
  const fits = async (page: Page, where: string) => {
    if (pictures) await page.screenshot({ path: `${pictures}/${where}.png`, fullPage: true })
    const width = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
    expect(width, `${where} scrolls sideways`).toBe(0)
    await page.evaluate(axe)
    const found = (await page.evaluate('axe.run(document, { iframes: false })')) as AxeResults
    const serious = found.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    expect(
      serious.map(({ id: rule, nodes }) => `${rule}: ${nodes.map(({ html }) => html).join(' ')}`),
      where,
    ).toEqual([])
  }

  const phone = await open({ width: 390 }, false)
  const wide = await open({ width: 1280 }, true)
  await fits(wide, 'held-1280')
  // Approved on the phone, without scripts.
  await phone.click('text=Approve and send')
  expect(await phone.textContent('[role=status]')).toBe('Approved. The issue is going out now.')
  // The other operator still sees the held issue.
  await wide.click('text=Approve and send')
  expect(await wide.textContent('main')).toContain('It does not wait for approval any more.')
  await fits(wide, 'conflict-1280')
  await wide.click('main .button')

  await continueIssues(app.digests)
  await some.promise
  await wide.reload()
  await wide.click('button:has-text("Pause")')
  expect(await wide.textContent('[role=status]')).toContain('Paused.')
  paused.resolve()
  await app.sender.drain()
  // A desk without scripts loads itself again while an issue is being sent: here it has stopped by itself.
  await goTo(phone, `${desk.origin}/admin/issues/${id}`)
  expect(await phone.textContent('.state')).toBe('paused')
  await phone.click('text=Resume')
  await app.sender.drain()
  await app.database.run(sql`UPDATE deliveries SET state = 'uncertain' WHERE mailing_id = ${id} AND address LIKE 'reader_5@%'`)
  for (const view of [
    { width: 390, scheme: 'light' },
    { width: 390, scheme: 'dark' },
    { width: 1280, scheme: 'dark' },
  ] as const) {
    const page = await open(view, true)
    await fits(page, `finished-${view.width}-${view.scheme}`)
    if (view.scheme === 'dark') await page.goto(`${desk.origin}/admin/issues`)
    if (view.scheme === 'dark') await fits(page, `list-${view.width}-${view.scheme}`)
    await page.context().close()
  }
  await wide.goto(`${desk.origin}/admin/issues/${id}`)
  await fits(wide, 'finished-1280-light')
  isFull = false
  await wide.click('.failures button')
  expect(await wide.textContent('[role=status]')).toBe('The failed messages are queued again.')
  await app.sender.drain()
  await goTo(phone, `${desk.origin}/admin/issues/${id}`)
  await phone.click('text=Resend 5…')
  expect(await phone.textContent('main')).toContain('Their readers may get them twice.')
  await phone.click('text=Back, change nothing')
  await phone.click('text=Let 5 be…')
  await phone.click('main form button')
  expect(await phone.textContent('[role=status]')).toBe('The uncertain messages are left as they are.')
  expect(await phone.textContent('.issue-progress .leading')).toContain(`${readers} of ${readers}`)
}, 180_000)

/** Chromium ends a navigation where the page begins to load itself again at that moment. */
async function goTo(page: Page, url: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    const failure = await page.goto(url).then(
      () => undefined,
      (error: Error) => error,
    )
    if (!failure) return
    if (tries === 5 || !/ERR_ABORTED|interrupted by another navigation/.test(failure.message)) throw failure
  }
}
