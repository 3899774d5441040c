import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { sql } from '../../../src/platform/database/sql.ts'
import { findEndpoint, maxEndpoints } from '../../../src/webhooks/endpoints.ts'
import { openBrowser } from '../../support/browser.ts'
import { addedTo, raise, startReceiver } from '../../webhooks/webhook-receiver.ts'
import { type DeskWorld, startDesk } from './operator.ts'

type Session = Awaited<ReturnType<DeskWorld['logIn']>>
type Field = readonly [string, string]

const types: readonly Field[] = [['types', 'issue.finished']]

function startWith(host: string, engine: 'sqlite' | 'postgres' = 'sqlite'): Promise<DeskWorld> {
  return startDesk({ engine, env: { FETCH_ALLOW: `webhook:${host}` } })
}

const secretIn = (body: string) => /whsec_[\w+/=]+/.exec(body)?.[0]

async function markOn(desk: DeskWorld, path: string, session: Session): Promise<Field[]> {
  const { body } = await desk.get(path, session)
  return [['mark', /name="mark" value="([^"]*)"/.exec(body)?.[1] ?? '']]
}

describe.each(['sqlite', 'postgres'] as const)('%s', (engine) => {
  test('an endpoint is added with its secret shown once, tested, disabled, enabled, changed and removed', async () => {
    let status = 204
    await using receiver = await startReceiver((response) => response.writeHead(status).end(status === 204 ? '' : '<b>down</b>'))
    await using desk = await startWith(receiver.host, engine)
    const owner = await desk.logIn()
    expect((await desk.get('/admin/settings', owner)).body).toContain('href="/admin/webhooks"')
    expect((await desk.get('/admin/webhooks', owner)).words).toContain('No endpoint yet.')

    const added = await desk.post('/admin/webhooks', [['url', receiver.url], ['description', 'The <CRM>'], ...types], owner)
    expect(added.status).toBe(201)
    expect(added.body).toContain('The &lt;CRM&gt;')
    const secret = secretIn(added.body)
    expect(secret).toMatch(/^whsec_/)
    const path = /href="(\/admin\/webhooks\/[0-9a-f-]+)"|action="(\/admin\/webhooks\/[0-9a-f-]+)\/test"/.exec(added.body)?.[2] ?? ''
    const shown = await desk.get(path, owner)
    expect(shown.body).not.toContain('whsec_')
    expect(shown.words).toContain('Nothing was sent yet.')

    const tested = await desk.post(`${path}/test`, [], owner)
    expect([tested.status, tested.headers.get('Location')]).toEqual([303, `${path}?done=tested`])
    expect((await desk.get(`${path}?done=tested`, owner)).words).toMatch(/The test arrived\..*webhook\.test Arrived/)
    status = 500
    expect((await desk.post(`${path}/test`, [], owner)).headers.get('Location')).toBe(`${path}?done=test_failed`)
    const failed = await desk.get(`${path}?done=test_failed`, owner)
    expect(failed.words).toMatch(/The test failed\..*webhook\.test Failed/)
    expect(failed.body).toContain('&lt;b&gt;down')

    for (const [deed, isEnabled] of [
      ['disable', false],
      ['disable', false],
      ['enable', true],
    ] as const) {
      expect((await desk.post(`${path}/${deed}`, [], owner)).headers.get('Location')).toBe(`${path}?done=${deed}d`)
      const id = path.split('/').at(-1) ?? ''
      expect((await findEndpoint(desk.world.app.webhooks, id))?.isEnabled).toBe(isEnabled)
    }

    const changed = await desk.post(`${path}/change`, [['url', `${receiver.url}/new`], ['types', 'issue.paused'], ...types], owner)
    expect(changed.headers.get('Location')).toBe(`${path}?done=changed`)
    expect((await desk.get(path, owner)).words).toContain('issue.finished, issue.paused')
    for (let click = 0; click < 2; click++)
      expect((await desk.post(`${path}/remove`, [], owner)).headers.get('Location')).toBe('/admin/webhooks?done=removed')
    expect((await desk.get(path, owner)).status).toBe(404)
    const audit = await desk.world.app.database.all<{ action: string }>(
      sql`SELECT action FROM audit_log WHERE action LIKE 'webhook.%' ORDER BY id`,
    )
    expect(audit.map(({ action }) => action.slice('webhook.'.length))).toEqual([
      'add',
      'test',
      'test',
      'change',
      'change',
      'change',
      'change',
      'remove',
    ])
  })

  test('two clicks on the button that rotates show one new secret, and the one before it goes on signing', async () => {
    await using receiver = await startReceiver()
    await using desk = await startWith(receiver.host, engine)
    const owner = await desk.logIn()
    const { webhooks } = desk.world.app
    const { id, secret } = await addedTo(webhooks, receiver.url)
    const path = `/admin/webhooks/${id}`
    const mark = await markOn(desk, path, owner)
    const answers = await Promise.all([desk.post(`${path}/rotate`, mark, owner), desk.post(`${path}/rotate`, mark, owner)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    const fresh = answers.map(({ body }) => secretIn(body)).filter((one) => one !== undefined)
    expect(fresh).toHaveLength(1)
    const row = await desk.world.app.database.get(sql`SELECT secret, previous_secret FROM webhook_endpoints`)
    expect(row).toEqual({ secret: fresh[0], previous_secret: secret })
    expect((await desk.get(path, owner)).words).toContain('which would sign until')
    // A page that says so may rotate again.
    desk.world.clock.advance(1_000)
    expect((await desk.post(`${path}/rotate`, await markOn(desk, path, owner), owner)).status).toBe(200)
  })

  test('the log is leafed through without a gap, and a settled delivery is sent again', async () => {
    await using receiver = await startReceiver()
    await using desk = await startWith(receiver.host, engine)
    const owner = await desk.logIn()
    const { webhooks } = desk.world.app
    const { id } = await addedTo(webhooks, receiver.url)
    for (let n = 0; n < 60; n++) {
      await raise(webhooks)
      desk.world.clock.advance(1)
    }
    await desk.world.app.database.run(sql`UPDATE webhook_deliveries SET state = 'failed', settled_at = 0 WHERE endpoint_id = ${id}`)
    const path = `/admin/webhooks/${id}`
    const seen: string[] = []
    let pages = 0
    for (let next: string | undefined = path; next !== undefined && pages < 9; pages++) {
      const { body } = await desk.get(next, owner)
      seen.push(...[...body.matchAll(/deliveries\/([0-9a-f-]+)\/replay/g)].map(([, one = '']) => one))
      next = /href="([^"]+)" rel="next"/.exec(body)?.[1]
    }
    expect([pages, seen.length, new Set(seen).size]).toEqual([3, 60, 60])
    const replay = `${path}/deliveries/${seen[0]}/replay`
    expect((await desk.post(replay, [], owner)).headers.get('Location')).toBe(`${path}?done=replayed`)
    const again = await desk.post(replay, [], owner)
    expect(again.status).toBe(409)
    expect(again.words).toContain('this delivery waits already')
    await desk.post(`${path}/disable`, [], owner)
    expect((await desk.post(replay, [], owner)).words).toContain('Enable it first.')
    expect((await desk.post(`${path}/deliveries/nothing/replay`, [], owner)).status).toBe(404)
    for (const query of ['?before=', '?before=x', '?before=a&before=b', '?done=__proto__'])
      expect((await desk.get(path + query, owner)).status, query).toBe(200)
    // PostgreSQL takes no U+0000.
    for (const odd of [`${path}?before=%00`, '/admin/webhooks/%00', '/admin/audit?before=a%00', '/admin/issues/%00'])
      expect((await desk.get(odd, owner)).status, odd).toBe(404)
    const nul = await desk.post('/admin/webhooks', [['url', 'https://hook.example/'], ['description', 'a\0b'], ...types], owner)
    expect(nul.status).toBe(201)
  })
})

