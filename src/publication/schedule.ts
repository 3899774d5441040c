import type { DigestDefinition } from './publication.ts'

const dayNames = ['Sundays', 'Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays']
const shortDays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** Describes a schedule to readers: `Mondays at 08:00`. Less common cron expressions become `Regularly`. */
export function describeSchedule(definition: DigestDefinition): string {
  if (definition.schedule.kind === 'on_publish') return 'As articles appear'
  const [minute = '', hour = '', dayOfMonth = '', month = '', weekday = ''] = definition.schedule.expression
    .trim()
    .toLowerCase()
    .split(/\s+/)
  const isDailyTime = /^\d{1,2}$/.test(minute) && /^\d{1,2}$/.test(hour) && month === '*'
  if (!isDailyTime) return 'Regularly'
  const time = `at ${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`
  if (dayOfMonth === '*' && weekday === '*') return `Daily ${time}`
  if (dayOfMonth === '*') {
    const days = weekday.split(',').map((day) => dayNames[/^\d$/.test(day) ? Number(day) % 7 : shortDays.indexOf(day)])
    return days.every((day) => day !== undefined) ? `${days.join(', ')} ${time}` : 'Regularly'
  }
  return /^\d{1,2}$/.test(dayOfMonth) && weekday === '*' ? `On day ${dayOfMonth} of each month ${time}` : 'Regularly'
}
