import { holdByOperator, readSendingHold, releaseByOperator, type SendingHold } from '../outbox/sending-hold.ts'
import { sendingJson } from '../outbox/sending-json.ts'
import { byCommandLine } from '../platform/actor.ts'
import { Misuse } from '../platform/start-failure.ts'
import type { AddCommand } from './context.ts'
import { exampleText } from './example-text.ts'
import { withApp } from './with-app.ts'

interface SendingOptions {
  readonly hold?: true
  readonly release?: true
  readonly json?: true
}

export const sendingCommand: AddCommand = (program, context) => {
  program
    .command('sending')
    .description('show whether sending is held; --hold stops all mail, --release resumes it')
    .option('--hold', 'send no mail until it is released')
    .option('--release', 'send what is queued, and new mail')
    .option('--json', 'print the state as JSON')
    .addHelpText('after', exampleText('sending', 'sending --hold'))
    .action(async (options: SendingOptions) => {
      if (options.hold && options.release) throw new Misuse(['sending takes --hold or --release, not both'])
      await withApp(context, async ({ digests }) => {
        if (options.hold) await holdByOperator(digests, byCommandLine)
        if (options.release) await releaseByOperator(digests, byCommandLine)
        const hold = await readSendingHold(digests.database)
        context.say(options.json ? `${JSON.stringify(sendingJson(hold))}\n` : `${describeHold(hold)}\n`)
      })
    })
}

function describeHold(hold: SendingHold | undefined): string {
  return hold
    ? `All sending is held since ${hold.since.toISOString()}: ${hold.reason}.`
    : 'Sending is not held: mail is sent when it is due.'
}
