import { resolve } from 'node:path'
import { runCommand } from '../../src/commands/program.ts'
import { systemRandom } from '../../src/platform/random.ts'
import type { Outcome } from './command.ts'
import { drivenClock } from './driven-clock.ts'

/** Runs the command line in this process, at a time that is set; what it logs goes to standard error. */
export async function runHere(folder: string, data: string, args: readonly string[]): Promise<Outcome> {
  let out = ''
  let err = ''
  const code = await runCommand(args, {
    clock: drivenClock('2026-11-20T09:00:00Z'),
    random: systemRandom(),
    env: { CONTENT_DIR: folder, DATA_DIR: data, TEMPLATES_DIR: resolve('templates') },
    folder,
    isTerminal: false,
    say: (text) => (out += text),
    complain: (text) => (err += text),
  })
  return { code, out, err }
}
