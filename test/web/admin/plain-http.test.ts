import { once } from 'node:events'
import { createServer, type RequestListener, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, type TestBrowser } from '../../support/browser.ts'
import { makeContent } from '../../support/content.ts'
import { adminToken, dataFolder, type Service, startService } from '../../support/spawned-service.ts'

/*
 * Chromium treats plain http on a name that is not loopback unlike https and localhost: it sends no Sec-Fetch-Site, and Origin only as
 * the referrer policy allows. No test without a browser shows whether an operator gets in there.
 */

let browser: TestBrowser
const view = { width: 1024 }

beforeAll(async () => {
  browser = await openBrowser('bundled', ['--host-resolver-rules=MAP desk.example 127.0.0.1,MAP evil.example 127.0.0.1'])
}, 60_000)

afterAll(() => browser?.[Symbol.asyncDispose]())

async function startDesk(env: Record<string, string>) {
  await using parts = new AsyncDisposableStack()
  const content = parts.use(await makeContent({}))
  const data = parts.use(await dataFolder())
  const service = parts.use(await startService({ content: content.folder, data: data.folder, now: '2026-11-20T09:00:00Z', env }))
  const owned = parts.move()
  return { service, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

async function listen(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** As nginx's plain `proxy_pass` does: Host is rewritten, and no header says so. */
function proxyTo(service: () => Service): RequestListener {
  return (incoming, outgoing) => {
    const { host } = new URL(service().address)
    const passed = request(new URL(incoming.url ?? '/', service().address), {
      method: incoming.method,
      headers: { ...incoming.headers, host },
    })
    passed.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    incoming.pipe(passed)
  }
}

/** Signs in by the form, and logs out by the button. */
async function expectDeskWorks(origin: string): Promise<void> {
  const page = await browser.open({ url: `${origin}/admin` }, view)
  const origins: (string | undefined)[] = []
  page.on('request', (asked) => asked.method() === 'POST' && origins.push(asked.headers()['sec-fetch-site']))
  await page.fill('input[name=token]', adminToken)
  await submit(page, 'form:has(input[name=token]) button')
  expect([new URL(page.url()).pathname, await page.textContent('h1')]).toEqual(['/admin', 'Today'])
  await submit(page, 'form[action$="/logout"] button')
  expect(new URL(page.url()).pathname).toBe('/admin/login')
  expect(origins).toEqual([undefined, undefined])
  await page.context().close()
}

async function submit(page: Page, button: string): Promise<void> {
  await Promise.all([page.waitForEvent('load'), page.locator(button).first().click()])
}

/** A page of another site sends the log-in form of the desk, with the right token. */
async function expectForeignRefused(origin: string): Promise<void> {
  await using evil = await listen((_request, response) => {
    response.setHeader('Content-Type', 'text/html')
    response.end(`<form method="post" action="${origin}/admin/login"><input name="token" value="${adminToken}"><button>Win</button></form>`)
  })
  const page = await browser.open({ url: `http://evil.example:${evil.port}/` }, view)
  const [answer] = await Promise.all([page.waitForResponse(`${origin}/admin/login`), page.click('button')])
  expect(answer.status()).toBe(403)
  expect(await page.context().cookies(origin)).toEqual([])
  await page.context().close()
}

test('an operator signs in over plain http on a name that is not loopback; another site cannot', async () => {
  await using desk = await startDesk({})
  const origin = `http://desk.example:${new URL(desk.service.address).port}`
  await expectDeskWorks(origin)
  await expectForeignRefused(origin)
}, 60_000)

test('an operator signs in behind a proxy that rewrites Host, where PUBLIC_URL is set; another site cannot', async () => {
  let service: Service | undefined
  await using proxy = await listen(proxyTo(() => service as Service))
  const origin = `http://desk.example:${proxy.port}`
  await using desk = await startDesk({ PUBLIC_URL: origin })
  service = desk.service
  await expectDeskWorks(origin)
  await expectForeignRefused(origin)
}, 60_000)
