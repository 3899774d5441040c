// npm run pictures: takes the README's pictures of the sample publication with the test suite's browser. Fonts are the machine's own.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startRenderer } from '../../src/email/renderer.ts'
import { openMessages } from '../../src/platform/messages.ts'
import { readPublication } from '../../src/publication/read.ts'
import type { SubscribersContext } from '../../src/subscribers/context.ts'
import { confirmationEdition, goodbyeEdition, welcomeEdition } from '../../src/subscribers/mail.ts'
import { openBrowser, type Sight } from '../../test/support/browser.ts'
import { startReceiver } from '../../test/support/receiver.ts'
import { adminToken, type Service, startService } from '../../test/support/spawned-service.ts'
import { takeDesk } from './desk.ts'

const here = import.meta.dirname
const now = '2026-11-23T08:00:00Z'
const pages = [
  ['home', '/'],
  ['article', '/articles/how-to-read-a-tide-table'],
  ['subscribe', '/subscribe'],
] as const
const data = await mkdtemp(join(tmpdir(), 'broadsheet-pictures-'))
await using receiver = await startReceiver()
await using service = await startService({ content: resolve('content'), data, now, env: { SMTP_URL: receiver.url } })
await using browser = await openBrowser('machine')

/** The first screens are enough to show the look, and small enough for a repository. */
async function take(name: string, sight: Sight, width: number, height: number, scheme: 'light' | 'dark'): Promise<void> {
  const page = await browser.open(sight, { width, scheme })
  await page.setViewportSize({ width, height })
  // Pictures further down load lazily, once they come into view.
  await page.waitForLoadState('networkidle')
  await page.screenshot({ path: join(here, `${name}-${width}-${scheme}.jpg`), type: 'jpeg', quality: 82, scale: 'css' })
}

/** The next issue of a digest, as it comes to a mailbox. */
async function issueOf(digest: string, from: Service): Promise<string> {
  const asked = await from.fetch(`/api/v1/digests/${digest}/test`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${adminToken}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ to: `${digest}@example.org` }),
  })
  if (!asked.ok) throw new Error(await asked.text())
  const { mail } = await receiver.next(({ to }) => to === `${digest}@example.org`)
  return mail.html || ''
}

/** The mail around a subscription. */
async function* emailsToAReader(): AsyncGenerator<[name: string, html: string]> {
  const reading = await readPublication(resolve('content'), undefined, 'https://morning-tide.example')
  if (!reading.ok) throw new Error('the sample publication cannot be read')
  await using renderer = startRenderer(resolve('templates'))
  const messages = openMessages([resolve('templates')], () => reading.publication.timezone)
  const context = { publication: () => reading.publication, render: renderer.render, messages } as SubscribersContext
  yield ['confirmation', (await confirmationEdition(context, ['weekly'], 7)).email.html]
  yield ['welcome', (await welcomeEdition(context, ['weekly', 'instant'])).email.html]
  yield ['goodbye', (await goodbyeEdition(context, ['weekly'], ['instant'])).email.html]
}

/** The digest of the sample publication as readers of other languages get it. */
async function inOtherLanguages(): Promise<void> {
  const written = await readFile(resolve('content/publication.yaml'), 'utf8')
  for (const language of ['de', 'ar', 'ja']) {
    const folder = await mkdtemp(join(tmpdir(), 'broadsheet-pictures-'))
    const content = join(folder, 'content')
    await cp(resolve('content'), content, { recursive: true })
    // Articles keep the language that they are written in.
    await writeFile(join(content, 'publication.yaml'), written.replace(/^language:.*$/m, `language: ${language}`))
    {
      await using spoken = await startService({ content, data: folder, now, env: { SMTP_URL: receiver.url } })
      const html = await issueOf('weekly', spoken)
      for (const scheme of ['light', 'dark'] as const) {
        await take(`digest-${language}`, { html }, 600, 1_330, scheme)
        await take(`digest-${language}`, { html }, 320, 900, scheme)
      }
    }
    await rm(folder, { recursive: true, force: true })
  }
}

/** The sample publication with an article that runs from right to left at its head. */
async function rightToLeft(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'broadsheet-pictures-'))
  const content = join(folder, 'content')
  await cp(resolve('content'), content, { recursive: true })
  await writeFile(join(content, 'articles/arabic.md'), arabic)
  await using mirrored = await startService({ content, data: folder, now, env: { SMTP_URL: receiver.url } })
  const html = await issueOf('coast-daily', mirrored)
  await take('digest-rtl', { html }, 600, 1_330, 'light')
  await take('digest-rtl', { html }, 320, 900, 'dark')
  return folder
}

const arabic = `---
title: كيف تقرأ جدول المد والجزر
subtitle: أربعة أرقام في اليوم، وحفنة من الحسابات التي تجعلها نافعة
description: يشبه جدول المد جدول القطارات ولا يشبهه في شيء. هكذا يقرؤه مكتب الميناء كل صباح قبل أن تخرج القوارب.
author: أمل حداد
publish_date: "2026-11-22"
heroImage: ../images/how-to-read-a-tide-table.jpg
hero_alt: الميناء عند الجزر
topics: [coast]
language: ar
cta: تعال وامش معنا على الرصيف في أول أحد من كل شهر، قبل الجزر بساعة.
cta_label: احجز مكانا
---

النص.
`

const digest = await issueOf('weekly', service)
const single = await issueOf('instant', service)
for (const scheme of ['light', 'dark'] as const) {
  await take('digest', { html: digest }, 600, 1_330, scheme)
  await take('digest', { html: digest }, 320, 900, scheme)
  for (const [name, path] of pages) {
    await take(name, { url: service.address + path }, 1_280, 900, scheme)
    await take(name, { url: service.address + path }, 390, 844, scheme)
  }
}
for (const [width, scheme] of [
  [600, 'light'],
  [320, 'dark'],
] as const) {
  await take('single', { html: single }, width, width === 600 ? 1_330 : 900, scheme)
  for await (const [name, html] of emailsToAReader()) await take(name, { html }, width, 800, scheme)
}
await rm(await rightToLeft(), { recursive: true, force: true })
await inOtherLanguages()
await rm(data, { recursive: true, force: true })
await takeDesk(here)
