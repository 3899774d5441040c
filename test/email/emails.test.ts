import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ConfirmValues, type EmailRequest, type GoodbyeValues, readerPlaceholder } from '../../src/email/email.ts'
import { type Renderer, startRenderer } from '../../src/email/renderer.ts'
import { placeholderEnd, placeholderStart } from '../../src/platform/placeholders.ts'
import { openBrowser, type TestBrowser } from '../support/browser.ts'
import {
  article,
  confirmRequest,
  copyTemplates,
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

let renderer: Renderer
let browser: TestBrowser

beforeAll(async () => {
  renderer = startRenderer(templatesFolder)
  browser = await openBrowser()
})

afterAll(async () => {
  await renderer?.close()
  await browser?.[Symbol.asyncDispose]()
})

const words = (text: string) => text.replace(/[ \t\r\n\f]+/g, ' ').trim()

/** Parses an email: the texts of elements, links and pictures. */
async function read(html: string) {
  const page = await browser.open({ html }, { width: 600, images: false })
  const seen = (await page.evaluate(`({
    title: document.title,
    text: document.body.textContent,
    tags: [...new Set([...document.body.querySelectorAll('*')].map((element) => element.localName))].sort(),
    links: [...document.querySelectorAll('a')].map((link) => ({ href: link.getAttribute('href'), text: link.textContent })),
    pictures: [...document.images].map((image) => ({ src: image.getAttribute('src'), alt: image.alt, width: image.getAttribute('width'), height: image.getAttribute('height') })),
    headings: [...document.querySelectorAll('h1,h2')].map((heading) => heading.textContent),
  })`)) as {
    title: string
    text: string
    tags: string[]
    links: { href: string; text: string }[]
    pictures: { src: string; alt: string; width: string; height: string }[]
    headings: string[]
  }
  await page.context().close()
  return seen
}

test('a digest has all fields of every article, in HTML and in text', async () => {
  const articles = [1, 2, 3, 4, 5].map((number) => article(number))
  const { subject, html, text } = await renderer.render(digestRequest(articles))
  expect(subject).toBe('How to read a tide table')
  const seen = await read(html)
  for (const one of articles) {
    const { title, subtitle, description, author, date, topic, hero, call_to_action: action } = one
    for (const part of [title, subtitle, description, author, date, topic, action?.text, action?.label, `${one.read_minutes} min read`]) {
      expect(words(seen.text)).toContain(part)
      expect(words(text)).toContain(part)
    }
    expect(seen.headings).toContain(title)
    expect(seen.links).toContainEqual({ href: one.url, text: title })
    expect(seen.links.map(({ href, text }) => ({ href, text: text.trim() }))).toContainEqual({ href: action?.url, text: action?.label })
    expect(seen.pictures).toContainEqual({ src: hero?.url, alt: hero?.alt, width: '544', height: null })
    expect(text).toContain(`[${hero?.alt}]`)
    expect(text).toContain(one.url)
    expect(text).toContain(action?.url)
  }
  expect(text).toContain('Letters nobody called for: https://news.example.org/articles/letters')
  expect(words(text)).toContain(publication.postal_address)
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(76)
  // The inbox line is not a part of the text.
  expect(words(text).split(article(1).description)).toHaveLength(2)
})

test('a whole article keeps its text, has email versions of its pictures, and has all that a card has', async () => {
  const pictures = [
    { original: 'https://news.example.org/media/slipway.webp', url: 'https://news.example.org/media/mail/a.jpg', width: 400, height: 300 },
  ]
  const one = article(1)
  const { html, text } = await renderer.render(singleRequest(wholeText, { body: { html: wholeText, limit: wholeText.length, pictures } }))
  const seen = await read(html)
  const { title, subtitle, author, date, topic, call_to_action: action } = one
  for (const part of [title, subtitle, author, date, topic, action?.text, action?.label, 'Nobody reads a tide table twice.', 'The end.']) {
    expect(words(seen.text)).toContain(part)
    expect(words(text)).toContain(part)
  }
  expect(seen.pictures).toContainEqual({ src: 'https://news.example.org/media/mail/a.jpg', alt: 'A slipway', width: '400', height: '300' })
  expect(seen.tags).not.toContain('iframe')
  expect(html).not.toContain('onerror')
  expect(seen.links).toContainEqual({ href: 'https://news.example.org/media/walk.mp3', text: 'Listen: walk.mp3' })
  expect(text).toContain('A tide table looks like (https://almanac.example.org/) a railway timetable.')
  // An address that is its own text appears once; one inside this email does not appear.
  expect(text).toMatch(/words\[1\], and\s(?:.*\n)?https:\/\/almanac\.example\.org\/a\.\n/)
  expect(text).toContain('\n\n> Nobody reads a tide table twice.\n\n- High water\n- Low water\n\nif (tide) {\n  walk()\n}\n')
  expect(text).toContain('\n\nHour   Metres\n-----  ------\n06:12  4.1\n')
  expect(text).toContain('Listen: https://news.example.org/media/walk.mp3\n')
  expect(text).not.toMatch(/\n{3,}/)
})

test('a text over the limit is cut between paragraphs and links to the rest', async () => {
  const html = Array.from({ length: 50 }, (_, at) => `<div><p>Paragraph ${at} of the story.</p></div>`).join('\n')
  const { text } = await renderer.render(singleRequest(html, { body: { html, limit: 700, pictures: [] } }))
  const whole = text.match(/^Paragraph \d+ of the story\.$/gm) ?? []
  expect(whole.length).toBeGreaterThan(5)
  expect(whole.length).toBeLessThan(50)
  expect(text).toContain(`Read the rest: ${article(1).url}`)
})

test('each article has the text direction of its language, as a card and whole', async () => {
  const hebrew = article(1, { language: 'he', title: 'איך לקרוא' })
  for (const request of [digestRequest([article(2), hebrew]), singleRequest('<ul><li>אחת</li></ul>', { article: hebrew })]) {
    const { html } = await renderer.render(request)
    const page = await browser.open({ html }, { width: 600, images: false })
    expect(
      await page.evaluate(`[...document.querySelectorAll('h2')].find((one) => one.textContent.includes('איך')).closest('[lang=he]')?.dir`),
    ).toBe('rtl')
    await page.context().close()
  }
})

test('articles beyond the list are counted, with a link to the site', async () => {
  const { text } = await renderer.render(digestRequest([article(1)], { more: [], unlisted: 4 }))
  expect(text).toContain('And 4 more on the site: https://news.example.org/')
})

test('the footer names the publication once if its postal address contains the name', async () => {
  const foot = async (postal_address: string) =>
    (await renderer.render(digestRequest([article(1)], { publication: { ...publication, postal_address } }))).text
  expect(await foot('1 Fish Street')).toMatch(/\n\nThe Harbour Post\n1 Fish Street\n$/)
  expect(await foot('The Harbour Post, 1 Fish Street')).toMatch(/\n\nThe Harbour Post, 1 Fish Street\n$/)
})

test('missing fields of an article leave no empty elements', async () => {
  const bare = { subtitle: '', author: '', topic: '', hero: null, call_to_action: null }
  const { html, text } = await renderer.render(digestRequest([article(1, bare)], { more: [] }))
  const seen = await read(html)
  expect(seen.pictures).toEqual([])
  expect(seen.headings).toEqual([publication.title, article(1).title])
  expect(text).not.toMatch(/\n\n\n|undefined|null|^ ?·/m)
  expect(html).not.toContain('border-left:3px')
  const wordless = article(1, { call_to_action: { text: '', label: 'Read on', url: article(1).url } })
  const email = await renderer.render(digestRequest([wordless]))
  expect(email.html).not.toContain('border-left:3px')
  // The address appears once, with the button.
  expect(email.text.split(`${wordless.url}\n`)).toHaveLength(2)
  expect(email.text).toContain(`Read on: ${wordless.url}\n`)
})

const hostile = [
  '<b>"&\'</b> & &amp; &lt;i&gt;',
  '{{ publication.title }} {% include "masthead" %} [[x]] <%= 1 %> \u0024{y}',
  ']]> <!-- --> <![endif]--> <!--[if mso]>',
  '</mj-text><mj-raw><script>alert(1)</script></mj-raw>',
  '" onerror="alert(1)" x="',
  'From me\r\nBcc: you@example.org',
  '.\r\n.',
  'w'.repeat(300),
  '\u202Eright to left\u202C שלום עולם مرحبا',
  '👩🏽‍🚀 é ﬁ 𝒻 \u200B=3D=\u00A0nbsp',
  'MJMLHTMLIGNORE0END htmlmin:ignore $& $1 \\1',
  'true',
]

test.each(hostile)('%j comes back as it was in every field, and never as markup', async (value) => {
  const plain = await read((await renderer.render(digestRequest([article(1)]))).html)
  const request = digestRequest(
    [
      article(1, {
        title: value,
        subtitle: value,
        description: value,
        author: value,
        topic: value,
        date: value,
        hero: { url: 'https://news.example.org/a.jpg', alt: `alt ${value}`, width: 544, height: 306 },
        call_to_action: { text: value, label: value, url: 'https://news.example.org/a?b="<c>\'&d=1' },
      }),
    ],
    {
      publication: { ...publication, title: value, postal_address: value },
      digest: { name: value, title: value },
      issue: { number: 1, date: value, subject: value },
      more: [{ title: value, url: 'https://news.example.org/more', language: 'en' }],
    },
  )
  const { subject, html, text } = await renderer.render(request)
  const seen = await read(html)
  const kept = words(value)
  expect(subject).toBe(kept)
  expect(seen.title).toBe(kept)
  expect(seen.tags.filter((tag) => tag !== 'br')).toEqual(plain.tags)
  expect(seen.headings.map(words)).toEqual([kept, kept, 'Also new'])
  expect(seen.pictures.map(({ alt }) => words(alt))).toEqual([`alt ${kept}`])
  expect(seen.links.map(({ href }) => href)).toContain('https://news.example.org/a?b="<c>\'&d=1')
  const count = (whole: string) => words(whole).split(kept).length - 1
  // Masthead, dateline twice, seven of the card, the link, the reason twice, footer.
  expect(count(seen.text)).toBeGreaterThanOrEqual(13)
  expect(count(text)).toBeGreaterThanOrEqual(14)
})

test('control characters, lone surrogates and placeholder marks are removed from every value', async () => {
  const title = `a\0b\x08c\x1Fd\x7F e\uD800f ${readerPlaceholder('name')} ${placeholderStart}g${placeholderEnd}\uFDD2h\uFDD3`
  const { subject, html, text } = await renderer.render(
    digestRequest([article(1, { title })], { issue: { number: 1, date: '', subject: title } }),
  )
  expect(subject).toBe('abcd e\uFFFDf name gh')
  for (const part of [html, text]) {
    expect(part).toContain('abcd e\uFFFDf name gh')
    expect([...part.matchAll(/[\uFDD0-\uFDEF]/g)]).toHaveLength(8)
  }
})

test.each<[string, EmailRequest, string[]]>([
  ['digest', digestRequest(), ['unsubscribe', 'preferences']],
  ['confirm', confirmRequest, ['confirm']],
  ['welcome', welcomeRequest, ['preferences']],
  ['goodbye', goodbyeRequest, ['preferences']],
])('the placeholders of a %s email are intact in links and text', async (_name, request, purposes) => {
  const { html, text } = await renderer.render(request)
  const { links } = await read(html)
  for (const purpose of purposes) {
    const address = `https://news.example.org/${purpose}/${placeholderStart}${purpose}_token${placeholderEnd}`
    expect(links.map(({ href }) => href)).toContain(address)
    expect(html).toContain(`href="${address}"`)
    expect(text).toContain(`: ${address}\n`)
  }
})

test('a goodbye names the ended and the remaining digests, or says that it is the last email', async () => {
  const { subject, text } = await renderer.render(goodbyeRequest)
  expect(subject).toBe('You have left The week')
  expect(words(text)).toContain('You still get: As it happens')
  expect(text).not.toContain('our last mail')
  const { values } = goodbyeRequest
  const last = await renderer.render({ template: 'goodbye', values: { ...values, remaining: [] } as GoodbyeValues })
  expect(words(last.text)).toContain('our last mail to you: The week')
  expect(last.text).not.toContain('You still get')
})

test('a subject names a few digests and counts many', async () => {
  const many = ['One', 'Two', 'Three', 'Four'].map((title) => ({ title, rhythm: 'Mondays at 08:00' }))
  const subjectOf = async (count: number) => {
    const values = { ...confirmRequest.values, digests: many.slice(0, count) } as ConfirmValues
    return (await renderer.render({ template: 'confirm', values })).subject
  }
  expect(await subjectOf(3)).toBe('Please confirm: One, Two, Three from The Harbour Post')
  expect(await subjectOf(4)).toBe('Please confirm: 4 digests from The Harbour Post')
})

test('a template may use reader placeholders in text and subject', async () => {
  await using templates = await copyTemplates()
  await templates.edit('digest.mjml', (source) =>
    source
      .replace('{{ issue.subject }}', '{{ reader_name }}: {{ issue.subject }}')
      .replace(
        "{% include 'preheader' %}",
        "{% include 'preheader' %}<mj-section><mj-column><mj-text>To {{ reader_name }}.</mj-text></mj-column></mj-section>",
      ),
  )
  await using own = startRenderer(templates.folder)
  const email = await own.render(digestRequest())
  expect(email.subject).toBe(`${readerPlaceholder('name')}: How to read a tide table`)
  expect(email.html).toContain(`To ${readerPlaceholder('name')}.`)
  expect(email.text).toContain(`To ${readerPlaceholder('name')}.`)
})

test('a javascript: address becomes about:blank', async () => {
  const { html } = await renderer.render(
    digestRequest([article(1, { url: 'javascript:alert(1)', hero: { url: 'data:text/html,x', alt: 'x', width: 544, height: 306 } })]),
  )
  expect(html).not.toMatch(/javascript:|data:/)
})

test("language and direction are the publication's", async () => {
  for (const [language, direction] of [
    ['en-GB', 'ltr'],
    ['ar', 'rtl'],
    ['he-IL', 'rtl'],
    ['az-Arab', 'rtl'],
    ['not a language', 'ltr'],
  ] as const) {
    const { html } = await renderer.render(digestRequest(undefined, { publication: { ...publication, language } }))
    expect(html).toContain(`<html lang="${language}" dir="${direction}"`)
  }
})

test('every email is far below Gmail’s limit and loads nothing from other sites', async () => {
  const { html } = await renderer.render(digestRequest(Array.from({ length: 10 }, (_, index) => article(index + 1))))
  expect(Buffer.byteLength(html)).toBeLessThan(60_000)
  for (const request of [digestRequest(), confirmRequest, welcomeRequest, goodbyeRequest, loginRequest, noticeRequest]) {
    const email = await renderer.render(request)
    expect(email.html).not.toMatch(/googleapis|<link|@import|lang="und"/)
    expect(email.html.match(/<!--\[if/g)?.length).toBe(email.html.match(/<!\[endif\]/g)?.length)
  }
})
