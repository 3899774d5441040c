import { expect, test } from 'vitest'
import { linksOf } from '../../../src/web/admin/mail-links.ts'
import { startDesk } from './operator.ts'

test('an empty mailbox says what to do next', async () => {
  await using desk = await startDesk({ publication: 'title: Bare\n' })
  expect((await desk.get('/admin/mailbox', await desk.logIn())).words).toContain('No mail yet. Subscribe with any address')
})

test('with an SMTP server there is no mailbox and no banner about it', async () => {
  await using desk = await startDesk({ withMailbox: false })
  const session = await desk.logIn()
  const { words, body } = await desk.get('/admin', session)
  expect(words).not.toContain('Nothing leaves this machine')
  expect(body).not.toContain('/admin/mailbox')
  expect((await desk.get('/admin/mailbox', session)).status).toBe(404)
})

test('a message is shown as HTML in a sandboxed frame, as text and as source', async () => {
  await using desk = await startDesk()
  const session = await desk.logIn()
  const html =
    '<html><head><title>x</title></head><body><script>alert(1)</script><a href="https://tide.example.org/confirm/abc?a=1&amp;b=2">Yes,\n send <b>it</b></a></body></html>'
  const id = await desk.deliver({ subject: 'Please <confirm>', html, text: 'Yes: https://tide.example.org/confirm/abc' })
  const list = await desk.get('/admin/mailbox', session)
  expect(list.body).toContain(`<a href="/admin/mailbox/${id}" dir="auto">Please &lt;confirm&gt;</a>`)
  const page = await desk.get(`/admin/mailbox/${id}`, session)
  expect(page.body).toContain(`src="/admin/mailbox/${id}/html"`)
  expect(page.body).toContain('sandbox="allow-popups allow-popups-to-escape-sandbox"')
  expect(page.body).toContain('<a href="https://tide.example.org/confirm/abc?a=1&amp;b=2" target="_blank" rel="noopener noreferrer"')
  expect(page.words).toContain('Yes, send it')
  const frame = await desk.get(`/admin/mailbox/${id}/html`, session)
  expect(frame.headers.get('Content-Security-Policy')).toBe(
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
  )
  expect(frame.headers.get('X-Frame-Options')).toBe('SAMEORIGIN')
  expect(frame.body).toContain('<head><base target="_blank">')
  expect((await desk.get(`/admin/mailbox/${id}/text`, session)).words).toContain('Yes: https://tide.example.org/confirm/abc')
  expect((await desk.get(`/admin/mailbox/${id}/source`, session)).words).toContain('Subject: Please &lt;confirm&gt;')
  for (const other of ['00000000-0000-7000-8000-000000000000', '..%2F..%2Fsecret', 'x'])
    expect((await desk.get(`/admin/mailbox/${other}`, session)).status).toBe(404)
})

test('a message without HTML is shown as text', async () => {
  await using desk = await startDesk()
  const id = await desk.deliver({ subject: '', text: 'Plain <words> at https://tide.example.org/' })
  const page = await desk.get(`/admin/mailbox/${id}`, await desk.logIn())
  expect(page.body).toContain('Plain &lt;words&gt;')
  expect(page.body).not.toContain('<iframe')
  expect(page.words).toContain('No subject')
})

test('the links of a message are those a person can follow, each once, by their words', () => {
  const html = `
    <a href="https://a.example/"><img alt=""></a> <a href='https://a.example/'>An &eacute;t&#233; &amp; more</a>
    <a href="javascript:alert(1)">No</a> <a href="/relative">No</a> <a name="x">No</a> <a href="mailto:a@b.example"></a>`
  expect(linksOf({ html, text: '' })).toEqual([
    { label: 'An été & more', href: 'https://a.example/' },
    { label: 'mailto:a@b.example', href: 'mailto:a@b.example' },
  ])
  expect(linksOf({ html: '', text: 'see <https://a.example/b?c=1> and https://a.example/b?c=1' })).toEqual([
    { label: 'https://a.example/b?c=1', href: 'https://a.example/b?c=1' },
  ])
})
