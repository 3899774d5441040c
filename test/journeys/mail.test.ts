import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { caniemail } from 'caniemail'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, type TestBrowser } from '../support/browser.ts'
import { type CapturedMail, captureMail, readerName } from '../support/captured-mail.ts'
import { verifyDkim } from '../support/dkim.ts'

let browser: TestBrowser
let axe: string
let captured: ReadonlyMap<string, CapturedMail>

beforeAll(async () => {
  const [mails, opened, script] = await Promise.all([
    captureMail('en'),
    openBrowser(),
    readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8'),
  ])
  captured = new Map(mails.map((mail) => [mail.name, mail]))
  browser = opened
  axe = script
})

afterAll(() => browser?.[Symbol.asyncDispose]())

/** Features that are optional: without them, corners are square, dark schemes light, and pictures uncropped. */
const mayBeMissing = new Set([
  ...[
    'Descendant combinator',
    'ID selector',
    'Type selector',
    'Chaining selectors',
    'Class selector',
    'Attribute selector',
    '<style> element',
  ],
  ...[
    '@media',
    ':focus',
    'outline',
    'outline-offset',
    'display:none',
    'aspect-ratio',
    'object-fit',
    'transform',
    'cursor',
    'height property',
  ],
  ...[
    'aria-label attribute',
    'role attribute',
    'target attribute',
    '<body> element',
    'word-break',
    'overflow-wrap',
    'word-spacing',
    'overflow',
  ],
  // Without it an underline has the colour of its words and the usual place.
  ...['border-radius', 'white-space', 'background-image', 'text-decoration-color', 'text-decoration-thickness', 'text-underline-offset'],
])

/** Gmail cuts off messages beyond this size (bytes as sent). */
const clip = 102 * 1_024

test.each(['one', 'five', 'fifteen', 'forty', 'hostile', 'whole', 'confirmation', 'welcome'])(
  'the email %s from the real process meets the rules of large receivers and mail programs',
  async (name) => {
    const { received, isOfList } = captured.get(name) as CapturedMail
    const { source, mail, from } = received
    const html = mail.html || ''

    // The envelope and the signature.
    expect((await verifyDkim(Buffer.from(source, 'latin1')))[0]?.status).toMatchObject({ result: 'pass', aligned: 'tide.example.org' })
    expect(from).toMatch(/^bounces\+b[0-9a-z]+-[a-z2-7]{20}@tide\.example\.org$/)

    // The header.
    const keys = mail.headerLines.map(({ key }) => key)
    expect(new Set(keys).size).toBe(keys.length)
    const ofList = ['list-id', 'list-unsubscribe', 'list-unsubscribe-post', 'feedback-id']
    expect(keys.filter((key) => ofList.includes(key))).toHaveLength(isOfList ? ofList.length : 0)
    if (isOfList) {
      const ways = /^List-Unsubscribe: (.*)\r\n/m.exec(source.replace(/\r\n /g, ' '))?.[1] ?? ''
      expect(ways).toMatch(
        /^<https:\/\/tide\.example\.org\/unsubscribe\/[\w-]{22,}>, <mailto:bounces\+u[0-9a-z]+-[a-z2-7]{20}@tide\.example\.org\?subject=unsubscribe>$/,
      )
    }

    // The parts.
    expect(source.length).toBeLessThan(clip)
    expect(/[^\r]\n|\r[^\n]|[^\r\n\x20-\x7e]/.exec(source)).toBeNull()
    expect(Math.max(...source.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(isOfList ? 200 : 78)
    expect(source.indexOf('text/plain')).toBeLessThan(source.indexOf('text/html'))
    for (const part of isOfList ? [mail.text, html] : []) expect(part).toContain(`Hello, ${readerName}.`)
    const links = new Set([...html.matchAll(/<a\b[^>]*\shref="([^"]*)"/g)].map(([, href = '']) => href.replaceAll('&amp;', '&')))
    expect([...links].filter((link) => !link.startsWith('https://'))).toEqual([])
    const untold = [...links].filter((link) => !mail.text?.includes(link))
    // The link of the masthead.
    expect(untold.filter((link) => link !== 'https://tide.example.org/')).toEqual([])
    expect(mail.text).not.toMatch(/<\/?(?:p|a|td|div|span|h\d)\b|&#?\w+;|undefined|\uFFFD/)
    expect([...html.matchAll(/<img\b[^>]*>/g)].filter(([image]) => !/\salt="[^"]/.test(image) || !/\swidth="\d/.test(image))).toEqual([])

    // Mail programs.
    const { issues } = caniemail({ clients: ['gmail.*', 'outlook.*', 'apple-mail.*', 'yahoo.*'], html })
    const missing = new Set([...issues.errors.entries()].flatMap(([, found]) => found.map(({ title }) => title)))
    expect([...missing].filter((title) => !mayBeMissing.has(title))).toEqual([])

    // The visible page.
    const page = await browser.open({ html }, { width: 600, images: false })
    await page.addScriptTag({ content: axe })
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme })
      for (const width of [320, 600]) {
        await page.setViewportSize({ width, height: 800 })
        expect(await page.evaluate('document.documentElement.scrollWidth'), `${scheme}, ${width} px`).toBe(width)
      }
      // The dark scheme changes only colours.
      const only = scheme === 'dark' ? `, runOnly: ['color-contrast']` : ''
      const violations = (await page.evaluate(
        `axe.run(document, { resultTypes: ['violations']${only} }).then(({ violations }) => violations.map(({ id, impact, nodes }) => ({ id, impact, where: nodes[0].html })))`,
      )) as { impact: string }[]
      expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([])
    }
    await page.context().close()
  },
)
