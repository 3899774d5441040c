import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { tellNotices } from '../../../src/digests/notices/notices.ts'
import type { DoctorReport } from '../../../src/doctor/doctor.ts'
import type { Finding } from '../../../src/doctor/line.ts'
import { fail, ok, record, setting, warn } from '../../../src/doctor/line.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { openBrowser } from '../../support/browser.ts'
import { addedTo } from '../../webhooks/webhook-receiver.ts'
import { startDesk } from './operator.ts'

const spf = 'v=spf1 include:amazonses.com ~all'
const hostile = '<script>alert(1)</script>"{{ base }}'

function reportOf(...findings: readonly (Finding & { readonly title: string })[]): DoctorReport {
  return { checkedAt: new Date('2026-11-20T09:00:00Z'), lines: findings.map((finding) => ({ check: 'x', ...finding })) }
}

const report = reportOf(
  { title: 'Clock', ...ok('time.example.org', 'within a second') },
  {
    title: 'SPF',
    ...fail('TXT tide.example.org', `${hostile}, by ann@example.org`, 'There is no SPF record.', record('tide.example.org', 'TXT', spf)),
  },
  {
    title: 'DKIM',
    ...fail('TXT mail._domainkey', 'x', 'There is no key.', record('mail._domainkey.tide.example.org', 'TXT', 'p'.repeat(600))),
  },
  { title: 'Mail', ...warn('SMTP_URL', 'not set', 'Nothing leaves this machine.', setting('SMTP_URL', 'smtp://host:587')) },
  { title: 'Disk', ...warn('', 'no answer in time', 'This was not checked.', { kind: 'command', text: 'npx broadsheet check' }) },
)

test('the page of the doctor shows the worst first, with what was asked, what was answered and what to write', async () => {
  await using desk = await startDesk({ doctor: async () => report })
  const owner = await desk.logIn()
  const { words, body, headers } = await desk.get('/admin/doctor', owner)
  expect(words).toContain('2 failures, 2 warnings, 1 ok')
  const places = ['To mend', 'SPF', 'Failure', 'DKIM', 'To look at', 'Mail', 'Warning', 'In order', 'Clock'].map((one) =>
    words.indexOf(one),
  )
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(places).not.toContain(-1)
  expect(words).toContain('Write this TXT record in the DNS:')
  expect(body).toContain(`<code>${spf}</code>`)
  expect(body).toContain(`${'p'.repeat(600)}</code>`)
  expect(body).toContain('ann@example.org')
  expect(body).not.toContain('<script>alert')
  expect(headers.get('Content-Security-Policy')).toContain("script-src 'self'")
  expect((await desk.get('/admin/settings', owner)).body).toContain('href="/admin/doctor"')

  const viewer = await desk.logIn({ email: 'viewer@example.org', role: 'viewer' })
  const masked = await desk.get('/admin/doctor', viewer)
  expect(masked.status).toBe(200)
  expect(masked.body).not.toContain('ann@example.org')
  expect(masked.body).toContain(`<code>${spf}</code>`)
})

test('Today leads to the failures of the last report, and to a webhook that fails', async () => {
  await using desk = await startDesk({ lastDoctorReport: report })
  const { database, webhooks } = desk.world.app
  const owner = await desk.logIn()
  const { words, body } = await desk.get('/admin', owner)
  expect(words).toContain('The doctor found 2 failures when it was last asked')
  expect(body).toContain('href="/admin/doctor">Open the doctor<')
  expect(body).not.toContain('Open the webhooks')
  await addedTo(webhooks, 'https://hook.example/')
  await database.run(sql`UPDATE webhook_endpoints SET failures = 10, failing_since = ${desk.world.clock.now().getTime()}`)
  await tellNotices(desk.world.app.digests)
  expect((await desk.get('/admin', owner)).body).toContain('href="/admin/webhooks">Open the webhooks<')
  const viewer = await desk.logIn({ email: 'viewer@example.org', role: 'viewer' })
  expect((await desk.get('/admin', viewer)).body).not.toContain('/admin/webhooks')
})

test('while the checks run, the page of the doctor says so and loads itself again', async () => {
  const { promise, resolve } = Promise.withResolvers<DoctorReport>()
  await using desk = await startDesk({ doctor: () => promise })
  const owner = await desk.logIn()
  const early = await desk.get('/admin/doctor', owner)
  expect(early.body).toContain('http-equiv="refresh"')
  expect(early.words).toContain('Looking at DNS')
  resolve(reportOf())
  const late = await desk.get('/admin/doctor', owner)
  expect(late.body).not.toContain('http-equiv="refresh"')
  expect(late.words).toContain('Nothing failed, no warning, 0 ok')
})

test('the record of the doctor is copied by a button, and by hand without scripts, wide and narrow', { timeout: 240_000 }, async () => {
  await using desk = await startDesk({ doctor: async () => report })
  await using browser = await openBrowser()
  const axe = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
  for (const view of [
    { width: 1280, scheme: 'light' },
    { width: 390, scheme: 'dark' },
  ] as const) {
    const page = await browser.open({ url: `${desk.origin}/admin/login/${await desk.world.app.access.makeLogin()}` }, view)
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.click('button.button')
    await page.goto(`${desk.origin}/admin/doctor`)
    await page.click('[aria-label="Copy: Value"]')
    await page.getByText('Copied.').waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(spf)
    await expectFit(page, axe)
    await page.context().close()
  }
  const context = await browser.chromium.newContext({ viewport: { width: 390, height: 800 }, javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(`${desk.origin}/admin/login/${await desk.world.app.access.makeLogin()}`)
  await page.click('button.button')
  await page.goto(`${desk.origin}/admin/doctor`)
  expect(await page.locator('main button').count()).toBe(0)
  expect(await page.locator('pre[data-copy]').first().getAttribute('tabindex')).toBe('0')
  expect(await page.textContent('main')).toContain(spf)
  await context.close()
})

async function expectFit(page: Page, axe: string): Promise<void> {
  expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0)
  await page.evaluate(axe)
  const found = (await page.evaluate('axe.run(document)')) as AxeResults
  const serious = found.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([])
  const heights = (await page.evaluate('[...document.querySelectorAll("button, .button")].map((one) => one.offsetHeight)')) as number[]
  expect(Math.min(...heights, 44)).toBeGreaterThanOrEqual(44)
}
