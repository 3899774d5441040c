import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import { inviteOperator } from '../../../src/operators/operators.ts'
import { byCommandLine } from '../../../src/platform/actor.ts'
import { openBrowser, type TestBrowser, type View } from '../../support/browser.ts'
import { articleText } from '../../support/content.ts'
import { type DeskWorld, startDesk } from './operator.ts'

let browser: TestBrowser
let desk: DeskWorld
let axe: string

const body = `A paragraph with [a link](https://example.org/).

\`\`\`
${'a line of code that is longer than any phone is wide, '.repeat(3)}
\`\`\`

| ${'column | '.repeat(8)}
| ${'--- | '.repeat(8)}
| ${'averylongwordthatneverends | '.repeat(8)}
`

beforeAll(async () => {
  axe = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
  desk = await startDesk({
    articles: {
      'tides.md': articleText({ title: 'Tides', topics: ['coast'], body }),
      'knots.md': articleText({ title: `Knots${'andbends'.repeat(12)}`, date: '2026-11-09', topics: ['craft'] }),
      'bad.md': articleText({ date: '2026-13-40' }),
    },
  })
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await desk?.[Symbol.asyncDispose]()
})

const views: View[] = [
  { width: 1280, scheme: 'light' },
  { width: 390, scheme: 'light' },
  { width: 390, scheme: 'dark' },
  { width: 320, scheme: 'light' },
]

test.each(['/', '/articles/tides', '/topics/coast', '/subscribe', '/privacy', '/nothing', '/confirm/x', '/admin/login'])(
  '%s can be read by anybody, at any width, in light and dark',
  async (path) => {
    for (const view of views) {
      const page = await browser.open({ url: desk.origin + path }, { ...view, images: false })
      await expectFit(page, `${path} ${view.width} ${view.scheme}`)
      await page.context().close()
    }
  },
)

test('an issue that was sent can be read by anybody, at any width, in light and dark', async () => {
  const { app } = desk.world
  const weekly = app.publication.current().digests.get('weekly')
  if (!weekly) throw new Error('there is no weekly')
  const created = await createIssue(app.digests, weekly, {})
  await runDue(app.digests)
  const path = `/issues/${'issue' in created ? created.issue.id : ''}`
  for (const view of views.slice(0, 3)) {
    for (const one of [path, '/issues']) {
      const page = await browser.open({ url: desk.origin + one }, { ...view, images: false })
      await expectFit(page, `${one} ${view.width} ${view.scheme}`)
      await page.context().close()
    }
  }
})

test('a form with an error can be read by anybody, and leads to its field', async () => {
  const page = await browser.open({ url: `${desk.origin}/subscribe` }, { width: 390 })
  await page.fill('#email', 'nonsense')
  // A form without shown_at is never too quick.
  await page.evaluate("document.querySelector('[name=shown_at]').remove()")
  await page.click('main form button')
  await expectFit(page, 'the form with an error')
  await page.click('.faults a')
  expect(await page.evaluate('document.activeElement.id')).toBe('email')
  await page.context().close()
})

test('the mailbox can be read by anybody, and the link in a message opens a page that works', async () => {
  const { access } = desk.world.app
  await desk.deliver({
    subject: `Confirm ${'verylong'.repeat(20)}`,
    html: `<head></head><p><a id="go" href="${desk.origin}/confirm/x">Yes</a></p>`,
  })
  for (const view of views) {
    const page = await browser.open({ url: `${desk.origin}/admin/login/${await access.makeLogin()}` }, view)
    await page.click('button.button')
    await expectFit(page, `overview ${view.width}`)
    await page.click('text=Settings')
    await expectFit(page, `settings ${view.width}`)
    await page.click('.settings a[href$="/mailbox"]')
    await expectFit(page, `mailbox ${view.width}`)
    await page.click('tbody a')
    await expectFit(page, `mail ${view.width}`)
    const popup = page.waitForEvent('popup')
    await page.frameLocator('iframe').locator('#go').click()
    const opened = await popup
    await opened.waitForLoadState()
    expect(await opened.title()).toContain('This link does not work')
    await page.context().close()
  }
})

test('the pages of operators can be read by anybody, wide and narrow, in light and dark', { timeout: 240_000 }, async () => {
  const { access, operators } = desk.world.app
  await inviteOperator(operators, { email: `${'verylong'.repeat(6)}@example.org`, role: 'editor' }, byCommandLine)
  for (const view of [views[0], views[2]] as View[]) {
    const page = await browser.open({ url: `${desk.origin}/admin/login/${await access.makeLogin()}` }, view)
    await page.click('button.button')
    for (const path of ['address', 'operators', 'tokens', 'sessions', 'audit', 'settings']) {
      await page.goto(`${desk.origin}/admin/${path}`)
      await expectFit(page, `${path} ${view.width} ${view.scheme}`)
    }
    await page.goto(`${desk.origin}/admin/operators`)
    await page.click('tbody a')
    await expectFit(page, `operator ${view.width} ${view.scheme}`)
    await page.context().close()
  }
})

/** Expects no serious axe-core finding, no horizontal scrolling, and buttons at least 44 px tall. */
async function expectFit(page: Page, where: string): Promise<void> {
  await page.waitForLoadState()
  const width = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
  expect(width, `${where} scrolls sideways`).toBe(0)
  await page.evaluate(axe)
  const found = (await page.evaluate('axe.run(document, { iframes: false })')) as AxeResults
  const serious = found.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(
    serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
    where,
  ).toEqual([])
  const heights = (await page.evaluate('[...document.querySelectorAll("button, .button")].map((one) => one.offsetHeight)')) as number[]
  expect(Math.min(...heights, 44), `${where} has a button that is hard to hit`).toBeGreaterThanOrEqual(44)
}
