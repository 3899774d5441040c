import { afterAll, expect, test } from 'vitest'
import { accessibilityFaults } from '../../src/email/accessibility.ts'
import type { EmailRequest } from '../../src/email/email.ts'
import { startRenderer } from '../../src/email/renderer.ts'
import {
  article,
  confirmRequest,
  digestRequest,
  goodbyeRequest,
  loginRequest,
  noticeRequest,
  publication,
  singleRequest,
  templatesFolder,
  welcomeRequest,
  wholeText,
} from './requests.ts'

const renderer = startRenderer(templatesFolder)
afterAll(() => renderer.close())

const many = Array.from({ length: 12 }, (_, index) => article(index + 1, { call_to_action: null }))
const note = {
  title: 'Come along',
  language: 'en',
  preheader: '',
  above: { html: '<p>Dear <em>all</em></p><blockquote><p>No diary.</p></blockquote><ul><li>one</li></ul>', limit: 9_000, pictures: [] },
  below: { html: '<p>Until then</p>', limit: 9_000, pictures: [] },
  call_to_action: { text: 'Walk the quay', label: '', url: 'https://tide.example.org/walk' },
}
const requests: [string, EmailRequest][] = [
  ['a digest', digestRequest()],
  ['a long digest', digestRequest(many, { with_contents: true })],
  ['a digest with links', digestRequest(many, { read_on: 'link' })],
  ['a digest with a note', digestRequest(many, { note, with_contents: true })],
  ['a digest in Arabic', digestRequest(many, { publication: { ...publication, language: 'ar' } })],
  ['a whole article', singleRequest(wholeText)],
  ['a confirmation', confirmRequest],
  ['a welcome', welcomeRequest],
  ['a goodbye', goodbyeRequest],
  ['a notice', noticeRequest],
  ['a log-in mail', loginRequest],
]

test.each(requests)('%s passes the checks of the Email Markup Consortium', async (_name, request) => {
  const { html } = await renderer.render(request)
  expect(accessibilityFaults(html)).toEqual([])
  expect(html.match(/<img(?![^>]* alt=)/g)).toBeNull()
})

/** Languages with a file of words, besides English. */
const languages = ['ar', 'cs', 'de', 'es', 'fr', 'he', 'it', 'ja', 'nl', 'pl', 'pt-BR', 'sv', 'uk', 'zh-Hans']

test.each(languages)('every mail in %s passes them too', async (language) => {
  for (const [name, request] of requests) {
    const { html } = await renderer.render({ ...request, language })
    expect(accessibilityFaults(html), name).toEqual([])
    expect(html).toContain(`<html lang="${language}" dir="${['ar', 'he'].includes(language) ? 'rtl' : 'ltr'}"`)
  }
})

test.each([
  ['<html lang="en"><body><div lang="en" dir="ltr"><h1>A</h1></div></body></html>', '<html> has no dir'],
  ['<html lang="en" dir="ltr"><body><div><h1>A</h1></div></body></html>', '<div> has no lang'],
  ['<html lang="en" dir="ltr"><body><div lang="en" dir="ltr"><h1>A</h1><table></table></div></body></html>', 'a table has no role'],
  ['<html lang="en" dir="ltr"><body><div lang="en" dir="ltr"><h1>A</h1><h3>B</h3></div></body></html>', '<h3> follows <h1>'],
  [
    '<html lang="en" dir="ltr"><body><div lang="en" dir="ltr"><h1>A</h1><a href="https://a.example">Read on</a></div></body></html>',
    'named "Read on"',
  ],
  [
    '<html lang="en" dir="ltr"><body><div lang="en" dir="ltr"><h1>A</h1><a href="https://a.example"><img alt=""></a></div></body></html>',
    'no words',
  ],
])('the lint finds what is wrong in %s', (html, reason) => {
  expect(
    accessibilityFaults(html)
      .map((fault) => fault.reason)
      .join(),
  ).toContain(reason)
})

test('a card without a call to action leads on, by a button or a link that names its article', async () => {
  for (const read_on of ['button', 'link'] as const) {
    const { html, text } = await renderer.render(digestRequest([article(1, { call_to_action: null })], { read_on }))
    expect(html).toContain(`aria-label="Read on: ${article(1).title}"`)
    expect(html.includes('class="cta"')).toBe(read_on === 'button')
    expect(text).toContain(`Read on: ${article(1).url}\n`)
  }
})

test('a long digest begins with its contents, and later cards have small pictures', async () => {
  const { html, text } = await renderer.render(digestRequest(many, { with_contents: true }))
  expect(text).toContain(`In this issue\n-------------\n\n- ${article(1).title}\n- ${article(2).title}\n`)
  expect(html.match(/<img class="hero"[^>]* width="\d+"/g)?.map((tag) => /width="(\d+)"/.exec(tag)?.[1])).toEqual([
    '544',
    ...Array(11).fill('160'),
  ])
})

test('an Arabic title that begins with Latin letters runs from right to left, and is upright', async () => {
  const { html } = await renderer.render(digestRequest([article(1, { language: 'ar', title: 'Node.js 24 يصل' })]))
  const card = html.slice(html.indexOf('lang="ar"'))
  expect(card.slice(0, card.indexOf('</h2>'))).not.toMatch(/<(?:h2|a)[^>]*dir="auto"/)
  expect(card.slice(0, card.indexOf('call'))).not.toContain('font:italic')
})

test('a short preheader is followed by invisible filler, and Apple is told not to rearrange the message', async () => {
  const { html } = await renderer.render(digestRequest([article(1, { description: 'Short.' })]))
  expect(html.match(/&#847;|\u034F/g)?.length).toBeGreaterThan(80)
  expect(html).toContain('name="x-apple-disable-message-reformatting"')
})

test('a whole article with stray table parts, dead links and films keeps its words and its layout', async () => {
  const body =
    '<p>x<sup>2</sup>, the 1<sup>st</sup></p><tr><td>cell</td></tr><p><a href="ftp://a.example/x">it</a> <a>f</a></p>' +
    '<h4>Deep</h4><ul><li>☑ done</li></ul><video src="https://a.example/f.mp4" title="The bore"></video>' +
    '<table><thead><tr><th>Hour</th><th align="right">Metres</th></tr></thead><tbody><tr><td>06:12</td><td align="right">11.35</td></tr></tbody></table>'
  const { html, text } = await renderer.render(singleRequest(body))
  expect(accessibilityFaults(html)).toEqual([])
  expect(text).toContain('x^2, the 1st\n\ncell\n\nit f\n\nDeep\n~~~~\n\n☑ done\n\nWatch: The bore (https://a.example/f.mp4)\n')
  expect(text).toContain('Hour   Metres\n-----  ------\n06:12   11.35\n')
})

test('a Japanese paragraph is wrapped by display width, and no line begins with a full stop', async () => {
  const { text } = await renderer.render(singleRequest(`<p>${'潮汐表は鉄道の時刻表に似ていますが、まったく別のものです。'.repeat(9)}</p>`))
  const lines = text.split('\n').filter((line) => line.includes('潮') || line.includes('表'))
  expect(lines.length).toBeGreaterThan(5)
  for (const line of lines) {
    expect(line.length).toBeLessThanOrEqual(39)
    expect(line).not.toMatch(/^[、。]/)
  }
})
