import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { adminToken, dataFolder, type Service, startService } from '../support/spawned-service.ts'
import { type Answer, openRecorder, type Question } from './recorder.ts'

/*
 * What the real process answers over HTTP on the sample publication. The tests run in this order and build on one another: one service, whose
 * clock stands and whose chance counts. After an intended change, run this file with `-u` and read the diff.
 */

let service: Service
let data: Awaited<ReturnType<typeof dataFolder>>
const recorder = openRecorder('answers', () => service.address)

const url = 'https://morning-tide.example'
const formType = { 'Content-Type': 'application/x-www-form-urlencoded' }
const authorized = { Authorization: `Bearer ${adminToken}` }
const asJson = { ...authorized, 'Content-Type': 'application/json' }
// Mail is rendered in a process of its own, which a busy machine is slow to start.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })
const patience = { timeout: 100_000, interval: 20 }
const nobodysToken = 'A'.repeat(43)
const nobodysId = '00000000-0000-7000-8000-000000000000'

/** No slot lies between this and the time of the answers. */
const beforehand = '2026-11-20T07:00:00Z'

beforeAll(async () => {
  data = await dataFolder()
  service = await startService({
    content: resolve('content'),
    data: data.folder,
    now: beforehand,
    env: {
      PUBLIC_URL: url,
      SECRET: 'the secret of what is recorded',
      // One connection, so that the mailbox gets mail in the order in which it is owed.
      SMTP_CONNECTIONS: '1',
      BOUNCE_ADDRESS: 'bounces@morning-tide.example',
      INBOUND_SMTP_PORT: '0',
      INBOUND_POSTMARK_SECRET: 'the secret of a provider',
      TEST_RANDOM: 'counting',
    },
  })
  for (const digest of ['weekly', 'coast-daily', 'instant']) await makePictures(digest)
  await service.setClock('2026-11-20T09:00:00Z')
})

let picturesAt = Date.parse(beforehand)

/** Has the pictures of a digest made for mail. Mail waits for them some seconds only, and after ten minutes tries those anew that it went without. */
async function makePictures(digest: string): Promise<void> {
  for (;;) {
    const preview = await service.fetch(`/api/v1/digests/${digest}/preview`, { method: 'POST', headers: authorized })
    if (!(await preview.text()).includes('not ready in time')) return
    picturesAt += 10 * 60_000 + 1
    await service.setClock(new Date(picturesAt).toISOString())
  }
}

afterAll(async () => {
  await service?.stop()
  await data?.[Symbol.asyncDispose]()
})

const get = (name: string, path: string, more: Partial<Question> = {}) => recorder.answer(name, { path, ...more })

const postForm = (name: string, path: string, fields: readonly (readonly [string, string])[], headers = {}) =>
  recorder.answer(name, {
    method: 'POST',
    path,
    headers: { ...formType, ...headers },
    body: new URLSearchParams(fields.map(([name, value]) => [name, value] as [string, string])).toString(),
  })

/** A call of the API, below `/api/v1`. */
const call = (name: string, method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = asJson) =>
  recorder.answer(`api/${name}`, {
    method,
    path: `/api/v1${path}`,
    headers,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })

async function readApi<Body>(path: string): Promise<Body> {
  return (await (await service.fetch(`/api/v1${path}`, { headers: authorized })).json()) as Body
}

/** Resolves when nothing is owed any more. */
async function settled(): Promise<void> {
  await vi.waitUntil(async () => {
    const told = await (await service.fetch('/metrics', { headers: authorized })).text()
    return !/^broadsheet_deliveries\{.*state="(?:queued|handing_over)"\} [1-9]/m.test(told)
  }, patience)
}

