import { resolve } from 'node:path'
import { runCommand } from '../../src/cli/program.ts'
import type { Renderer } from '../../src/email/renderer.ts'
import { type Random, systemRandom } from '../../src/platform/random.ts'
import type { Outcome } from './command.ts'
import { drivenClock } from './driven-clock.ts'

/** Runs the command line in this process at a fixed time. The log goes to standard error. */
export async function runHere(
  folder: string,
  data: string,
  args: readonly string[],
  {
    now = '2026-11-20T09:00:00Z',
    random = systemRandom(),
    env = {},
    cwd = folder,
    onSay = () => {},
    renderer,
  }: {
    now?: string
    random?: Random
    env?: Readonly<Record<string, string>>
    cwd?: string
    /** Called with the output so far. */
    onSay?: (out: string) => void
    /** Shared by several commands, because starting a renderer process takes most of a second. */
    renderer?: Renderer
  } = {},
): Promise<Outcome> {
  let out = ''
  let err = ''
  const code = await runCommand(args, {
    ...(renderer ? { renderer } : {}),
    clock: drivenClock(now),
    random,
    env: { CONTENT_DIR: folder, DATA_DIR: data, TEMPLATES_DIR: resolve('templates'), ...env },
    folder: cwd,
    isTerminal: false,
    say: (text) => {
      out += text
      onSay(out)
    },
    complain: (text) => (err += text),
  })
  return { code, out, err }
}
