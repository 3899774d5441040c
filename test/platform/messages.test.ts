import { expect, onTestFinished, test } from 'vitest'
import { openMessages } from '../../src/platform/messages.ts'
import { makeContent } from '../support/content.ts'

const english = {
  count: '{count, plural, one {# reader} other {# readers}}',
  day: 'On {at, date, ::dMMMMy}',
  link: 'Read <link>{title}</link> <strong>now</strong>',
}

async function messagesOf(files: Record<string, object>, own: Record<string, object> = {}) {
  const folders = await Promise.all([files, own].map(folderOf))
  return openMessages(folders, () => 'Europe/Berlin')
}

async function folderOf(files: Record<string, object>): Promise<string> {
  const content = await makeContent({}, null)
  onTestFinished(() => content[Symbol.asyncDispose]())
  for (const [language, texts] of Object.entries(files)) await content.write(`messages/${language}.json`, JSON.stringify(texts))
  return content.folder
}

test('plurals follow the language', async () => {
  const messages = await messagesOf({ en: english, pl: { count: '{count, plural, one {# osoba} few {# osoby} other {# osób}}' } })
  expect(messages.text('en', 'count', { count: 1 })).toBe('1 reader')
  expect(messages.text('en', 'count', { count: 4213 })).toBe('4,213 readers')
  expect(messages.text('pl', 'count', { count: 3 })).toBe('3 osoby')
})

test('a key or language that is missing falls back to English', async () => {
  const messages = await messagesOf({ en: english, de: { count: '{count} Leser' } })
  const at = new Date('2026-11-30T23:30:00Z')
  expect(messages.text('de', 'day', { at })).toBe('On 1 December 2026')
  expect(messages.text('cy', 'count', { count: 2 })).toBe('2 readers')
})

test('a language finds its closest relative', async () => {
  const messages = await messagesOf({ en: english, 'pt-BR': {}, 'zh-Hans': {} })
  expect(['pt', 'pt-PT', 'zh', 'zh-CN', 'en-US', 'cy'].map(messages.closest)).toEqual([
    'pt-BR',
    'pt-BR',
    'zh-Hans',
    'zh-Hans',
    'en',
    undefined,
  ])
})

test('an operator overrides single keys', async () => {
  const messages = await messagesOf({ en: english }, { en: { count: '{count} friends' } })
  expect(messages.text('en', 'count', { count: 2 })).toBe('2 friends')
  expect(messages.html('en', 'link', { title: 'A', link: '/a' })).toBe('Read <a href="/a">A</a> <strong>now</strong>')
})

test('an override that is broken shows what it overrides', async () => {
  const broken = { count: '{count, plural, one {# friend}}', day: 'On {when}', link: '<nowhere>{title}</nowhere>' }
  const messages = await messagesOf({ en: english, de: { count: '{count} Leser' } }, { en: broken, de: { count: '{number} Leser' } })
  expect(messages.text('en', 'count', { count: 2 })).toBe('2 readers')
  expect(messages.text('en', 'day', { at: new Date('2026-11-30T08:00:00Z') })).toBe('On 30 November 2026')
  expect(messages.html('en', 'link', { title: 'A', link: '/a' })).toBe('Read <a href="/a">A</a> <strong>now</strong>')
  expect(messages.text('de', 'count', { count: 2 })).toBe('2 Leser')
})

test('a region has its own words for months, whichever was asked for first', async () => {
  const messages = await messagesOf({ en: english, de: { day: '{at, date, ::dMMMMy}' } })
  const at = new Date('2026-01-12T08:00:00Z')
  expect(['de', 'de-AT', 'de'].map((language) => messages.text(language, 'day', { at }))).toEqual([
    '12. Januar 2026',
    '12. Jänner 2026',
    '12. Januar 2026',
  ])
})

test('a time and an address have elements of their own', async () => {
  const messages = await messagesOf({ en: { ...english, at: '<time>{day}</time> <address>{email}</address>' } })
  const values = { day: 'Monday', time: '2026-11-30', email: 'a&b@example.org' }
  expect(messages.html('en', 'at', values)).toBe(
    '<time datetime="2026-11-30">Monday</time> <span class="address">a&#38;b@example.org</span>',
  )
})

test('values cannot become HTML', async () => {
  const messages = await messagesOf({ en: english })
  expect(messages.html('en', 'link', { title: '<script>', link: '"><script>' })).toBe(
    'Read <a href="&#34;&#62;&#60;script&#62;">&#60;script&#62;</a> <strong>now</strong>',
  )
})

test('an unknown key and a missing value are errors', async () => {
  const messages = await messagesOf({ en: english })
  expect(() => messages.text('en', 'nothing')).toThrow('there is no message nothing')
  expect(() => messages.text('en', 'count')).toThrow('count')
})

test('a file that is no object of texts is named', async () => {
  const messages = await messagesOf({ en: english }, { en: { count: 3 } })
  expect(() => messages.text('en', 'count', { count: 1 })).toThrow(/messages\/en\.json: the message count is not a text/)
})
