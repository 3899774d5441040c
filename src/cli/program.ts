import { readFileSync } from 'node:fs'
import { Misuse, StartFailure, sentenceOf } from '../platform/start-failure.ts'
import { type CommandContext, readDotEnv } from './context.ts'
import { exampleText } from './example-text.ts'
import { start } from './start.ts'

/** Exit code 1: the command failed. 2: usage error. */
const failed = 1
const usageError = 2

/** Runs one command line and returns the exit code. Expected failures are printed on standard error, without a stack. */
export async function runCommand(args: readonly string[], given: CommandContext): Promise<number> {
  try {
    const context = { ...given, env: { ...readDotEnv(given.folder), ...given.env } }
    // A server does not load the option parser and the other commands: this keeps its memory small.
    if (args.length === 1 && args[0] === 'start') {
      await start(context)
      return 0
    }
    return await parseCommand(args, context)
  } catch (error) {
    const reasons = error instanceof StartFailure ? error.reasons : [sentenceOf(error)]
    for (const reason of reasons) given.complain(`broadsheet: ${reason}\n`)
    return error instanceof Misuse ? usageError : failed
  }
}

async function parseCommand(args: readonly string[], context: CommandContext): Promise<number> {
  const [{ Command, CommanderError }, { commands }] = await Promise.all([import('commander'), import('./commands.ts')])
  const program = new Command('broadsheet')
    .description('A folder of Markdown in; feeds, pages and email digests out.')
    .version(versionOf())
    .exitOverride()
    .configureOutput({ writeOut: context.say, writeErr: context.complain })
    .showHelpAfterError('(broadsheet --help lists the commands)')
  program
    .command('start')
    .description('serve feeds, pages and the desk, and send what is due, until stopped')
    .option('--json', 'print the start message as JSON')
    .addHelpText('after', exampleText('start'))
    .action((options: { json?: true }) => start({ ...context, saysJson: options.json === true }))
  let exitCode = 0
  for (const add of commands) {
    add(program, context, (code) => {
      exitCode = code
    })
  }
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? 0 : usageError
  }
}

function versionOf(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
}