test('a form that is wrong comes back with what was typed and what to mend', async () => {
  await using desk = await startDesk()
  const owner = await desk.logIn()
  const { webhooks } = desk.world.app
  const cases: readonly (readonly [Field[], string])[] = [
    [[['url', 'nonsense'], ...types], 'The address is not a valid URL.'],
    [[['url', 'http://127.0.0.1:1/"><script>'], ...types], 'must begin with https://'],
    [[['url', 'https://10.0.0.1/'], ...types], 'is not on the public internet'],
    [[['url', `https://hook.example/${'x'.repeat(2_000)}`], ...types], 'At most 2,000 characters.'],
    [[['url', 'https://hook.example/'], ['description', 'x'.repeat(501)], ...types], 'At most 500 characters.'],
    [
      [
        ['url', 'https://hook.example/'],
        ['types', 'webhook.test'],
      ],
      'Choose at least one event.',
    ],
    [[['url', 'https://a.example/'], ['url', 'https://b.example/'], ...types], 'The address is not a valid URL.'],
  ]
  for (const [fields, expected] of cases) {
    const refused = await desk.post('/admin/webhooks', fields, owner)
    expect([refused.status, refused.words.includes(expected), refused.body.includes('"><script>')]).toEqual([422, true, false])
  }
  const { id } = await addedTo(webhooks, 'https://hook.example/')
  const changed = await desk.post(`/admin/webhooks/${id}/change`, [['url', 'ftp://hook.example/'], ...types], owner)
  expect([changed.status, changed.body.includes('value="ftp://hook.example/"')]).toEqual([422, true])
  for (let n = 1; n < maxEndpoints; n++) await addedTo(webhooks, `https://hook.example/${n}`)
  const full = await desk.post('/admin/webhooks', [['url', 'https://hook.example/x'], ...types], owner)
  expect([full.status, full.words.includes('There are 50 endpoints already.')]).toEqual([409, true])
  expect([...full.body.matchAll(/<tr>\s*<th scope="row">/g)]).toHaveLength(maxEndpoints)
})

