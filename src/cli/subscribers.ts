import type { Command } from 'commander'

/** The parent command `broadsheet subscribers`; created by its first subcommand. */
export function subscribersProgram(program: Command): Command {
  return (
    program.commands.find((one) => one.name() === 'subscribers') ??
    program.command('subscribers').description('import, export, list and change subscribers')
  )
}
