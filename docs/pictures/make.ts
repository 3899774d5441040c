// npm run pictures: takes the README's pictures of the sample publication with the test suite's browser. Fonts are the machine's own.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { openBrowser, type Sight } from '../../test/support/browser.ts'
import { startReceiver } from '../../test/support/receiver.ts'
import { adminToken, startService } from '../../test/support/service.ts'

const here = import.meta.dirname
const pages = [
  ['home', '/'],
  ['article', '/articles/how-to-read-a-tide-table'],
  ['subscribe', '/subscribe'],
] as const
const data = await mkdtemp(join(tmpdir(), 'broadsheet-pictures-'))
await using receiver = await startReceiver()
await using service = await startService({
  content: resolve('content'),
  data,
  now: '2026-11-23T08:00:00Z',
  env: { SMTP_URL: receiver.url },
})
await service.fetch('/api/v1/digests/weekly/test', {
  method: 'POST',
  headers: { Authorization: `Bearer ${adminToken}`, 'Content-Type': 'application/json' },
  body: JSON.stringify({ to: 'reader@example.org' }),
})
const { mail } = await receiver.next(() => true)
const html = mail.html || ''
await using browser = await openBrowser('machine')

/** The first screens are enough to show the look, and small enough for a repository. */
async function take(name: string, sight: Sight, width: number, height: number, scheme: 'light' | 'dark'): Promise<void> {
  const page = await browser.open(sight, { width, scheme })
  await page.setViewportSize({ width, height })
  // Pictures further down load lazily, once they come into view.
  await page.waitForLoadState('networkidle')
  await page.screenshot({ path: join(here, `${name}-${width}-${scheme}.jpg`), type: 'jpeg', quality: 82, scale: 'css' })
}

for (const scheme of ['light', 'dark'] as const) {
  await take('digest', { html }, 600, 1_330, scheme)
  await take('digest', { html }, 320, 900, scheme)
  for (const [name, path] of pages) {
    await take(name, { url: service.address + path }, 1_280, 900, scheme)
    await take(name, { url: service.address + path }, 390, 844, scheme)
  }
}
await rm(data, { recursive: true, force: true })
