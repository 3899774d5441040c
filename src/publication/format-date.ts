import { LruCache } from '../platform/lru-cache.ts'
import type { Publication } from './publication.ts'

type Place = Pick<Publication, 'language' | 'timezone'>

/** `12 November 2026`. All functions here use the publication's language and time zone. */
export function longDate(place: Place, at: Date): string {
  return inWords(place, at, { day: 'numeric', month: 'long', year: 'numeric' })
}

/** `12 Nov 2026`. */
export function shortDate(place: Place, at: Date): string {
  return inWords(place, at, { dateStyle: 'medium' })
}

/** `Monday 30 November 2026 at 08:00`. */
export function fullTime(place: Place, at: Date): string {
  return inWords(place, at, { dateStyle: 'full', timeStyle: 'short' })
}

/** `30 Nov 2026, 08:00`. */
export function shortTime(place: Place, at: Date): string {
  return inWords(place, at, { dateStyle: 'medium', timeStyle: 'short' })
}

function inWords({ language, timezone }: Place, at: Date, format: Intl.DateTimeFormatOptions): string {
  const key = JSON.stringify([language, timezone, format])
  const known = formatters.get(key)
  // Intl reads plain `en` as American English. A publication that wants American dates sets en-US.
  const formatter = known ?? new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, { ...format, timeZone: timezone })
  if (!known) formatters.set(key, formatter)
  return formatter.format(at)
}

/** Making one takes about 50 µs, and a page shows dozens of dates. One for each function here, language and time zone. */
const formatters = new LruCache<string, Intl.DateTimeFormat>(50)