/** Ids of what is in the built-in mailbox, newest first. */
async function mailIds(): Promise<string[]> {
  const page = await (await service.fetch('/admin/mailbox', { headers: { Cookie: session } })).text()
  return [...page.matchAll(/\/admin\/mailbox\/([0-9a-f-]{36})"/g)].map(([, id = '']) => id)
}

const usedTokens = new Set<string>()

/** The token of the newest link of that kind in the built-in mailbox, once there is one that was not asked for before. */
async function tokenOf(kind: 'confirm' | 'preferences' | 'unsubscribe'): Promise<string> {
  const token = await vi.waitUntil(async () => {
    for (const id of await mailIds()) {
      const page = await (await service.fetch(`/admin/mailbox/${id}/text`, { headers: { Cookie: session } })).text()
      const found = new RegExp(`/${kind}/([\\w-]{43})`).exec(page)?.[1]
      if (found && !usedTokens.has(found)) return found
    }
    return undefined
  }, patience)
  usedTokens.add(token)
  return token
}

let session = ''

const authors = ['imogen-sayle', 'owen-garrity', 'ruth-addlestone']
const topics = ['coast', 'craft', 'reading']
const feedFiles = ['feed.xml', 'atom.xml', 'feed.json']

test('the feeds are as recorded', async () => {
  for (const file of feedFiles) {
    const { body: known } = await get(`feeds/${file}`, `/${file}`)
    for (const topic of topics) await get(`feeds/topics-${topic}-${file}`, `/topics/${topic}/${file}`, { known })
    for (const author of authors) await get(`feeds/authors-${author}-${file}`, `/authors/${author}/${file}`, { known })
    await get(`feeds/combined-${file}`, `/${file}?topics=Reading,coast`, { known })
    await get(`feeds/unknown-topic-${file}`, `/topics/opera/${file}`, { known })
    for (const archive of ['2026-08', '2026-10', '2026-11', '2026-10-1', '2001-01']) {
      const [folder, extension] = { 'feed.xml': ['feed', 'xml'], 'atom.xml': ['atom', 'xml'], 'feed.json': ['feed', 'json'] }[file] ?? []
      await get(`feeds/archive-${archive}-${file}`, `/${folder}/archive/${archive}.${extension}`, { known })
    }
  }
  await get('feeds/feeds.opml', '/feeds.opml')
})

test('requests for feeds with conditions, codings and other methods are answered as recorded', async () => {
  const { headers } = await service.fetch('/feed.xml', { headers: { 'Accept-Encoding': 'identity' } })
  const [tag = '', modified = ''] = [headers.get('ETag') ?? '', headers.get('Last-Modified') ?? '']
  await get('feeds/not-modified-by-tag', '/feed.xml', { headers: { 'If-None-Match': tag } })
  await get('feeds/not-modified-by-date', '/feed.xml', { headers: { 'If-Modified-Since': modified } })
  await get('feeds/precondition-failed', '/feed.xml', { headers: { 'If-Match': '"another"' } })
  await get('feeds/head', '/feed.xml', { method: 'HEAD' })
  await get('feeds/post', '/feed.xml', { method: 'POST' })
  await get('feeds/options', '/feed.xml', { method: 'OPTIONS' })
  const plain = await (await service.fetch('/feed.xml')).text()
  for (const coding of ['gzip', 'br']) {
    const coded = await service.fetch('/feed.xml', { headers: { 'Accept-Encoding': coding } })
    expect(coded.headers.get('Content-Encoding')).toBe(coding)
    expect(coded.headers.get('ETag')).toBe(tag.replace(/"$/, `-${{ gzip: 'gz', br: 'br' }[coding]}"`))
    expect(await coded.text()).toBe(plain)
  }
})

test('the pages that anybody may read are as recorded', async () => {
  const { items } = await readApi<{ items: { slug: string }[] }>('/articles')
  await get('pages/home', '/')
  for (const { slug } of items) await get(`pages/article-${slug}`, `/articles/${slug}`)
  for (const topic of topics) await get(`pages/topic-${topic}`, `/topics/${topic}`)
  for (const author of authors) await get(`pages/author-${author}`, `/authors/${author}`)
  await get('pages/subscribe', '/subscribe')
  await get('pages/subscribe-embed', '/subscribe/embed')
  await get('pages/privacy', '/privacy')
  await get('pages/issues-none', '/issues')
  await get('pages/sitemap.xml', '/sitemap.xml')
  await get('pages/robots.txt', '/robots.txt')
  await get('pages/favicon', '/favicon.ico')
  await get('pages/style', '/assets/style.css')
  await get('pages/media', '/media/images/sewing-frame.jpg')
  await get('pages/media-range', '/media/images/sewing-frame.jpg', { headers: { Range: 'bytes=0-99' } })
  await get('pages/healthz', '/healthz')
  await get('pages/readyz', '/readyz')
})

test('what is not there, and what is asked for wrongly, is answered as recorded', async () => {
  for (const [name, path] of [
    ['nothing', '/nothing/here'],
    ['article', '/articles/nobody-wrote-this'],
    ['topic', '/topics/opera'],
    ['author', '/authors/nobody'],
    ['issue', `/issues/${nobodysId}`],
    ['issue-message', `/issues/${nobodysId}/message`],
    ['media', '/media/images/none.jpg'],
    ['media-outside', '/media/../publication.yaml'],
    ['asset', '/assets/none.css'],
    ['measured-link', `/go/${'A'.repeat(22)}`],
    ['measured-pixel', `/go/${'A'.repeat(22)}.gif`],
    ['undecodable', '/articles/%E0%A4%A'],
    ['confirm', `/confirm/${nobodysToken}`],
    ['preferences', `/preferences/${nobodysToken}`],
    ['preferences-data', `/preferences/${nobodysToken}/data`],
    ['unsubscribe', `/unsubscribe/${nobodysToken}`],
  ] as const)
    await get(`errors/missing-${name}`, path)
  for (const [name, method, path] of [
    ['home-post', 'POST', '/'],
    ['home-options', 'OPTIONS', '/'],
    ['subscribe-put', 'PUT', '/subscribe'],
    ['confirm-delete', 'DELETE', `/confirm/${nobodysToken}`],
    ['media-post', 'POST', '/media/images/sewing-frame.jpg'],
    ['healthz-post', 'POST', '/healthz'],
    ['inbound-get', 'GET', '/inbound/postmark'],
    ['inbound-options', 'OPTIONS', '/inbound/postmark'],
  ] as const)
    await get(`errors/method-${name}`, path, { method })
  await postForm('errors/confirm-unknown', `/confirm/${nobodysToken}`, [])
  await postForm('errors/unsubscribe-unknown', `/unsubscribe/${nobodysToken}`, [])
  await postForm('errors/unsubscribe-one-click-unknown', `/unsubscribe/${nobodysToken}`, [['List-Unsubscribe', 'One-Click']])
  await postForm('errors/confirm-cross-site', `/confirm/${nobodysToken}`, [], { 'Sec-Fetch-Site': 'cross-site' })
  await recorder.answer('errors/inbound-unknown', { method: 'POST', path: '/inbound/pigeon', body: '{}' })
  await recorder.answer('errors/inbound-refused', { method: 'POST', path: '/inbound/postmark', body: '{}' })
  const provider = `/inbound/postmark?secret=${encodeURIComponent('the secret of a provider')}`
  await recorder.answer('errors/inbound-unreadable', { method: 'POST', path: provider, body: 'no JSON' })
  const bounce = { RecordType: 'Bounce', Type: 'HardBounce', Email: 'nobody@example.org' }
  await recorder.answer('pages/inbound-postmark', { method: 'POST', path: provider, body: JSON.stringify(bounce) })
  const large = `email=${'a'.repeat(21_000)}`
  const refused = await service.fetch('/subscribe', { method: 'POST', headers: formType, body: large })
  expect(refused.status).toBe(413)
})

test('the desk is closed as recorded, and opens with the admin token', async () => {
  await get('desk/closed', '/admin')
  await get('desk/login', '/admin/login')
  await get('desk/login-link', `/admin/login/${'A'.repeat(32)}`)
  await postForm('desk/login-link-spent', `/admin/login/${'A'.repeat(32)}`, [])
  await postForm('desk/login-wrong', '/admin/login', [['token', 'a guess of sixteen letters']])
  await postForm('desk/login-cross-site', '/admin/login', [['token', adminToken]], { 'Sec-Fetch-Site': 'cross-site' })
  const { headers } = await postForm('desk/login-right', '/admin/login', [['token', adminToken]])
  session = headers.get('Set-Cookie')?.split(';', 1)[0] ?? ''
  await desk('overview-before', '')
  await desk('mailbox-empty', '/mailbox')
})

const desk = (name: string, path: string, method = 'GET'): Promise<Answer> =>
  recorder.answer(`desk/${name}`, { method, path: `/admin${path}`, headers: { Cookie: session } })

test('signing up, confirming, choosing and leaving go as recorded', async () => {
  const email = 'mara@example.org'
  const shown = ['shown_at', String(Date.parse('2026-11-20T08:59:00Z'))] as const
  await postForm('readers/subscribe-nothing', '/subscribe', [])
  await postForm('readers/subscribe-wrong-address', '/subscribe', [
    ['email', 'mara@'],
    ['digests', 'weekly'],
  ])
  await postForm('readers/subscribe-wrong-digest', '/subscribe', [
    ['email', email],
    ['digests', 'monthly'],
  ])
  await postForm('readers/subscribe-wrong-topic', '/subscribe', [
    ['email', email],
    ['digests', 'weekly'],
    ['topics', 'opera'],
  ])
  await postForm('readers/subscribe-too-fast', '/subscribe', [
    ['email', email],
    ['digests', 'weekly'],
    ['shown_at', String(Date.parse('2026-11-20T09:00:00Z'))],
  ])
  await postForm('readers/subscribe-machine', '/subscribe', [
    ['email', 'bot@example.org'],
    ['digests', 'weekly'],
    ['website', 'https://example.org'],
  ])
  await postForm('readers/subscribe', '/subscribe', [
    ['email', email],
    ['digests', 'weekly'],
    ['digests', 'coast-daily'],
    ['topics', 'coast'],
    ['topics', 'reading'],
    shown,
  ])
  const confirmToken = await tokenOf('confirm')
  await get('readers/confirm-shown', `/confirm/${confirmToken}`)
  await postForm('readers/confirm-cross-site', `/confirm/${confirmToken}`, [], { 'Sec-Fetch-Site': 'cross-site' })
  await postForm('readers/confirm', `/confirm/${confirmToken}`, [])
  await postForm('readers/confirm-again', `/confirm/${confirmToken}`, [])
  await get('readers/confirm-used', `/confirm/${confirmToken}`)

  const preferences = `/preferences/${await tokenOf('preferences')}`
  await get('readers/preferences', preferences)
  await get('readers/preferences-data', `${preferences}/data`)
  await postForm('readers/preferences-nothing', preferences, [])
  await postForm('readers/preferences-saved', preferences, [
    ['do', 'save'],
    ['digests', 'weekly'],
    ['digests', 'instant'],
    ['topics', 'craft'],
    ['name', 'Mara'],
  ])
  await postForm('readers/preferences-wrong-name', preferences, [
    ['do', 'save'],
    ['digests', 'weekly'],
    ['name', 'M'.repeat(130)],
  ])
  await postForm('readers/preferences-wrong-day', preferences, [
    ['do', 'pause'],
    ['paused_until', 'tomorrow'],
  ])
  await postForm('readers/preferences-paused', preferences, [
    ['do', 'pause'],
    ['paused_until', '2026-12-24'],
  ])
  await postForm('readers/preferences-go-on', preferences, [['do', 'go_on']])
  await postForm('readers/preferences-feed', preferences, [['do', 'feed']])
  await postForm('readers/preferences-back', preferences, [
    ['do', 'save'],
    ['digests', 'weekly'],
    ['digests', 'instant'],
    ['name', 'Mara'],
  ])
  await postForm('readers/preferences-leave', preferences, [['do', 'leave']])
  await get('readers/preferences-left', preferences)
  await postForm('readers/preferences-erase-unsure', preferences, [['do', 'erase']])
  await postForm('readers/preferences-erase', preferences, [
    ['do', 'erase'],
    ['sure', 'yes'],
  ])
  await get('readers/preferences-erased', preferences)
})

test('the API refuses whom it does not know, and what it cannot read, as recorded', async () => {
  await call('unauthorized', 'GET', '/articles', undefined, {})
  await call('unauthorized-wrong', 'GET', '/articles', undefined, { Authorization: 'Bearer a guess' })
  await call('missing', 'GET', '/nothing')
  await call('method', 'PUT', '/articles')
  await call('method-options', 'OPTIONS', '/subscribers')
  await call('body-broken', 'POST', '/subscribers', '{"email": ')
  await call('body-other-type', 'POST', '/subscribers', 'email=mara@example.org', { ...authorized, ...formType })
  await call('body-none', 'POST', '/subscribers')
  await call('page-limit', 'GET', '/articles?limit=0')
  await call('page-cursor', 'GET', '/articles?cursor=x')
})

test('the API tells of articles and digests as recorded', async () => {
  await call('articles', 'GET', '/articles')
  await call('articles-page', 'GET', '/articles?limit=2')
  await call('article', 'GET', '/articles/how-to-read-a-tide-table')
  await call('article-unknown', 'GET', '/articles/nobody-wrote-this')
  await call('digests', 'GET', '/digests')
  await call('digest-preview', 'POST', '/digests/coast-daily/preview')
  await call('digest-preview-unknown', 'POST', '/digests/monthly/preview')
  await call('digest-test', 'POST', '/digests/instant/test', { to: 'editor@morning-tide.example' })
  await call('digest-test-wrong', 'POST', '/digests/instant/test', { to: 'nobody' })
  await call('digest-test-unknown', 'POST', '/digests/monthly/test', { to: 'editor@morning-tide.example' })
  await settled()
})

test('the API keeps readers and suppressions as recorded', async () => {
  const list =
    'email,name,status,digests,topics\nada@example.org,Ada,subscribed,weekly coast-daily,coast\nben@example.org,Ben,subscribed,weekly,\nnobody,,subscribed,weekly,\ncleo@example.org,Cleo,unsubscribed,weekly,\neve@example.org,Eve,subscribed,coast-daily,\n'
  const csv = { ...authorized, 'Content-Type': 'text/csv' }
  await call('import-no-basis', 'POST', '/subscribers/import', list, csv)
  await call('import-wrong-type', 'POST', '/subscribers/import?basis=consent', '{}')
  await call('import-wrong-flag', 'POST', '/subscribers/import?basis=consent&dry_run=perhaps', list, csv)
  await call('import-unreadable', 'POST', '/subscribers/import?basis=consent', 'colour,shape\nred,round\n', csv)
  await call('import-dry-run', 'POST', '/subscribers/import?basis=consent&dry_run=true', list, csv)
  await call('import', 'POST', '/subscribers/import?basis=consent', list, csv)
  await service.setClock('2026-11-20T09:01:00Z')
  await call('import-again', 'POST', '/subscribers/import?basis=consent', list, csv)

  await call('subscribers', 'GET', '/subscribers')
  await call('subscribers-page', 'GET', '/subscribers?limit=1')
  await call('subscribers-segment', 'GET', '/subscribers?digest=weekly&state=confirmed')
  await call('subscribers-segment-wrong', 'GET', '/subscribers?digest=monthly')
  await call('subscribers-count', 'GET', '/subscribers/count')
  await call('subscribers-export', 'GET', '/subscribers/export')
  await call('subscribers-export-ndjson', 'GET', '/subscribers/export?format=ndjson')
  await call('subscribers-export-wrong', 'GET', '/subscribers/export?format=xml')

  const dora = await call('subscriber-added', 'POST', '/subscribers', {
    email: 'dora@example.org',
    digests: ['weekly'],
    topics: ['craft'],
    name: 'Dora',
    source: 'the counter',
    wording: 'Yes',
  })
  const place = `/subscribers/${(JSON.parse(dora.body) as { id: string }).id}`
  await settled()
  await call('subscriber-added-wrong-address', 'POST', '/subscribers', { email: 'dora@', digests: ['weekly'] })
  await call('subscriber-added-wrong-digest', 'POST', '/subscribers', { email: 'dora@example.org', digests: ['monthly'] })
  await call('subscriber-added-unknown-field', 'POST', '/subscribers', { email: 'dora@example.org', digests: ['weekly'], colour: 'red' })
  await call('subscriber', 'GET', place)
  await call('subscriber-unknown', 'GET', `/subscribers/${nobodysId}`)
  await call('subscriber-changed', 'PATCH', place, { name: 'Dora Dane', topics: ['reading'] })
  await call('subscriber-changed-wrong', 'PATCH', place, { topics: ['opera'] })
  await call('subscriber-erased', 'DELETE', place)
  await call('subscriber-erased-again', 'DELETE', place)
  await call('subscriber-added-suppressed', 'POST', '/subscribers', { email: 'dora@example.org', digests: ['weekly'] })

  await service.setClock('2026-11-20T09:02:00Z')
  await call('suppression-added', 'POST', '/suppressions', { email: 'Cleo@example.org' })
  await call('suppression-added-again', 'POST', '/suppressions', { email: 'cleo@example.org', reason: 'complaint' })
  await call('suppression-added-wrong', 'POST', '/suppressions', { email: 'nobody' })
  await call('suppressions', 'GET', '/suppressions')
  await call('suppressions-page', 'GET', '/suppressions?limit=1')
  await call('suppressions-one', 'GET', '/suppressions?email=dora@example.org')
  await call('suppressions-cursor', 'GET', '/suppressions?cursor=eA')
  await call('suppression-lifted', 'DELETE', '/suppressions?email=cleo@example.org')
  await call('suppression-lifted-again', 'DELETE', '/suppressions?email=cleo@example.org')
  await call('suppression-lifted-nobody', 'DELETE', '/suppressions')
})

interface Issue {
  readonly id: string
  readonly state: string
  readonly counts: { readonly audience: number | null; readonly queued: number }
}

async function issueBecomes(id: string, expected: object): Promise<void> {
  await expect.poll(() => readApi<Issue>(`/issues/${id}`), patience).toMatchObject(expected)
}

test('the API creates, holds, pauses, goes on with and cancels issues as recorded', async () => {
  await service.setClock('2026-11-20T09:05:00Z')
  await call('sending', 'GET', '/sending')
  await call('sending-held', 'POST', '/sending/hold')
  await call('issue-unknown-digest', 'POST', '/digests/monthly/issues', {})
  await call('issue-wrong-body', 'POST', '/digests/weekly/issues', { colour: 'red' })
  await call('issue-unknown-article', 'POST', '/digests/weekly/issues', { articles: ['nobody-wrote-this'] })
  const created = await call('issue-created', 'POST', '/digests/weekly/issues', { key: 'first' })
  const { id } = JSON.parse(created.body) as Issue
  recorder.name(id, 'issue 1 of weekly')
  await issueBecomes(id, { state: 'sending', counts: { audience: 2, queued: 2 } })
  await call('issue-same-key', 'POST', '/digests/weekly/issues', { key: 'first' })
  await call('issue-nothing-new', 'POST', '/digests/weekly/issues')
  await call('issue-not-held', 'POST', `/issues/${id}/approve`)
  await call('issue-paused', 'POST', `/issues/${id}/pause`)
  // The operator's mail on it is owed by then, whenever the process looks around.
  await vi.waitUntil(
    async () =>
      (await (await service.fetch('/metrics', { headers: authorized })).text()).includes('notices{kind="paused",digest="weekly"} 1'),
    patience,
  )
  await call('issue-paused-again', 'POST', `/issues/${id}/pause`)
  await call('issue-resumed', 'POST', `/issues/${id}/resume`)
  await call('issue-resumed-again', 'POST', `/issues/${id}/resume`)
  await call('issue-deliveries-queued', 'GET', `/issues/${id}/deliveries?state=queued`)
  await call('issue-deliveries-wrong-state', 'GET', `/issues/${id}/deliveries?state=lost`)
  await call('issue-deliveries-unknown', 'GET', `/issues/${nobodysId}/deliveries`)
  await service.setClock('2026-11-20T09:06:00Z')
  await call('sending-released', 'POST', '/sending/release')
  await issueBecomes(id, { state: 'finished' })
  await settled()
  await call('issue', 'GET', `/issues/${id}`)
  await call('issue-deliveries', 'GET', `/issues/${id}/deliveries`)
  await call('issue-deliveries-page', 'GET', `/issues/${id}/deliveries?limit=1`)
  await call('issue-finished-cancel', 'POST', `/issues/${id}/cancel`)
  await call('issue-retry', 'POST', `/issues/${id}/retry`)
  await call('issue-uncertain', 'POST', `/issues/${id}/uncertain`, { action: 'let_be' })
  await call('issue-uncertain-wrong', 'POST', `/issues/${id}/uncertain`, { action: 'forget' })
  for (const verb of ['approve', 'pause', 'resume', 'cancel', 'retry'])
    await call(`issue-unknown-${verb}`, 'POST', `/issues/${nobodysId}/${verb}`)
  await call('issue-unknown', 'GET', `/issues/${nobodysId}`)

  await service.setClock('2026-11-20T09:07:00Z')
  await service.fetch('/api/v1/sending/hold', { method: 'POST', headers: authorized })
  const second = await call('issue-of-articles', 'POST', '/digests/coast-daily/issues', { articles: ['how-to-read-a-tide-table'] })
  const daily = (JSON.parse(second.body) as Issue).id
  recorder.name(daily, 'issue 1 of coast-daily')
  await issueBecomes(daily, { state: 'sending', counts: { queued: 1, skipped: 1 } })
  await call('issue-cancelled', 'POST', `/issues/${daily}/cancel`)
  await service.fetch('/api/v1/sending/release', { method: 'POST', headers: authorized })
  await call('issues', 'GET', '/issues')
  await call('issues-page', 'GET', '/issues?limit=1')
  await call('digests-after', 'GET', '/digests')
  await call('article-after', 'GET', '/articles/how-to-read-a-tide-table')
})

test('the archive of issues, their feeds and the links in them are as recorded', async () => {
  const { items } = await readApi<{ items: (Issue & { digest: string })[] }>('/issues')
  const { id = '' } = items.find(({ digest }) => digest === 'weekly') ?? {}
  await get('pages/issues', '/issues')
  await get('pages/issue', `/issues/${id}`)
  await get('pages/issue-message', `/issues/${id}/message`)
  for (const file of feedFiles) await get(`feeds/issues-${file}`, `/issues/${file}`)
  const unsubscribe = `/unsubscribe/${await tokenOf('unsubscribe')}`
  await get('readers/unsubscribe-shown', unsubscribe)
  await postForm('readers/unsubscribe-one-click', unsubscribe, [['List-Unsubscribe', 'One-Click']])
  await postForm('readers/unsubscribe-one-click-again', unsubscribe, [['List-Unsubscribe', 'One-Click']])
  await get('readers/unsubscribe-left', unsubscribe)
  await postForm('readers/unsubscribe-page', unsubscribe, [])
  await postForm('readers/unsubscribe-everything', unsubscribe, [['scope', 'all']])
})

/** The header of a message that a page of the desk shows in source: its body is quoted-printable, which cuts tokens in two; other views have it. */
async function messageHeader(name: string, path: string): Promise<void> {
  const page = await (await service.fetch(path, { headers: { Cookie: session } })).text()
  await recorder.compare(name, /<pre[^>]*>([\s\S]*?)\r?\n\r?\n/.exec(page)?.[1] ?? '')
}

test('the open desk is as recorded', async () => {
  await settled()
  await service.fetch('/feed.xml', { headers: { 'User-Agent': 'Feedly/1.0 (+http://www.feedly.com/fetcher.html; 12 subscribers)' } })
  await recorder.answer('pages/metrics', { path: '/metrics', headers: authorized })
  await get('errors/metrics-without-token', '/metrics')
  await recorder.answer('errors/metrics-from-elsewhere', { path: '/metrics', headers: { 'X-Forwarded-For': '192.0.2.7' } })
  await desk('overview', '')
  await desk('digest', '/digests/coast-daily')
  for (const view of ['phone', 'dark', 'no-pictures', 'text']) await desk(`digest-${view}`, `/digests/coast-daily/${view}`)
  const { html } = (await (await service.fetch('/api/v1/digests/coast-daily/preview', { method: 'POST', headers: authorized })).json()) as {
    html: string
  }
  for (const view of ['desktop', 'phone', 'dark', 'no-pictures'])
    await recorder.answer(`desk/digest-frame-${view}`, {
      path: `/admin/digests/coast-daily/frame/${view}`,
      headers: { Cookie: session },
      known: html,
    })
  await messageHeader('desk/digest-source-header', '/admin/digests/coast-daily/source')
  await desk('digest-weekly', '/digests/weekly')
  await desk('digest-unknown', '/digests/monthly')
  await desk('digest-unknown-view', '/digests/weekly/upside-down')
  await desk('mailbox', '/mailbox')
  const ids = await mailIds()
  for (const [index, id] of ids.reverse().entries()) {
    await desk(`mail-${index + 1}-text`, `/mailbox/${id}/text`)
    await messageHeader(`desk/mail-${index + 1}-header`, `/admin/mailbox/${id}/source`)
  }
  const [first = ''] = ids
  await desk('mail', `/mailbox/${first}`)
  await desk('mail-html', `/mailbox/${first}/html`)
  await desk('mail-unknown', `/mailbox/${nobodysId}`)
  await desk('missing', '/nothing')
})

test('a confirmation that came too late is answered as recorded', async () => {
  await postForm('readers/subscribe-late', '/subscribe', [
    ['email', 'late@example.org'],
    ['digests', 'instant'],
  ])
  const token = await tokenOf('confirm')
  await service.setClock('2026-12-30T09:00:00Z')
  await get('readers/confirm-late-shown', `/confirm/${token}`)
  await postForm('readers/confirm-late', `/confirm/${token}`, [])
})

test('a log-out is answered as recorded', async () => {
  await desk('logout', '/logout', 'POST')
})

test('every recorded file is of an answer that is asked for here', async () => {
  expect(await recorder.unused()).toEqual([])
})
