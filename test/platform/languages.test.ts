import { join } from 'node:path'
import { expect, test } from 'vitest'
import { needsOf } from '../../src/platform/message-lint.ts'
import { openMessages, readMessageFile } from '../../src/platform/messages.ts'
import { productTemplates } from '../../src/platform/product-folder.ts'
import { describeSchedule } from '../../src/publication/schedule.ts'

const others = ['ar', 'cs', 'de', 'es', 'fr', 'he', 'it', 'ja', 'nl', 'pl', 'pt-BR', 'sv', 'uk', 'zh-Hans']

/** The same in English and in another language: names, loan words and signs. */
const sameInEnglish =
  /^(?:RSS|Newsletters?|Feeds?|Pages?|Pause|Privacy|Error:|Audio|Webhooks?|Via|Links?|Endpoints?|Operators?|Role|Name|Name \(optional\)|Format|Domains?|Date|[Aa]rticles?|Sessions|Endpoint|File|Details|Later)$/

const messages = openMessages([productTemplates], () => 'UTC')
const fileOf = (language: string) => readMessageFile(join(productTemplates, `messages/${language}.json`))
const english = fileOf('en')

test('fifteen languages have a file, and a region or a script finds its language', () => {
  expect(messages.languages).toEqual([...others, 'en'].sort())
  const close = { pt: 'pt-BR', 'pt-PT': 'pt-BR', zh: 'zh-Hans', 'zh-CN': 'zh-Hans', 'de-AT': 'de', 'AR-eg': 'ar' }
  for (const [asked, found] of Object.entries(close)) expect(messages.closest(asked)).toBe(found)
})

test.each(others)('%s has every message and no others', (language) => {
  const texts = fileOf(language)
  expect(Object.keys(texts).filter((key) => !Object.hasOwn(english, key))).toEqual([])
  expect(Object.keys(english).filter((key) => !Object.hasOwn(texts, key))).toEqual([])
  expect(Object.keys(texts)).toEqual(Object.keys(texts).sort())
})

test.each(others)('a message in %s asks for the same values and tags as in English', (language) => {
  const faults = Object.entries(fileOf(language)).filter(([key, text]) => {
    const [own, usual] = [needsOf(text), needsOf(english[key] ?? '')]
    return own.values.symmetricDifference(usual.values).size + own.tags.symmetricDifference(usual.tags).size > 0
  })
  expect(faults).toEqual([])
})

test.each(['en', ...others])('a message in %s has each plural form of its language', (language) => {
  const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions()
  const faults = Object.entries(fileOf(language)).filter(([, text]) =>
    formsIn(text).some((forms) => pluralCategories.some((category) => !forms.includes(category))),
  )
  expect(faults).toEqual([])
})

test.each(others)('no message in %s was left in English', (language) => {
  const left = Object.entries(fileOf(language)).filter(([key, text]) => {
    const words = text.replace(/\{[^{}]*\}|<[^>]*>/g, '').trim()
    return /\p{L}{2}/u.test(words) && text === english[key] && !sameInEnglish.test(words)
  })
  expect(left).toEqual([])
})

test.each(others)('any schedule is in words of %s', (language) => {
  for (const expression of ['0 8 * * *', '0 8 * * mon', '0 8 1 * *', '0 8 1 1 *', '0 8 * * mon#1', '*/15 8-17 * * 1-5', '0 8 1-7 * mon']) {
    const schedule = { kind: 'cron', expression } as const
    const own = describeSchedule({ schedule }, language, messages)
    expect(own).not.toBe(describeSchedule({ schedule }, 'en', messages))
    expect(own).not.toMatch(/\b(?:on|at|the|day|every|between|Monday)\b/)
  }
})

/** The plural forms that each plural of the message has; nested ones too. */
function formsIn(text: string): string[][] {
  return [...text.matchAll(/\{\w+, plural,/g)].map(({ index }) => {
    let depth = 0
    let own = ''
    for (const character of text.slice(index)) {
      if (character === '}' && --depth === 0) break
      if (depth === 1) own += character
      if (character === '{') depth++
    }
    return [...own.matchAll(/(zero|one|two|few|many|other)\s*\{?/g)].map(([, form = '']) => form)
  })
}

test('the count of plural forms sees what is missing', () => {
  expect(formsIn('{n, plural, one {# {x} one} other {other}} and {m, plural, =0 {none} few {a} other {b}}')).toEqual([
    ['one', 'other'],
    ['few', 'other'],
  ])
})
