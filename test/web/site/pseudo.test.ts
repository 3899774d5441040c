import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { renderEmail } from '../../../src/email/render.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { openPages } from '../../../src/platform/pages.ts'
import { fillPlaceholders } from '../../../src/platform/placeholders.ts'
import { productTemplates } from '../../../src/platform/product-folder.ts'
import { confirmRequest, digestRequest, goodbyeRequest, singleRequest, welcomeRequest } from '../../email/requests.ts'
import { makeContent } from '../../support/content.ts'
import { becomeReader } from '../../support/world.ts'
import { startSite } from './visitor.ts'

/*
 * Every message gets an accent on each of its letters. The values of writer and reader are in Cyrillic letters, and dates in Greek ones.
 * So a plain Latin letter in a page or mail is a word that stands in no message file.
 */

/** Greek: the language of dates. The words of its file are accented English. */
const language = 'el'

/** The message with an accent on each letter that is shown, in plural and select forms too. */
function accented(text: string): string {
  let result = ''
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === '<') {
      const end = text.indexOf('>', at)
      result += text.slice(at, end + 1)
      at = end
    } else if (character === '{') {
      const end = closingOf(text, at)
      result += argument(text.slice(at, end + 1))
      at = end
    } else result += /[a-z]/i.test(character) ? `${character}\u0301` : character
  }
  return result
}

function argument(text: string): string {
  const head = /^\{\w+,\s*(?:plural|select),/.exec(text)?.[0]
  if (head === undefined) return text
  let result = head
  for (let at = head.length; at < text.length; at++) {
    if (text[at] !== '{') result += text[at]
    else {
      const end = closingOf(text, at)
      result += `{${accented(text.slice(at + 1, end))}}`
      at = end
    }
  }
  return result
}

function closingOf(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{') depth++
    if (text[at] === '}' && --depth === 0) return at
  }
  throw new Error(`no end: ${text}`)
}

/** Runs of plain Latin letters that a reader sees or hears. Addresses are values. */
function plainRuns(html: string): string[] {
  const attributes = [...html.matchAll(/\b(?:alt|title|aria-label|placeholder)="([^"]*)"/g)].map(([, value = '']) => value)
  const visible = html.replace(/<(style|script|textarea|title)\b[\s\S]*?<\/\1>|<!--[\s\S]*?-->|<[^>]*>|&#?\w+;/g, ' ')
  // Names of formats stand in the templates.
  const values = /\S+@\S+|https?:\S+|\b(?:RSS|Atom|JSON Feed|OPML)\b/g
  const seen = fillPlaceholders([visible, ...attributes].join('\n'), () => '').replace(values, '')
  return [...seen.normalize('NFD').matchAll(/(?:[a-z](?!\p{M})){2,}/giu)].map(([run]) => run)
}

async function pseudoFolder(): Promise<string> {
  const english = JSON.parse(readFileSync(join(productTemplates, 'messages/en.json'), 'utf8')) as Record<string, string>
  const texts = Object.fromEntries(Object.entries(english).map(([key, text]) => [key, accented(text)]))
  const content = await makeContent({}, null)
  onTestFinished(() => content[Symbol.asyncDispose]())
  await content.write(`messages/${language}.json`, JSON.stringify(texts))
  return content.folder
}

const publication = `title: Прилив
language: ${language}
languages: [${language}, uk]
sender: { name: Прилив, email: news@tide.example.org }
topics: { coast: Берег }
digests:
  weekly: { title: Неделя, schedule: "0 8 * * mon" }
`

const article = `---
title: Лодка
description: О лодке.
author: Рут
publish_date: 2026-11-10
topics: [coast]
cta: Идите с нами вдоль берега, пока вода не вернулась к причалу.
---
Вода поднялась.
`

test('the scan finds a plain word, and no accented one', () => {
  expect(
    plainRuns(`<p title="One">${accented('Two {n, plural, one {three} other {four}} <link>five</link>').replace(/\{.*\}\}/, '')} six</p>`),
  ).toEqual(['six', 'One'])
})

test('every word of a page comes from a message file, from the writer or from the reader', async () => {
  const folder = await pseudoFolder()
  await using site = await startSite({
    publication,
    articles: { 'lodka.md': article },
    env: { TEMPLATES_DIR: folder },
    pages: openPages(folder),
  })
  const { app } = site.world
  await becomeReader(site.world, 'mara@example.org', ['weekly'])
  const found = await app.database.all<{ id: string }>(sql`SELECT id FROM subscribers`)
  const preferences = `/preferences/${app.subscribers.tokens.make('preferences', found[0]?.id ?? '')}`
  const places = [
    '/',
    '/subscribe',
    '/privacy',
    '/issues',
    '/articles/lodka',
    '/topics/coast',
    '/topics/none',
    '/nothing',
    '/subscribe/embed',
  ]
  const tokens = ['/confirm/x', '/unsubscribe/x', '/preferences/x', preferences]
  const plain: Record<string, string[]> = {}
  for (const place of [...places, ...tokens]) {
    const runs = plainRuns((await site.get(place)).body)
    if (runs.length > 0) plain[place] = runs
  }
  expect(plain).toEqual({})
})

test('every word of a mail comes from a message file or from the writer', async () => {
  const folder = await pseudoFolder()
  for (const request of [digestRequest(), singleRequest('<p>Вода.</p>'), confirmRequest, welcomeRequest, goodbyeRequest]) {
    const { html } = await renderEmail(folder, {
      ...(cyrillic(request) as typeof request),
      template: request.template,
      language,
    } as typeof request)
    expect(plainRuns(html), request.template).toEqual([])
  }
})

/** The same values with each written word in Cyrillic letters. Addresses, placeholders, colours and the like stay. */
function cyrillic<Value>(value: Value, name = ''): Value {
  if (typeof value === 'string') {
    const isWritten = [
      'title',
      'subtitle',
      'description',
      'author',
      'topic',
      'text',
      'label',
      'alt',
      'postal_address',
      'subject',
      'rhythm',
      'date',
    ].includes(name)
    return (isWritten ? value.replace(/[a-z]/gi, 'ж') : value) as Value
  }
  if (Array.isArray(value)) return value.map((one) => cyrillic(one)) as Value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, cyrillic(one, key)])) as Value
}
