import { systemClock } from '../platform/clock.ts'
import { systemRandom } from '../platform/random.ts'
import { runCommand } from './program.ts'

// A reader that closes the pipe, as in `broadsheet subscribers export | head`, is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

process.exitCode = await runCommand(process.argv.slice(2), {
  clock: systemClock((error) => void process.stderr.write(`broadsheet: could not load node-cron: ${error.message}\n`)),
  random: systemRandom(),
  env: process.env,
  folder: process.cwd(),
  isTerminal: process.stderr.isTTY === true,
  isOutputTerminal: process.stdout.isTTY === true,
  say: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
})
