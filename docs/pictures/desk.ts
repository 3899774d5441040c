// node bin/node.js docs/pictures/desk.ts: takes the pictures of the desk, over the sample publication with readers and an issue that is being sent.
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { openDatabase } from '../../src/platform/database/open.ts'
import { joinSql, sql } from '../../src/platform/database/sql.ts'
import { openBrowser } from '../../test/support/browser.ts'
import { startNameServer } from '../../test/support/name-server.ts'
import { quietLog } from '../../test/support/quiet.ts'
import { insertReaders } from '../../test/support/readers.ts'
import { startReceiver } from '../../test/support/receiver.ts'
import { adminToken, startService } from '../../test/support/spawned-service.ts'

const now = '2026-11-30T14:05:00Z'
const readers = 412
/** The receiving server accepts this many messages, and then takes its time. */
const accepted = 265
const dayMs = 86_400_000

/** Takes each page of the desk at two widths, in light and dark, into `folder`. */
export async function takeDesk(folder: string): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'broadsheet-pictures-'))
  let count = 0
  await using receiver = await startReceiver({
    onRecipient: (address) => (/reader\d*7@/.test(address) ? '550 5.1.1 no such user' : undefined),
    onMessage: () => (++count > accepted ? new Promise(() => {}) : undefined),
  })
  const content = join(data, 'content')
  await cp(resolve('content'), content, { recursive: true })
  await writeFile(join(content, 'articles/tides.md'), '---\ntitle: Spring tides\npublish_date: 2026-13-01\n---\n')
  // A publication whose DNS lacks SPF and asks for little by DMARC.
  await using dns = await startNameServer({
    'morning-tide.example': { A: ['93.184.216.34'], MX: [[10, 'mx.morning-tide.example']] },
    'mx.morning-tide.example': { A: ['93.184.216.34'] },
    '_dmarc.morning-tide.example': { TXT: ['v=DMARC1; p=none; rua=mailto:reports@morning-tide.example'] },
  })
  const env = { SMTP_URL: receiver.url, PUBLIC_URL: 'https://morning-tide.example', DNS_SERVERS: dns.address }
  await using service = await startService({ content, data, now, env })
  await fill(join(data, 'data/broadsheet.sqlite'))
  const call = async (path: string, body?: object) => {
    const headers = { Authorization: `Bearer ${adminToken}`, 'Content-Type': 'application/json' }
    const answer = await service.fetch(path, { method: 'POST', headers, ...(body && { body: JSON.stringify(body) }) })
    if (!answer.ok) throw new Error(await answer.text())
    return (await answer.json()) as { id: string }
  }
  const issue = await call('/api/v1/digests/weekly/issues')
  while (count <= accepted) await new Promise((done) => setTimeout(done, 200))
  await service.fetch('/feed.xml', { headers: { 'User-Agent': 'Feedly/1.0 (+http://www.feedly.com/fetcher.html; 1870 subscribers)' } })
  const webhook = await call('/api/v1/webhooks', { url: 'https://hooks.example.org/broadsheet', description: 'The CRM' })
  const pages = {
    today: '/admin',
    issue: `/admin/issues/${issue.id}`,
    issues: '/admin/issues',
    digests: '/admin/digests',
    digest: '/admin/digests/coast-daily',
    articles: '/admin/articles',
    settings: '/admin/settings',
    doctor: '/admin/doctor',
    webhooks: '/admin/webhooks',
    webhook: `/admin/webhooks/${webhook.id}`,
  }
  const entered = await service.fetch('/admin/login', { method: 'POST', body: new URLSearchParams({ token: adminToken }) })
  const [name = '', value = ''] = (entered.headers.get('Set-Cookie') ?? '').split(';', 1)[0]?.split('=') ?? []
  await service.fetch('/admin/address/skip', { method: 'POST', headers: { Cookie: `${name}=${value}` } })
  await using browser = await openBrowser('machine')
  for (const scheme of ['light', 'dark'] as const) {
    for (const [width, height] of [
      [1_280, 900],
      [390, 844],
    ] as const) {
      const page = await browser.open({ url: `${service.address}/admin/login` }, { width, scheme })
      await page.context().addCookies([{ name, value, url: service.address }])
      for (const [what, path] of Object.entries(pages)) {
        await page.goto(service.address + path, { waitUntil: 'load' })
        // The page of the doctor loads itself again until its checks have ended.
        if (what === 'doctor') await page.locator('.doctor-counts').waitFor({ timeout: 60_000 })
        // Today is taken down to its charts.
        await page.setViewportSize({ width, height: what === 'today' && width === 1_280 ? 1_320 : height })
        await page.screenshot({ path: join(folder, `desk-${what}-${width}-${scheme}.jpg`), type: 'jpeg', quality: 82, scale: 'css' })
      }
      await page.context().close()
    }
  }
  await service.kill()
  await rm(data, { recursive: true, force: true })
}

/** Readers, and their counts of the last 90 days. */
async function fill(file: string): Promise<void> {
  const database = await openDatabase(file, quietLog)
  await insertReaders(database, readers)
  await database.run(sql`
    INSERT INTO subscriptions (id, subscriber_id, digest, state, nonce, requested_at, confirm_until, confirmed_at, wished_name, wished_topics, source)
    SELECT 'c' || id, subscriber_id, 'coast-daily', state, 'c' || nonce, 0, 0, 0, '', '[]', 'test' FROM subscriptions WHERE id LIKE '%3'`)
  const days = Array.from({ length: 89 }, (_, index) => {
    const day = new Date(Date.parse(now) - (89 - index) * dayMs).toISOString().slice(0, 10)
    const wave = Math.round(6 * Math.sin(index / 5))
    return { day, byMail: Math.round(300 + index * 1.2 + wave), byFeed: Math.round(1_500 + index * 4 - 5 * wave) }
  })
  const mail = days.map(({ day, byMail }) => sql`(${day}, '', ${byMail}, 0)`)
  await database.run(sql`INSERT INTO reader_counts (day, digest, readers, counted_at) VALUES ${joinSql(mail)}`)
  const feed = days.map(({ day, byFeed }) => sql`(${day}, ${byFeed})`)
  await database.run(sql`INSERT INTO feed_reader_counts (day, readers) VALUES ${joinSql(feed)}`)
  await database.close()
}

if (process.argv[1] === import.meta.filename) await takeDesk(import.meta.dirname)
