import { expect, test } from 'vitest'
import { byCommandLine } from '../../../src/platform/actor.ts'
import { countGrowth } from '../../../src/subscribers/growth/growth-store.ts'
import { suppressAddress } from '../../../src/subscribers/suppress.ts'
import { imported } from '../../subscribers/import/lists.ts'
import { openBrowser } from '../../support/browser.ts'
import { articleText } from '../../support/content.ts'
import { deskViews, expectDeskFit, openDeskPage } from './desk-browser.ts'
import { startDesk } from './operator.ts'

const long = `${'verylong'.repeat(6)}@example.org`

test('growth, suppressions and the form for a new reader can be read by anybody, on a phone and a desk', { timeout: 120_000 }, async () => {
  await using desk = await startDesk({ articles: { 'tides.md': articleText({ title: 'Tides' }) } })
  await using browser = await openBrowser()
  const { app, clock } = desk.world
  for (let day = 0; day < 12; day++) {
    const rows = Array.from(
      { length: 1 + ((day * 5) % 7) },
      (_, n) => `day${day}-${n}@example.org,weekly,${n % 3 === 2 ? 'unsubscribed' : 'confirmed'}`,
    )
    await imported(desk.world, `email,digests,status\n${rows.join('\n')}\n`)
    clock.advance(86_400_000)
  }
  while (await countGrowth(app.database)) {}
  for (const email of [long, 'gone@example.org']) await suppressAddress(app.subscribers, email, 'complaint', byCommandLine)
  for (const view of deskViews) {
    const page = await openDeskPage(browser, desk, view)
    for (const path of [
      'readers/growth',
      'readers/growth?per=week',
      'suppressions',
      `suppressions?email=${long}`,
      'readers/new',
      'readers?since=x',
    ]) {
      await page.goto(`${desk.origin}/admin/${path}`)
      expect(await page.locator('h1').count()).toBe(1)
      await expectDeskFit(page, path.replace(/\W+/g, '-').slice(0, 40))
    }
    await page.context().close()
  }
})
