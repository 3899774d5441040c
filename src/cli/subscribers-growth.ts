import { Misuse } from '../platform/start-failure.ts'
import { type Growth, growthOf, maxPeriods, usualPeriods } from '../subscribers/growth/growth.ts'
import { growthJson } from '../subscribers/growth/growth-json.ts'
import type { AddCommand } from './context.ts'
import { exampleText } from './example-text.ts'
import { subscribersProgram } from './subscribers.ts'
import { withApp } from './with-app.ts'

interface GrowthOptions {
  readonly per: string
  readonly count: string
  readonly digest?: string
  readonly source?: string
  readonly json?: true
}

export const subscribersGrowthCommand: AddCommand = (program, context) => {
  subscribersProgram(program)
    .command('growth')
    .description('show who joined and left, by time, digest and source')
    .option('--per <period>', 'day or week (of UTC, from Monday)', 'day')
    .option('--count <number>', `number of days or weeks, up to ${maxPeriods}`, String(usualPeriods))
    .option('--digest <name>', 'only subscriptions to this digest')
    .option('--source <source>', 'only subscriptions from this source, such as form or import')
    .option('--json', 'as JSON')
    .addHelpText('after', exampleText('subscribers growth --per week'))
    .action(async ({ per, count: typed, digest, source, json }: GrowthOptions) => {
      if (per !== 'day' && per !== 'week') throw new Misuse(['--per: must be day or week'])
      const count = /^\d{1,4}$/.test(typed) ? Number(typed) : 0
      if (count < 1 || count > maxPeriods) throw new Misuse([`--count: must be a number from 1 to ${maxPeriods}`])
      await withApp(context, async ({ subscribers }) => {
        const growth = await growthOf(subscribers, { per, count, ...(digest ? { digest } : {}), ...(source ? { source } : {}) })
        context.say(json ? `${JSON.stringify(growthJson(per, growth))}\n` : textOf(growth))
      })
    })
}

function textOf({ periods, byDigest, bySource, ...sum }: Growth): string {
  const rows = [
    ...periods.map(({ from, ...one }) => [from, one] as const),
    ...byDigest.map(({ name, ...one }) => [`digest ${name}`, one] as const),
    ...bySource.map(({ name, ...one }) => [`source ${name}`, one] as const),
    ['all', sum] as const,
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows
    .map(([name, { joined, left, net }]) => `${name.padEnd(width)}  joined ${joined}  left ${left}  net ${net > 0 ? '+' : ''}${net}\n`)
    .join('')
}
