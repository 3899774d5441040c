import { holdSending, readSendingHold, releaseSending, type SendingHold } from '../outbox/sending-hold.ts'
import { sendingJson } from '../outbox/sending-json.ts'
import { Misuse } from '../platform/start-failure.ts'
import type { AddCommand } from './context.ts'
import { withApp } from './with-app.ts'

interface SendingOptions {
  readonly hold?: true
  readonly release?: true
  readonly json?: true
}

export const sendingCommand: AddCommand = (program, context) => {
  program
    .command('sending')
    .description('whether mail goes out; --hold stops all of it, --release lets it go')
    .option('--hold', 'send nothing, until it is released')
    .option('--release', 'let all that is queued go')
    .option('--json', 'the answer as JSON')
    .action(async (options: SendingOptions) => {
      if (options.hold && options.release) throw new Misuse(['sending takes --hold or --release, not both'])
      await withApp(context, async ({ database }) => {
        const hold = await database.transaction(async (tx) => {
          if (options.hold) await holdSending(tx, 'held by the operator', context.clock.now())
          if (options.release) await releaseSending(tx)
          return readSendingHold(tx)
        })
        context.say(options.json ? `${JSON.stringify(sendingJson(hold))}\n` : `${sentenceOf(hold)}\n`)
      })
    })
}

function sentenceOf(hold: SendingHold | undefined): string {
  return hold ? `All sending is held since ${hold.since.toISOString()}: ${hold.reason}.` : 'Mail goes out as it is due.'
}
