import { test } from 'vitest'
import { openBrowser } from '../../support/browser.ts'
import { deskViews, openDeskPage } from './desk-browser.ts'
import { startDesk } from './operator.ts'
import { fillWithReaders, searchAsOperator } from './search-journey.ts'

// test/web/admin/search-journey.long.ts does the same with a million.
test('an operator finds readers in the browser, by parts, beginnings and filters, among some thousand', { timeout: 180_000 }, async () => {
  await using desk = await startDesk()
  await using browser = await openBrowser()
  const count = 3_000
  await fillWithReaders(desk.world, count)
  for (const view of deskViews) {
    const page = await openDeskPage(browser, desk, view)
    await searchAsOperator(page, desk.origin, count)
    await page.context().close()
  }
})
