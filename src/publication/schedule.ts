import { createRequire } from 'node:module'
import { type MessageKey, type Messages, type Words, wordsIn } from '../platform/messages.ts'
import type { DigestDefinition } from './publication.ts'

const daysKeys: readonly MessageKey[] = [
  'schedule.days.sunday',
  'schedule.days.monday',
  'schedule.days.tuesday',
  'schedule.days.wednesday',
  'schedule.days.thursday',
  'schedule.days.friday',
  'schedule.days.saturday',
]
const shortDays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const longDays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const ordinals = ['first', 'second', 'third', 'fourth', 'fifth']

/** Describes a schedule to readers in `language`: `Mondays at 08:00`, `Um 08:00, nur jeden Montag`. */
export function describeSchedule({ schedule }: Pick<DigestDefinition, 'schedule'>, language: string, messages: Messages): string {
  const words = wordsIn(messages, language)
  if (schedule.kind === 'on_publish') return words('schedule.on_publish')
  const fields = fieldsOf(schedule.expression)
  const short = messages.has(language, 'schedule.weekly') ? shortWords(fields, language, words) : undefined
  return short ?? yearlyWords(fields, language, messages) ?? longWords(fields, language) ?? words('schedule.irregular')
}

type Fields = readonly [minute: string, hour: string, dayOfMonth: string, month: string, weekday: string]

function fieldsOf(expression: string): Fields {
  const [minute = '', hour = '', dayOfMonth = '', month = '', weekday = ''] = expression.trim().toLowerCase().split(/\s+/)
  return [minute, hour, dayOfMonth, month, weekday]
}

/** Short words for the usual schedules, in a language that has messages for them. */
function shortWords([minute, hour, dayOfMonth, month, weekday]: Fields, language: string, words: Words): string | undefined {
  const isDailyTime = /^\d{1,2}$/.test(minute) && /^\d{1,2}$/.test(hour) && month === '*'
  if (!isDailyTime) return undefined
  const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`
  if (dayOfMonth === '*' && weekday === '*') return words('schedule.daily', { time })
  if (dayOfMonth === '*') {
    const keys = weekday.split(',').flatMap((day) => daysKeys[numberOfDay(day)] ?? [])
    if (keys.length < weekday.split(',').length) return undefined
    const days = new Intl.ListFormat(language, { type: 'unit' }).format(keys.map((key) => words(key)))
    return words('schedule.weekly', { days, time })
  }
  return /^\d{1,2}$/.test(dayOfMonth) && weekday === '*' ? words('schedule.monthly', { day: Number(dayOfMonth), time }) : undefined
}

const shortMonths = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** One day of the year, as the language writes it: `On 1 January at 08:00`, `1. Januar um 08:00`. */
function yearlyWords([minute, hour, dayOfMonth, month, weekday]: Fields, language: string, messages: Messages): string | undefined {
  if (weekday !== '*' || ![minute, hour, dayOfMonth].every((field) => /^\d{1,2}$/.test(field))) return undefined
  const monthIndex = /^\d{1,2}$/.test(month) ? Number(month) - 1 : shortMonths.indexOf(month)
  if (monthIndex < 0) return undefined
  // A leap year, for 29 February.
  const at = new Date(Date.UTC(2024, monthIndex, Number(dayOfMonth), Number(hour), Number(minute)))
  const isEnglish = /^en$/i.test(language)
  const date = new Intl.DateTimeFormat(isEnglish ? 'en-GB' : language, {
    day: 'numeric',
    month: 'long',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: 'UTC',
  }).format(at)
  return messages.has(language, 'schedule.yearly') ? messages.text(language, 'schedule.yearly', { date }) : date
}

function numberOfDay(day: string): number {
  return /^[0-7]$/.test(day) ? Number(day) % 7 : shortDays.indexOf(day)
}

/** Locales of cronstrue that are named otherwise. */
const otherLocales: Readonly<Record<string, string>> = { pt: 'pt_PT', zh: 'zh_CN', no: 'nb' }

/** Any schedule in words; English if cronstrue lacks the language. Undefined if it does not know the expression. */
function longWords(fields: Fields, language: string): string | undefined {
  // Loaded on first use: most schedules have short words.
  const { default: cronstrue }: typeof import('cronstrue/i18n.js') = createRequire(import.meta.url)('cronstrue/i18n')
  const [minute, hour, dayOfMonth, month, weekday] = fields
  // croner writes L and W in small letters too, and #l for the last such weekday.
  const expression = [minute, hour, dayOfMonth.toUpperCase(), month, weekday.replace(/#?l\b/g, 'L').replace(/^\+/, '')].join(' ')
  const [base = 'en', region = ''] = language.split('-')
  const locales = [`${base.toLowerCase()}_${region.toUpperCase()}`, otherLocales[base.toLowerCase()] ?? base.toLowerCase(), 'en']
  for (const locale of locales) {
    if (!isSpoken(cronstrue.locales, locale)) continue
    try {
      return cronstrue.toString(expression, { locale, use24HourTimeFormat: true, logicalAndDayFields: weekday.startsWith('+') })
    } catch {
      // It throws a text for what it cannot read.
      return undefined
    }
  }
  return undefined
}

function isSpoken(locales: object, locale: string): boolean {
  return Object.hasOwn(locales, locale)
}

/**
 * A warning about a schedule that restricts both day of month and weekday, as a predicate: cron joins the two by "or", which surprises
 * most people. Undefined if only one of them is restricted.
 */
export function warningOfSchedule(expression: string): string | undefined {
  const [minute, hour, dayOfMonth, month, weekday] = fieldsOf(expression)
  const isAny = (field: string) => field === '*' || field === '?'
  // croner joins the two by "and" if the weekday begins with a plus.
  if (isAny(dayOfMonth) || isAny(weekday) || weekday.startsWith('+')) return undefined
  const meant = weekOf(dayOfMonth)
  const days = weekday.split(',').map((day) => numberOfDay(day.split('#', 1)[0] ?? ''))
  const isNamed = meant !== undefined && days.every((day) => day >= 0)
  const nth = isNamed ? days.map((day) => `${shortDays[day]}#${meant}`).join(',') : 'mon#1'
  const inWords = isNamed ? `${ordinals[meant - 1]} ${days.map((day) => longDays[day]).join(' and ')}` : 'first Monday'
  const right = [minute, hour, '*', month, nth].join(' ')
  return (
    `sends on day ${dayOfMonth} of the month and also on every ${weekday}: cron joins day of month and weekday by "or". ` +
    `For the ${inWords} of a month, write "${right}"`
  )
}

/** The week that `1-7`, `8-14` and so on stand for: 1 to 5. */
function weekOf(dayOfMonth: string): number | undefined {
  const [first, last] = /^(\d{1,2})-(\d{1,2})$/.exec(dayOfMonth)?.slice(1).map(Number) ?? []
  if (first === undefined || last === undefined || first % 7 !== 1) return undefined
  return last - first === 6 || (first === 29 && last <= 31) ? (first + 6) / 7 : undefined
}
