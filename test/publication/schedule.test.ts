import { Cron } from 'croner'
import { expect, test } from 'vitest'
import { describeSchedule, warningOfSchedule } from '../../src/publication/schedule.ts'
import { productMessages } from '../support/english.ts'

const inWords = (expression: string, language = 'en') =>
  describeSchedule({ schedule: { kind: 'cron', expression } }, language, productMessages)

test.each([
  ['0 8 * * mon', 'Mondays at 08:00'],
  ['0 8 * * mon#1', 'At 08:00, on the first Monday of the month'],
  ['0 8 1-7 * mon', 'At 08:00, between day 1 and 7 of the month, and on Monday'],
  ['0 8 1-7 * +mon', 'At 08:00, between day 1 and 7 of the month, only on Monday'],
  ['30 7 * * 1-5', 'At 07:30, Monday through Friday'],
  ['0 8 1,15 * *', 'At 08:00, on day 1 and 15 of the month'],
  ['0 8 1 1 *', 'On 1 January at 08:00'],
  ['30 18 29 feb *', 'On 29 February at 18:30'],
  ['0 8 l * *', 'At 08:00, on the last day of the month'],
  ['0 8 * * fri#l', 'At 08:00, on the last Friday of the month'],
  ['0 8 * jan,jul *', 'At 08:00, only in January and July'],
  ['0 8,17 * * *', 'At 08:00 and 17:00'],
  ['*/20 8-18 * * mon-fri', 'Every 20 minutes, between 08:00 and 18:59, Monday through Friday'],
])('readers see %s as "%s"', (expression, words) => {
  expect(inWords(expression)).toBe(words)
})

test('the words are those of the publication’s language, in English where no words are known', () => {
  expect(inWords('0 8 * * mon', 'de')).toBe('Montags um 08:00 Uhr')
  expect(inWords('0 8 * * mon', 'fi')).toBe('Klo 08:00, vain maanantai')
  expect(inWords('0 8 * * mon', 'de-AT')).toBe('Montags um 08:00 Uhr')
  expect(inWords('0 8 * * mon', 'pt-BR')).toBe('Segundas-feiras às 08:00')
  expect(inWords('0 8 1 1 *', 'de')).toBe('Am 1. Januar um 08:00 Uhr')
  expect(inWords('0 8 1 1 *', 'fr')).toBe('Le 1 janvier à 08:00')
  expect(inWords('0 8 * * mon', 'gd')).toBe('At 08:00, only on Monday')
})

test.each([
  ['0 8 1-7 * mon', 'For the first Monday of a month, write "0 8 * * mon#1"'],
  ['0 8 8-14 * tue', 'For the second Tuesday of a month, write "0 8 * * tue#2"'],
  ['0 8 1-7 * mon,thu', 'For the first Monday and Thursday of a month, write "0 8 * * mon#1,thu#1"'],
  ['30 6 15 3 5', 'For the first Monday of a month, write "30 6 * 3 mon#1"'],
])('%s is explained, and what was meant is named', (expression, advice) => {
  expect(warningOfSchedule(expression)).toContain('cron joins day of month and weekday by "or"')
  expect(warningOfSchedule(expression)).toContain(advice)
  const written = /write "(.*)"/.exec(advice)?.[1] ?? ''
  expect(warningOfSchedule(written)).toBeUndefined()
  expect(new Cron(written).nextRun()).not.toBeNull()
})

test.each(['0 8 * * mon', '0 8 1-7 * *', '0 8 ? * mon', '0 8 1-7 * +mon', '0 8 * * mon#1'])('%s needs no explanation', (expression) => {
  expect(warningOfSchedule(expression)).toBeUndefined()
})
