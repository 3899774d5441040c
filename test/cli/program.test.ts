import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { articleText, makeContent } from '../support/content.ts'
import { runHere } from '../support/run-command.ts'
import { dataFolder, startService } from '../support/spawned-service.ts'

test('a usage error exits with 2 and a message, whatever is in the folder', async () => {
  await using content = await makeContent({ 'tides.md': articleText() })
  await using data = await dataFolder()
  await writeFile(join(content.folder, 'list.csv'), 'email\nada@example.org\n')
  for (const [args, sentence] of [
    [[], 'Usage: broadsheet'],
    [['subscribers'], 'Usage: broadsheet subscribers'],
    [['sending', '--hold', '--release'], 'sending takes --hold or --release, not both'],
    [['subscribers', 'import', 'list.csv', '--basis', 'nope', '--digests', 'weekly'], '--basis: on what ground'],
    [['subscribers', 'list', '--state', 'nope'], '--state: must be one of'],
    [['subscribers', 'count', '--since', 'then'], '--since: must be a day'],
    [['subscribers', 'list', '--limit', '0'], '--limit: must be a number'],
    [['subscribers', 'export', '--format', 'xls'], '--format: must be one of'],
  ] as const) {
    expect(await runHere(content.folder, data.folder, args), args.join(' ')).toEqual({
      code: 2,
      out: '',
      err: expect.stringContaining(sentence),
    })
  }
})

test('the first start generates and shows the admin token; commands before it do not', async () => {
  await using content = await makeContent({})
  await using data = await dataFolder()
  expect((await runHere(content.folder, join(data.folder, 'data'), ['issues'])).code).toBe(0)
  const env = { ADMIN_TOKEN: '' }
  await using service = await startService({ content: content.folder, data: data.folder, now: '2026-11-20T09:00:00Z', env })
  // A log may be read by others, so the token goes to a file there.
  await expect.poll(() => service.said()).toMatch(/Admin token in \S+admin-token/)
  const file = join(data.folder, 'data', 'admin-token')
  expect(await readFile(file, 'utf8')).toMatch(/^[\w-]{32}\n$/)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
})

test('the version is that of the package, help ends with 0, and every command takes --json and has an example', async () => {
  await using content = await makeContent({})
  const run = (...args: string[]) => runHere(content.folder, content.folder, args)
  const { version } = JSON.parse(await readFile('package.json', 'utf8'))
  expect(await run('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' })
  const named = (help: string) =>
    [...(/^Commands:\n((?: .*\n)*)/m.exec(help)?.[1] ?? '').matchAll(/^ {2}([a-z]+)(?: |$)/gm)]
      .map(([, name = '']) => name)
      .filter((name) => name !== 'help')
  async function commandsBelow(words: readonly string[]): Promise<string[][]> {
    const inner = named((await run(...words, '--help')).out)
    if (inner.length === 0) return [[...words]]
    return (await Promise.all(inner.map((name) => commandsBelow([...words, name])))).flat()
  }
  expect((await run('--help')).code).toBe(0)
  const commands = await commandsBelow([])
  expect(commands.length).toBeGreaterThan(30)
  for (const words of commands) {
    const help = (await run(...words, '--help')).out
    expect(help, words.join(' ')).toContain('--json')
    expect(help, words.join(' ')).toMatch(new RegExp(`\\nExamples?:\\n {2}(?:npx )?broadsheet ${words[0]}`))
  }
})
