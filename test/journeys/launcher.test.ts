import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { makeContent } from '../support/content.ts'
import { dataFolder } from '../support/spawned-service.ts'

const hasNodePackage = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')

function launch(
  args: readonly string[],
  env: Record<string, string> = {},
): { child: ChildProcess; said: () => string; line: Promise<string> } {
  const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const line = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        said += text
        if (said.includes('\n')) resolve(said.slice(0, said.indexOf('\n')))
      })
    }
  })
  return { child, said: () => said, line }
}

test.runIf(hasNodePackage).each([
  ['the bundled Node', [resolve('test/support/old-node.js')]],
  ["the machine's own Node", [resolve('bin/node.js')]],
])('%s gets the signals, and the launcher passes on its exit code', async (_, launcher) => {
  const { child, line } = launch([...launcher, resolve('test/support/patient.js'), '7'])
  await line
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([7, null])
})

test.runIf(hasNodePackage)('the child exits with its launcher, even after kill -9', async () => {
  const { child, line } = launch([resolve('test/support/old-node.js'), resolve('test/support/patient.js'), '0'])
  const pid = Number(await line)
  expect(pid).not.toBe(child.pid)
  child.kill('SIGKILL')
  await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false)
})

test.runIf(process.platform === 'linux')(
  'a signal for npm alone stops the service',
  async () => {
    await using content = await makeContent({})
    await using data = await dataFolder()
    const { HOME = data.folder } = process.env
    const env = { HOME, PORT: '0', CONTENT_DIR: content.folder, DATA_DIR: data.folder, TEMPLATES_DIR: resolve('templates') }
    const child = spawn('npm', ['start'], { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    await expect.poll(() => said, { timeout: 30_000 }).toMatch(/Feeds +http/)
    const address = /Feeds +http:\/\/localhost:(\d+)/.exec(said)?.[1]
    child.kill('SIGTERM')
    await once(child, 'exit')
    await expect.poll(() => answers(`http://127.0.0.1:${address}/feed.xml`), { timeout: 15_000 }).toBe(false)
  },
  60_000,
)

test('without a recent Node, one sentence says what to install', async () => {
  const { child, said } = launch([resolve('test/support/old-node.js'), '--bare', resolve('test/support/patient.js')])
  expect(await once(child, 'close')).toEqual([1, null])
  expect(said()).toMatch(
    /^Broadsheet needs Node 24\.15 or newer; this is 20\.20\.2 on .*Install it from https:\/\/nodejs\.org\/ and start again\.\n$/,
  )
})

test('the service prints its Node version and addresses, and exits with code 0 on SIGTERM', async () => {
  await using content = await makeContent({})
  await using data = await dataFolder()
  const env = { PORT: '0', CONTENT_DIR: content.folder, DATA_DIR: data.folder, TEMPLATES_DIR: resolve('templates') }
  const { child, said } = launch([resolve('bin/broadsheet.js'), 'start'], env)
  await expect.poll(said, { timeout: 20_000 }).toContain('Admin token')
  expect(said()).toMatch(/Served by Node \d+\.\d+\.\d+/)
  expect(said()).toMatch(/Feeds +http:\/\/localhost:\d+\/feed\.xml/)
  expect(said()).toMatch(/Desk +http:\/\/localhost:\d+\/admin\/login\/[\w-]+/)
  expect(said()).toContain('nothing leaves this machine')
  child.kill('SIGTERM')
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch {
    return false
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