test('the pages of webhooks work on a phone without scripts, and can be read by anybody', { timeout: 240_000 }, async () => {
  let status = 500
  await using receiver = await startReceiver((response) => response.writeHead(status).end('an answer without end '.repeat(40)))
  await using desk = await startWith(receiver.host)
  await using browser = await openBrowser()
  const axe = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
  const { access } = desk.world.app
  const phone = await (await browser.chromium.newContext({ viewport: { width: 390, height: 800 }, javaScriptEnabled: false })).newPage()
  await phone.goto(`${desk.origin}/admin/login/${await access.makeLogin()}`)
  await phone.click('button.button')
  await phone.click('text=Settings')
  await phone.click('text=Webhooks')
  await phone.fill('#url', receiver.url)
  await phone.fill('#description', `A long word${'andlonger'.repeat(20)}`)
  await phone.click('text=Add the endpoint')
  expect(await phone.textContent('pre')).toMatch(/^whsec_/)
  await phone.click('text=Send a test')
  expect(await phone.textContent('[role=status]')).toContain('The test failed.')
  status = 204
  await phone.click('button:has-text("Send again")')
  expect(await phone.textContent('[role=status]')).toContain('Queued again.')
  const path = new URL(phone.url()).pathname
  await phone.context().close()

  for (const view of [
    { width: 1280, scheme: 'light' },
    { width: 390, scheme: 'light' },
    { width: 390, scheme: 'dark' },
  ] as const) {
    const page = await browser.open({ url: `${desk.origin}/admin/login/${await access.makeLogin()}` }, view)
    await page.click('button.button')
    await page.goto(`${desk.origin}/admin/webhooks`)
    await expectFit(page, axe, `list ${view.width}`)
    await page.goto(desk.origin + path)
    await page.click('.webhook-log summary')
    await expectFit(page, axe, `one ${view.width}`)
    await page.click('button:has-text("Rotate the secret")')
    await expectFit(page, axe, `secret ${view.width}`)
    await page.context().close()
  }
})

async function expectFit(page: Page, axe: string, where: string): Promise<void> {
  expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'), where).toBe(0)
  await page.evaluate(axe)
  const found = (await page.evaluate('axe.run(document)')) as AxeResults
  const serious = found.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(
    serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
    where,
  ).toEqual([])
  const heights = (await page.evaluate('[...document.querySelectorAll("button, .button")].map((one) => one.offsetHeight)')) as number[]
  expect(Math.min(...heights, 44), where).toBeGreaterThanOrEqual(44)
}
