import { expect, test } from 'vitest'
import { bodyForMail } from '../../src/email/body.ts'
import { makeText } from '../../src/email/plain-text.ts'
import { english } from '../support/english.ts'

const mailOf = (html: string) => bodyForMail({ html, limit: 100_000, pictures: [] }, english).html

test.each([
  ['<audio controls><source src="https://example.org/one.mp3"></source></audio>', ['Listen: https://example.org/one.mp3']],
  ['<p>Before <audio src="https://example.org/a.mp3" controls></audio> after</p>', ['Listen: https://example.org/a.mp3']],
  [
    '<video controls><source src="https://example.org/a.webm"><source src="https://example.org/a.mp4"><track src="https://example.org/a.vtt">Too old: <a href="https://example.org/page">page</a></video>',
    [
      'Watch: https://example.org/a.webm',
      'Watch: https://example.org/a.mp4',
      'Subtitles: https://example.org/a.vtt',
      'Watch: https://example.org/page',
    ],
  ],
])('%s is told as %j', (html, lines) => {
  const text = makeText(`<html><body>${mailOf(html)}</body></html>`)
  for (const line of lines) expect(text.split('\n')).toContain(line)
  expect(text).not.toContain('Too old')
})

test('every address of a body stands in its mail', () => {
  const html = `<p><a href="https://e.org/1">a</a> <a href="https://e.org/2"><img src="https://e.org/3.png" alt="x" /></a></p>
<figure><picture><source src="https://e.org/ignored"></source><img src="https://e.org/4.png" /></picture><figcaption><a href="https://e.org/5">b</a></figcaption></figure>
<video poster="https://e.org/6.png" src="https://e.org/7.mp4"></video><audio><source src="https://e.org/8.mp3"></source><source src="https://e.org/9.ogg"></source></audio>
<details><summary><a href="https://e.org/10">c</a></summary><table><tr><td><a href="mailto:a@e.org">d</a></td></tr></table></details>
<ul><li><p><a href="https://e.org/11?a=1&amp;b=2">e</a></p></li></ul><blockquote><audio src="https://e.org/12.mp3"></audio></blockquote>`
  const mail = mailOf(html)
  for (const [, address = ''] of html.matchAll(/(?:href|src|poster)="([^"]*)"/g))
    if (!address.endsWith('ignored')) expect(mail).toContain(`"${address}"`)
})
