import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, type TestBrowser } from '../support/browser.ts'
import { articleText, makeContent } from '../support/content.ts'
import { adminToken, dataFolder, startService } from '../support/spawned-service.ts'

let browser: TestBrowser

beforeAll(async () => {
  browser = await openBrowser()
}, 120_000)

afterAll(() => browser?.[Symbol.asyncDispose]())

/** The real service with two articles, the built-in mailbox and nobody who reads. */
async function start() {
  await using parts = new AsyncDisposableStack()
  const content = parts.use(
    await makeContent({ 'tides.md': articleText({ title: 'Tides' }), 'knots.md': articleText({ title: 'Knots', date: '2026-11-09' }) }),
  )
  const data = parts.use(await dataFolder())
  const service = parts.use(await startService({ content: content.folder, data: data.folder, now: '2026-11-20T09:00:00Z' }))
  const owned = parts.move()
  return { service, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

async function logIn(page: Page, address: string): Promise<void> {
  await page.goto(`${address}/admin/login`)
  await page.fill('input[name=token]', adminToken)
  await page.locator('form:has(input[name=token]) button').click()
}

/** Waits until the mailbox has `count` messages. */
async function openMailbox(page: Page, address: string, count: number): Promise<void> {
  await expect
    .poll(
      async () => {
        await page.goto(`${address}/admin/mailbox`)
        return page.locator('tbody tr').count()
      },
      { timeout: 60_000 },
    )
    .toBe(count)
}

test('from the first start to the first digest in the browser alone, on a phone and without scripts', { timeout: 300_000 }, async () => {
  await using started = await start()
  const { service } = started
  const { address } = service
  const context = await browser.chromium.newContext({ viewport: { width: 390, height: 800 }, javaScriptEnabled: false })
  const page = await context.newPage()
  const words = () => page.locator('main').textContent()

  await page.goto(`${address}/subscribe`)
  await page.fill('#email', 'mara@example.org')
  await page.check('input[name=digests][value=weekly]')
  await service.setClock('2026-11-20T09:01:00Z')
  await page.click('#subscribe')
  await logIn(page, address)
  await openMailbox(page, address, 1)
  await page.locator('tbody a').click()
  const confirm = (await page.locator('a[href*="/confirm/"]').first().getAttribute('href')) ?? ''
  await page.goto(address + new URL(confirm).pathname)
  await page.click('main form button')

  await page.goto(`${address}/admin/digests`)
  await page.click('tbody th a')
  expect(await words()).toContain('Next issue, No. 1')
  await page.frameLocator('iframe').getByText('Knots').first().waitFor()
  await page.click('text=Send now…')
  expect(await words()).toContain('Sends No. 1 of The week with 2 articles to 1 reader')
  await page.getByRole('button', { name: 'Send to 1 reader' }).dblclick()
  // The second click ends the navigation of the first, which `waitForURL` would report.
  await expect.poll(() => page.url(), { interval: 50, timeout: 30_000 }).toMatch(/\/admin\/issues\//)
  await page.waitForLoadState()
  expect(await words()).toContain('The week, No. 1')

  // The confirmation, the welcome and one issue: the second click sent nothing.
  await openMailbox(page, address, 3)
  expect(await page.locator('tbody a:has-text("The week: Tides")').count()).toBe(1)
  await page.goto(`${address}/admin/digests/weekly`)
  expect(await words()).toContain('Nothing new yet.')
  expect(await page.locator('section:has-text("Past issues") tbody tr').count()).toBe(1)
  await context.close()
})

test('the pages about digests and articles can be read by anybody, at any width, in light and dark', { timeout: 300_000 }, async () => {
  const axe = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
  await using started = await start()
  const { address } = started.service
  for (const view of [
    { width: 1280, scheme: 'light' },
    { width: 390, scheme: 'dark' },
  ] as const) {
    const page = await browser.open({ url: `${address}/admin/login` }, { ...view, images: false })
    await logIn(page, address)
    for (const path of ['/digests', '/digests/weekly', '/digests/weekly/send', '/articles', '/articles/tides.md']) {
      await page.goto(`${address}/admin${path}`)
      const where = `${path} ${view.width} ${view.scheme}`
      const width = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
      expect(width, `${where} scrolls sideways`).toBe(0)
      await page.evaluate(axe)
      const found = (await page.evaluate('axe.run(document, { iframes: false })')) as AxeResults
      const serious = found.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      expect(
        serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
        where,
      ).toEqual([])
    }
    await page.context().close()
  }
})
