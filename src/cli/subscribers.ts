import type { Command } from 'commander'

/** `broadsheet subscribers`, to which each of its commands adds itself. */
export function subscribersProgram(program: Command): Command {
  return (
    program.commands.find((one) => one.name() === 'subscribers') ??
    program.command('subscribers').description('the readers: lists in and out, and who is on them')
  )
}
