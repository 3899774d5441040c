import { expect, test } from 'vitest'
import { parseDate, parseInstant, startOfDay } from '../../src/platform/dates.ts'
import { monthIn } from '../../src/platform/time-zones.ts'

test.each([
  ['2025-02-08', 'Europe/London', '2025-02-08T00:00:00.000Z'],
  ['2025-07-08', 'Europe/London', '2025-07-07T23:00:00.000Z'],
  ['2016-1-9', 'Asia/Tokyo', '2016-01-08T15:00:00.000Z'],
  ['\u00A02025-02-08\u00A0', 'UTC', '2025-02-08T00:00:00.000Z'],
  ['2025-02-08 10:30', 'America/New_York', '2025-02-08T15:30:00.000Z'],
  ['2025-02-08T10:30:15.25', 'America/New_York', '2025-02-08T15:30:15.250Z'],
  ['2025-02-08T10:30:00Z', 'America/New_York', '2025-02-08T10:30:00.000Z'],
  ['2025-02-08T10:30:00+05:30', 'America/New_York', '2025-02-08T05:00:00.000Z'],
  ['2025-02-08 10:30:00 -0800', 'UTC', '2025-02-08T18:30:00.000Z'],
  ['2024-02-29', 'UTC', '2024-02-29T00:00:00.000Z'],
  ['2016/01/29', 'UTC', '2016-01-29T00:00:00.000Z'],
  ['2016.1.29 9:05 PM', 'UTC', '2016-01-29T21:05:00.000Z'],
  ['20160129', 'UTC', '2016-01-29T00:00:00.000Z'],
  ['25 Aug 2024', 'Asia/Tokyo', '2024-08-24T15:00:00.000Z'],
  ['25th of August, 2024', 'UTC', '2024-08-25T00:00:00.000Z'],
  ['Aug 25, 2024', 'UTC', '2024-08-25T00:00:00.000Z'],
  ['Sept. 5th 2024 at 12:30am', 'UTC', '2024-09-05T00:30:00.000Z'],
  ['Sunday, August 25 2024', 'UTC', '2024-08-25T00:00:00.000Z'],
  ['Sun, 25 Aug 2024 10:30:00 -0700', 'UTC', '2024-08-25T17:30:00.000Z'],
  ['Sun Aug 25 2024 10:30:00 GMT+0200 (Central European Summer Time)', 'UTC', '2024-08-25T08:30:00.000Z'],
  ['2024-08-25T10:30:00.000+8:00', 'UTC', '2024-08-25T02:30:00.000Z'],
  ['2024-08-25 10:30:00 +0900 JST', 'UTC', '2024-08-25T01:30:00.000Z'],
  ['2024-08-25 10:30:00 PDT', 'UTC', '2024-08-25T17:30:00.000Z'],
  ['2024-08-25 10:30 America/New_York', 'UTC', '2024-08-25T14:30:00.000Z'],
  // RFC 9557: an offset counts, and the zone only without one.
  ['2026-11-20T09:30:00+01:00[Europe/Paris]', 'UTC', '2026-11-20T08:30:00.000Z'],
  ['2026-11-20T09:30[America/New_York][u-ca=gregory]', 'UTC', '2026-11-20T14:30:00.000Z'],
  ['2026-11-20T09:30:00.5Z[!Asia/Tokyo]', 'UTC', '2026-11-20T09:30:00.500Z'],
  ['2026-11-20 09:30[+02:00]', 'UTC', '2026-11-20T07:30:00.000Z'],
  ['2026-11-20[Asia/Tokyo]', 'UTC', '2026-11-19T15:00:00.000Z'],
  ['2026-11-20[u-ca=hebrew]', 'UTC', '2026-11-20T00:00:00.000Z'],
  ['8/25/2024', 'UTC', '2024-08-25T00:00:00.000Z'],
  ['25/8/2024', 'UTC', '2024-08-25T00:00:00.000Z'],
  ['1468292341', 'UTC', '2016-07-12T02:59:01.000Z'],
  ['1468292341000', 'UTC', '2016-07-12T02:59:01.000Z'],
  // A skipped and a repeated hour in London, a skipped midnight in São Paulo, a skipped day in Apia.
  ['2026-03-29 01:30', 'Europe/London', '2026-03-29T01:00:00.000Z'],
  ['2026-10-25 01:30', 'Europe/London', '2026-10-25T00:30:00.000Z'],
  ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z'],
  ['2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
])('%s in %s is %s', (text, timezone, expected) => {
  expect(parseDate(text, timezone)).toEqual({ at: new Date(expected) })
})

test.each([
  ['2017-02-29', '2017-02 does not have'],
  ['2025-13-01', 'month 13'],
  ['2025-00-01', 'month 0'],
  ['2025-04-31', 'does not have'],
  ['2025-02-08T25:00', 'an invalid time of day'],
  ['2025-02-08T10:00+19:00', 'not an offset'],
  ['0000-01-01', 'year 0000'],
  ['29 Feb 2017', '2017-02 does not have'],
  ['25 Augustus 2024', 'is not a date'],
  ['2024-08-25 13:30 pm', 'an invalid time of day'],
  ['2024-08-25 10:30 Middle/Earth', 'not a time zone'],
  ['2024-08-25 10:30 XYZ', 'not an offset'],
  ['{{ .Date }}', 'is not a date'],
  ['yesterday', 'is not a date'],
  ['08/02/2025', 'is ambiguous'],
  ['[object Object]', 'is not a date'],
  ['', 'is not a date'],
])('%j is reported: %s', (text, reason) => {
  const date = parseDate(text, 'UTC')
  expect('reason' in date && date.reason).toContain(reason)
})

test('a month begins at midnight in the time zone of the publication', () => {
  expect(monthIn('Europe/London', new Date('2026-06-30T23:00:00Z'))).toBe('2026-07')
  expect(monthIn('UTC', new Date('2026-06-30T23:00:00Z'))).toBe('2026-06')
})

test.each([
  ['2024-02-29 23:59:58', '2024-02-29T23:59:58.000Z'],
  ['2024-03-01T00:30:00+01:30', '2024-02-29T23:00:00.000Z'],
  ['2024-03-01T00:30:00 -0800', '2024-03-01T08:30:00.000Z'],
  ['2024-03-01T00:00:00.123456Z', '2024-03-01T00:00:00.123Z'],
  ['2024-03-01T00:00:00.5 utc', '2024-03-01T00:00:00.500Z'],
  ['2024-03-01 09:30', '2024-03-01T09:30:00.000Z'],
  ['2024-03-01', '2024-03-01T00:00:00.000Z'],
  ['2024-03-01 GMT', '2024-03-01T00:00:00.000Z'],
  ['2024-03-01+01:00', '2024-02-29T23:00:00.000Z'],
  [' 1980-01-01 ', '1980-01-01T00:00:00.000Z'],
  ['1979-12-31', undefined],
  ['0085-01-01', undefined],
  ['2023-02-29', undefined],
  ['2024-13-01', undefined],
  ['2024-03-01T24:00', undefined],
  ['2024-3-1', undefined],
  ['01/02/2024', undefined],
  ['1 March 2024', undefined],
  ['1709251200', undefined],
  ['2027-01-01', undefined],
  ['', undefined],
])('the instant %j of a list is %s', (text, expected) => {
  expect(parseInstant(text, new Date('2026-11-20T09:00:00Z'))?.toISOString()).toBe(expected)
})

test('an instant after the given limit is rejected', () => {
  expect(parseInstant('9999-12-31')?.toISOString()).toBe('9999-12-31T00:00:00.000Z')
})

test.each([
  ['2026-11-20', 'Europe/London', '2026-11-20T00:00:00.000Z'],
  ['2026-07-20', 'Europe/London', '2026-07-19T23:00:00.000Z'],
  ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z'],
  ['2026-02-29', 'UTC', undefined],
  ['2026-11-20T09:00:00Z', 'UTC', undefined],
  ['', 'UTC', undefined],
])('the day %j in %s begins at %s', (day, timezone, expected) => {
  expect(startOfDay(day, timezone)?.toISOString()).toBe(expected)
})
