import { expect, test } from 'vitest'
import { articleText } from '../support/content.ts'
import { startDesk } from './operator.ts'

test('the desk shows the next issue of a digest as every reader would see it, with what to mend, and changes nothing', async () => {
  await using desk = await startDesk({
    articles: { 'tides.md': articleText({ title: 'Tides', body: '![](https://a.example.net/x.png)' }) },
  })
  const session = await desk.logIn()
  const overview = await desk.get('/admin', session)
  expect(overview.body).toContain('href="/admin/digests/weekly"')
  const page = await desk.get('/admin/digests/weekly', session)
  expect(page.words).toContain('The Test Tide <news@tide.example.org>'.replace('<', '&lt;').replace('>', '&gt;'))
  expect(page.words).toContain('The week: Tides An account of Tides, from the first boat to the last.')
  expect(page.words).toMatch(/1 article, \d+ KB as sent/)
  expect(page.words).toContain('the picture https://a.example.net/x.png has no alt text')
  const frames = await Promise.all(
    ['desktop', 'phone', 'dark', 'no-pictures'].map((view) => desk.get(`/admin/digests/weekly/frame/${view}`, session)),
  )
  const [light, , dark, bare] = frames
  for (const frame of frames) expect(frame.headers.get('Content-Security-Policy')).toContain('sandbox')
  expect(light?.body).toContain('@media not all')
  expect(dark?.body).toContain('@media all')
  expect(bare?.headers.get('Content-Security-Policy')).toContain("img-src 'none'")
  expect((await desk.get('/admin/digests/weekly/text', session)).body).toContain('Read in a browser: ')
  expect((await desk.get('/admin/digests/weekly/source', session)).body).toContain('List-Unsubscribe-Post: ')
  for (const path of ['/admin/digests/none', '/admin/digests/weekly/none', '/admin/digests/weekly/toString']) {
    expect((await desk.get(path, session)).status, path).toBe(404)
  }
  expect((await desk.get('/admin/digests/coast-daily', session)).words).toContain(
    'There is nothing to show: no article is about this digest yet.',
  )
  expect((await desk.get('/admin/digests/weekly')).status).toBe(303)
})
