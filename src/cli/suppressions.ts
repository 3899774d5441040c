import type { Command } from 'commander'
import { byCommandLine } from '../platform/actor.ts'
import { Misuse, StartFailure } from '../platform/start-failure.ts'
import {
  findSuppression,
  liftAddress,
  operatorReasons,
  pageOfSuppressions,
  type Suppression,
  suppressAddress,
} from '../subscribers/suppress.ts'
import type { AddCommand, CommandContext } from './context.ts'
import { exampleText } from './example-text.ts'
import { withApp } from './with-app.ts'

interface Json {
  readonly json?: true
}

export const suppressionsCommand: AddCommand = (program, context) => {
  const suppressions = program.command('suppressions').description('list, add and lift suppressions: addresses that get no mail')
  addList(suppressions, context)
  suppressions
    .command('add')
    .description('suppress an address: no more mail goes to it')
    .argument('<address>', 'email address')
    .option('--reason <reason>', operatorReasons.join(', '), 'operator')
    .option('--json', 'print the suppression as JSON')
    .addHelpText('after', exampleText('suppressions add mara@example.org'))
    .action(async (email: string, options: Json & { reason: string }) => {
      const reason = operatorReasons.find((one) => one === options.reason)
      if (!reason) throw new Misuse([`--reason: must be one of ${operatorReasons.join(', ')}`])
      await withApp(context, async ({ subscribers }) => {
        const suppressed = await suppressAddress(subscribers, email, reason, byCommandLine)
        if (!suppressed) throw new StartFailure([`${email} is not an email address that mail can be sent to`])
        const { suppression, isNew } = suppressed
        if (options.json) return context.say(`${JSON.stringify(suppressionJson(suppression))}\n`)
        context.say(isNew ? `${email} is suppressed.\n` : `${email} was suppressed already: ${suppression.reason}\n`)
      })
    })
  suppressions
    .command('lift')
    .description('allow mail to an address again')
    .argument('<address>', 'email address')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', exampleText('suppressions lift mara@example.org'))
    .action(async (email: string, options: Json) => {
      await withApp(context, async ({ subscribers }) => {
        if (!(await liftAddress(subscribers, email, byCommandLine))) throw new StartFailure([`${email} is not suppressed`])
        context.say(options.json ? `${JSON.stringify({ lifted: true })}\n` : `Mail may go to ${email} again.\n`)
      })
    })
}

function addList(suppressions: Command, context: CommandContext): void {
  suppressions
    .command('list')
    .description('list suppressions, newest first')
    .option('--email <address>', 'only this address, also if it was erased')
    .option('--limit <number>', 'how many, up to 1000', '50')
    .option('--json', 'as JSON')
    .addHelpText('after', exampleText('suppressions list'))
    .action(async (options: Json & { email?: string; limit: string }) => {
      const limit = Number(options.limit)
      if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) throw new Misuse(['--limit: must be a number from 1 to 1000'])
      await withApp(context, async ({ subscribers }) => {
        const one = options.email === undefined ? undefined : await findSuppression(subscribers, options.email)
        const found = options.email === undefined ? await pageOfSuppressions(subscribers, { limit }) : one ? [one] : []
        if (options.json) return context.say(`${JSON.stringify({ items: found.map(suppressionJson) })}\n`)
        if (found.length === 0) context.say('No address is suppressed.\n')
        for (const { addressKey, reason, createdAt } of found)
          context.say(`${createdAt.toISOString().slice(0, 10)}  ${addressKey ?? options.email ?? '(erased)'}  ${reason}\n`)
      })
    })
}

function suppressionJson({ addressKey, reason, createdAt }: Suppression) {
  return { email: addressKey ?? null, reason, created_at: createdAt.toISOString() }
}
