import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { runCommand } from '../../src/cli/program.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { makeContent } from '../support/content.ts'
import { drivenClock } from '../support/driven-clock.ts'
import { dataFolder } from '../support/spawned-service.ts'

test('the command line adds and erases a reader, and prints why it cannot', async () => {
  await using content = await makeContent({})
  await using data = await dataFolder()
  const context = { clock: drivenClock('2026-11-20T09:00:00Z'), random: systemRandom(), folder: data.folder, isTerminal: false }
  const env = { CONTENT_DIR: content.folder, DATA_DIR: data.folder, TEMPLATES_DIR: resolve('templates'), LOG_LEVEL: 'silent' }
  const run = async (...args: string[]) => {
    let said = ''
    const say = (text: string) => {
      said += text
    }
    return [await runCommand(['subscribers', ...args], { ...context, env, say, complain: say }), said]
  }
  const mara = 'mara@example.org'
  const suppressed = `broadsheet: ${mara} is suppressed: no mail goes to it until the suppression is lifted\n`
  for (const [args, code, sentence] of [
    [['add', 'mara@', '--digests', 'weekly'], 1, 'broadsheet: email: is not an email address that mail can be sent to\n'],
    [['add', mara, '--digests', 'monthly'], 1, 'broadsheet: digests: unknown digest: monthly\n'],
    [['add', mara], 2, expect.stringContaining('--digests')],
    [['erase', mara], 1, `broadsheet: nothing is stored about ${mara}\n`],
    [['add', mara, '--digests', 'weekly'], 0, expect.stringMatching(/^Asked to confirm\./)],
    [['add', 'Mara@example.org', '--digests', 'weekly', '--json'], 0, expect.stringMatching(/^\{.*"state":"pending".*\}\n$/)],
    [['erase', 'MARA@example.org'], 0, expect.stringMatching(/^Erased\./)],
    [['add', mara, '--digests', 'weekly'], 1, suppressed],
  ] as const) {
    expect(await run(...args), args.join(' ')).toEqual([code, sentence])
  }
})
