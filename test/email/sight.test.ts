import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EmailRequest } from '../../src/email/email.ts'
import { type Renderer, startRenderer } from '../../src/email/renderer.ts'
import { openBrowser, type TestBrowser } from '../support/browser.ts'
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

let renderer: Renderer
let browser: TestBrowser
let axe: string

beforeAll(async () => {
  renderer = startRenderer(templatesFolder)
  browser = await openBrowser()
  axe = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
})

afterAll(async () => {
  await renderer?.close()
  await browser?.[Symbol.asyncDispose]()
})

const long = 'w'.repeat(300)
const longWords = article(1, {
  title: long,
  subtitle: long,
  description: long,
  author: long,
  date: long,
  topic: long,
  hero: { url: 'https://news.example.org/a.jpg', alt: long, width: 544, height: 306 },
  call_to_action: { text: long, label: long, url: 'https://news.example.org/' },
})

const emails: [string, EmailRequest][] = [
  ['a digest', digestRequest()],
  ['a digest from right to left', digestRequest(undefined, { publication: { ...publication, language: 'ar' } })],
  [
    'a digest of words that do not end',
    digestRequest([longWords, longWords], { publication: { ...publication, title: long, postal_address: long } }),
  ],
  ['a whole article', singleRequest(wholeText + wholeText.replaceAll('tide', long))],
  ['a confirmation', confirmRequest],
  ['a welcome', welcomeRequest],
  ['a goodbye', goodbyeRequest],
  ['a notice', noticeRequest],
  ['a log-in mail', loginRequest],
]

describe.each(emails)('%s', (_name, request) => {
  test.each([320, 600, 1280])('is nowhere wider than a window of %i px', async (width) => {
    const page = await openPage(request, { width })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    await page.context().close()
  })

  test.each(['light', 'dark'] as const)('has nothing that axe calls serious, in the %s scheme', async (scheme) => {
    const page = await openPage(request, { width: 600, scheme })
    await page.addScriptTag({ content: axe })
    const violations = (await page.evaluate(
      `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
        violations.map(({ id, impact, nodes }) => ({ id, impact, where: nodes.map(({ html }) => html.slice(0, 120)) })))`,
    )) as { id: string; impact: string; where: string[] }[]
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([])
    await page.context().close()
  })
})

test('a button is tall enough for a thumb, and no text is smaller than 14 px', async () => {
  for (const request of [digestRequest(), confirmRequest, welcomeRequest]) {
    const page = await openPage(request, { width: 320 })
    const heights = (await page.evaluate(
      `[...document.querySelectorAll('.cta a')].map((link) => link.getBoundingClientRect().height)`,
    )) as number[]
    expect(heights.length).toBeGreaterThan(0)
    for (const height of heights) expect(height).toBeGreaterThanOrEqual(44)
    const sizes = (await page.evaluate(`[...document.querySelectorAll('.paper *')]
      .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()) && element.getClientRects().length)
      .map((element) => Number.parseFloat(getComputedStyle(element).fontSize))`)) as number[]
    expect([...new Set(sizes)].filter((size) => ![14, 16, 20, 28, 40].includes(size))).toEqual([])
    await page.context().close()
  }
})

test('without pictures their alt texts are shown, and leave no large empty box', async () => {
  const page = await openPage(digestRequest([article(1)]), { width: 600, images: false })
  const context = (await page.evaluate(
    `(({ width, height }) => ({ width, height }))(document.images[0].getBoundingClientRect())`,
  )) as object
  expect(context).toEqual({ width: 544, height: 24 })
  await page.context().close()
})

test('text around the articles follows the language of the publication, and each value its own', async () => {
  const digest = { name: 'weekly', title: 'الأسبوع' }
  const page = await openPage(digestRequest([article(1)], { publication: { ...publication, language: 'ar' }, digest }), { width: 600 })
  const directionOf = (text: string, tag = 'p, span') =>
    page.evaluate(
      `getComputedStyle([...document.querySelectorAll('${tag}')].findLast((one) => one.textContent.includes(${JSON.stringify(text)}))).direction`,
    )
  expect(await directionOf('الأسبوع', 'p')).toBe('rtl')
  expect(await directionOf('تصلك هذه الرسالة')).toBe('rtl')
  // The date of this request and the topic are in English.
  expect(await directionOf('16 November 2026', 'span')).toBe('ltr')
  expect(await directionOf('Shore 1', 'p, span')).toBe('ltr')
  await page.context().close()
})

test.each([
  ['ar', 'en', 'left'],
  ['en', 'ar', 'right'],
])('the call to action is aligned with the start of its article: in %s, of an article in %s, on the %s', async (around, language, side) => {
  const request = digestRequest([article(1, { language })], { publication: { ...publication, language: around } })
  const page = await openPage(request, { width: 600 })
  const [button, sentence, card] = (await page.evaluate(`((side) => [
    document.querySelector('.cta a').getBoundingClientRect()[side],
    document.querySelector('td.accent').closest('table').getBoundingClientRect()[side],
    document.querySelector('.hero').getBoundingClientRect()[side],
  ].map(Math.round))('${side}')`)) as [number, number, number]
  expect({ button, sentence }).toEqual({ button: card, sentence: card })
  const rule = await page.evaluate(`getComputedStyle(document.querySelector('td.accent'))['border-${side}-width']`)
  expect(rule).toBe('3px')
  await page.context().close()
})

test('text on any accent colour is legible', async () => {
  for (const accent of ['#ffd400', '#003366', '#777777']) {
    const page = await openPage(digestRequest(undefined, { publication: { ...publication, accent: { light: accent, dark: accent } } }), {
      width: 600,
    })
    const colours = (await page.evaluate(
      `(({ color, backgroundColor }) => [color, backgroundColor])(getComputedStyle(document.querySelector('.cta a')))`,
    )) as [string, string]
    expect(contrastOf(...colours)).toBeGreaterThanOrEqual(4.4)
    await page.context().close()
  }
})

async function openPage(request: EmailRequest, view: { width: number; scheme?: 'light' | 'dark'; images?: boolean }): Promise<Page> {
  const { html } = await renderer.render(request)
  return browser.open({ html }, { images: false, ...view })
}

/** WCAG 2 contrast of two `rgb(…)` colours. */
function contrastOf(one: string, other: string): number {
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = (colour.match(/\d+/g) ?? []).map((part) => {
      const share = Number(part) / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}
