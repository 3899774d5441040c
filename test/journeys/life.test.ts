import { expect, test } from 'vitest'
import { sql } from '../../src/platform/database/sql.ts'
import { processSignUps } from '../../src/subscribers/sign-up/process-waiting.ts'
import { openBrowser } from '../support/browser.ts'
import { articleText } from '../support/content.ts'
import { startSite } from '../web/site/visitor.ts'

const email = 'mara@example.org'
const public_ = 'https://tide.example.org'

test('a reader in a browser signs up, confirms, chooses, pauses, unsubscribes, returns and is erased', async () => {
  await using browser = await openBrowser()
  await using site = await startSite({ articles: { 'tides.md': articleText({ title: 'Tides', topics: ['coast'] }) } })
  const { world, origin } = site
  const { app, receiver, clock } = world
  const page = await browser.open({ url: `${origin}/subscribe` }, { width: 390 })
  const heading = () => page.locator('h1').first().textContent()
  const words = () => page.locator('main').textContent()

  /** Follows the newest link of that kind in the reader's mail, on the server under test. */
  async function follow(kind: 'confirm' | 'unsubscribe' | 'preferences'): Promise<void> {
    await processSignUps(app.subscribers)
    await app.sender.drain()
    const mail = receiver.received.findLast((one) => one.to === email && one.mail.text?.includes(`/${kind}/`))
    const [url = ''] = new RegExp(`${public_}/${kind}/[\\w-]+`).exec(mail?.mail.text ?? '') ?? []
    await page.goto(url.replace(public_, origin))
  }
  const states = async () =>
    (await app.database.all<{ state: string }>(sql`SELECT state FROM subscriptions ORDER BY digest`)).map((one) => one.state)

  async function subscribe(): Promise<void> {
    await page.goto(`${origin}/subscribe`)
    clock.advance(10_000)
    await page.fill('#email', email)
    await page.check('input[name=digests][value=weekly]')
    await page.click('#subscribe')
    expect(await heading()).toBe('Check your inbox')
  }

  await subscribe()
  await follow('confirm')
  expect(await states()).toEqual(['pending'])
  await page.click('main form button')
  expect(await states()).toEqual(['confirmed'])

  await follow('preferences')
  await page.check('input[name=topics][value=coast]')
  await page.fill('#name', 'Mara')
  await page.click('button[value=save]')
  expect(await heading()).toBe('Your choice is saved')
  expect(await words()).toContain('All of it on Coast and weather only.')

  await page.fill('#paused_until', '2026-12-24')
  await page.click('button[value=pause]')
  expect(await words()).toContain('No digest comes before 24 December 2026.')
  await page.click('button[value=go_on]')
  expect(await words()).toContain('Your digests come again: The week.')

  await page.click('button[value=leave]')
  expect(await words()).toContain('You have left The week.')
  expect(await states()).toEqual(['unsubscribed'])

  clock.advance(2 * 86_400_000)
  await subscribe()
  await follow('confirm')
  await page.click('main form button')
  expect(await states()).toEqual(['confirmed'])

  await follow('preferences')
  await page.check('#sure')
  await page.click('button[value=erase]')
  expect(await heading()).toBe('You are erased')
  expect(await app.database.all(sql`SELECT id FROM subscribers`)).toEqual([])
})
