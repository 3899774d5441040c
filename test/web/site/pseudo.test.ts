import { expect, test } from 'vitest'
import { renderEmail } from '../../../src/email/render.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { openPages } from '../../../src/platform/pages.ts'
import { confirmRequest, digestRequest, goodbyeRequest, article as mailed, singleRequest, welcomeRequest } from '../../email/requests.ts'
import { accented, pseudoLanguage as language, plainRuns, pseudoFolder } from '../../support/pseudo.ts'
import { becomeReader } from '../../support/world.ts'
import { startSite } from './visitor.ts'

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
  const words = { html: '<p>Друзья</p>', limit: 9_000, pictures: [] }
  const action = { text: 'Идите', label: '', url: 'https://tide.example.org/walk' }
  const note = { title: 'Идите', language, preheader: '', above: words, below: words, call_to_action: action }
  const long = digestRequest(
    [1, 2, 3].map((number) => mailed(number, { call_to_action: null })),
    { note, with_contents: true, read_on: 'link' },
  )
  for (const request of [digestRequest(), long, singleRequest('<p>Вода.</p>'), confirmRequest, welcomeRequest, goodbyeRequest]) {
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
