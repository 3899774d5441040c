import { test } from 'vitest'
import { openBrowser } from '../../support/browser.ts'
import type { Engine } from '../../support/databases.ts'
import { deskViews, openDeskPage } from './desk-browser.ts'
import { startDesk } from './operator.ts'
import { fillWithReaders, searchAsOperator } from './search-journey.ts'

/** A shorter list, for development: SEARCH_READERS=100000. */
const count = Number(process.env.SEARCH_READERS ?? 1_000_000)

test.each<Engine>(['sqlite', 'postgres'])('an operator finds readers in the browser among a million, on %s', async (engine) => {
  await using desk = await startDesk({ engine })
  await using browser = await openBrowser()
  await fillWithReaders(desk.world, count)
  for (const view of deskViews) {
    const page = await openDeskPage(browser, desk, view)
    await searchAsOperator(page, desk.origin, count)
    await page.context().close()
  }
})
