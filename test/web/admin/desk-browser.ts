import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { inviteOperator } from '../../../src/operators/operators.ts'
import type { Role } from '../../../src/operators/roles.ts'
import { byCommandLine } from '../../../src/platform/actor.ts'
import type { TestBrowser } from '../../support/browser.ts'
import type { DeskWorld } from './operator.ts'

/** A folder for screenshots to look at; none are written without it. */
const pictures = process.env.DESK_PICTURES

/** The pages in which scripts are off. */
const withoutScripts = new WeakSet<Page>()

const axe = readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

export interface DeskView {
  /** Width of the window in CSS pixels. */
  readonly width: number
  readonly hasScripts: boolean
}

/** How operators see the desk: on a phone without scripts, and on a wide window with them. */
export const deskViews: readonly DeskView[] = [
  { width: 390, hasScripts: false },
  { width: 1280, hasScripts: true },
]

/** `1280 px, with scripts`. */
export function viewName({ width, hasScripts }: DeskView): string {
  return `${width} px, ${hasScripts ? 'with' : 'without'} scripts`
}

/** A window of a new session of an operator, who is invited first; by default the owner. */
export async function openDeskPage(
  browser: TestBrowser,
  desk: DeskWorld,
  view: DeskView,
  operator?: { readonly email: string; readonly role: Role },
): Promise<Page> {
  const context = await browser.chromium.newContext({
    viewport: { width: view.width, height: 800 },
    javaScriptEnabled: view.hasScripts,
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  if (!view.hasScripts) withoutScripts.add(page)
  const { access, operators } = desk.world.app
  const invited = operator && (await inviteOperator(operators, operator, byCommandLine))
  if (invited && invited.status !== 'invited') throw new Error(`not invited: ${invited.status}`)
  const login = await access.makeLogin(invited && { operator: invited.operator.id })
  await page.goto(`${desk.origin}/admin/login/${login}`)
  await page.click('button.button')
  return page
}

/**
 * Expects no horizontal scrolling and buttons at least 44 px tall. Where scripts run, also no serious axe-core finding: on a phone in
 * dark, and on the wide window in light.
 */
export async function expectDeskFit(page: Page, where: string): Promise<void> {
  await page.waitForLoadState()
  if (withoutScripts.has(page)) return expectFit(page, where)
  const size = page.viewportSize() ?? { width: 0, height: 0 }
  for (const { width, colorScheme } of [
    { width: 390, colorScheme: 'dark' },
    { width: size.width, colorScheme: 'light' },
  ] as const) {
    await page.setViewportSize({ ...size, width })
    await page.emulateMedia({ colorScheme })
    const view = `${where}-${width}-${colorScheme}`
    if (pictures) await page.screenshot({ path: `${pictures}/${view}.png`, fullPage: true })
    await expectFit(page, view)
    await expectReadable(page, view)
  }
}

async function expectFit(page: Page, view: string): Promise<void> {
  const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
  expect(overflow, `${view} scrolls sideways`).toBe(0)
  const heights = (await page.evaluate('[...document.querySelectorAll("main .button")].map((one) => one.offsetHeight)')) as number[]
  expect(Math.min(...heights, 44), `${view} has a button that is hard to hit`).toBeGreaterThanOrEqual(44)
}

/** Needs scripts: axe-core waits by timers. */
async function expectReadable(page: Page, view: string): Promise<void> {
  await page.evaluate(await axe)
  const found = (await page.evaluate('axe.run(document, { iframes: false })')) as AxeResults
  const serious = found.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(
    serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
    view,
  ).toEqual([])
}

/** The text of the page's main part, on one line. */
export async function mainText(page: Page): Promise<string> {
  return ((await page.textContent('main')) ?? '').replace(/\s+/g, ' ')
}
