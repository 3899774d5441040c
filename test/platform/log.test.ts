import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'

/** Standard error of a process that opens a log as `log` and runs `script`. */
function errorsOf(script: string, { level = 'info', isTerminal = false } = {}): string {
  return spawnSync(process.execPath, ['--input-type=module', '-e', sourceOf(script, level, isTerminal)], { encoding: 'utf8' }).stderr
}

function sourceOf(script: string, level = 'info', isTerminal = false): string {
  return `import { createRequire, registerHooks } from 'node:module'
    import { logError, openLog } from ${JSON.stringify(resolve('src/platform/log.ts'))}
    const log = openLog(${JSON.stringify(level)}, ${isTerminal})
    const { cache } = createRequire(import.meta.url)
    ${script}`
}

test('a line is JSON with level, time and values, and is written even if the process ends at once', () => {
  const written = errorsOf(`log.error({ reason: 'full' }, 'disk'); process.exit(1)`)
  expect(JSON.parse(written)).toEqual({ level: 50, time: expect.stringMatching(/^\d{4}-.*Z$/), reason: 'full', msg: 'disk' })
  expect(errorsOf(`log.warn('by itself')`)).toContain('"msg":"by itself"')
})

test('only lines of LOG_LEVEL and above are written', () => {
  const all = `for (const name of ['debug', 'info', 'warn', 'error']) log[name](name)`
  const written = (level: string) => [...errorsOf(all, { level }).matchAll(/"msg":"(\w+)"/g)].map(([, name]) => name)
  expect(written('trace')).toEqual(['debug', 'info', 'warn', 'error'])
  expect(written('warn')).toEqual(['warn', 'error'])
  expect(written('silent')).toEqual([])
})

test('pino is loaded with the first line', () => {
  const script = `log.debug('not said'); console.error(Object.keys(cache).some((file) => file.includes('pino')))`
  expect(errorsOf(script)).toBe('false\n')
  expect(errorsOf(script.replace('debug', 'info'))).toMatch(/true\n$/)
})

test('on a terminal a line is formatted; without pino-pretty it is JSON', () => {
  expect(errorsOf(`log.info({ port: 1 }, 'up')`, { isTerminal: true })).toMatch(/INFO.*up[\s\S]*port.*1/)
  const without = `registerHooks({ resolve: (name, context, next) => next(name === 'pino-pretty' ? 'pino-pretty-less' : name, context) })`
  expect(errorsOf(`${without}; log.info('up')`, { isTerminal: true })).toContain('"msg":"up"')
})

test('an error is logged whole and without addresses, also on a terminal', () => {
  const script = `logError(log, new Error('550 <ada@example.org>', { cause: new Error('the cause') }), 'a mail went wrong', { id: 7 })`
  const { err, ...line } = JSON.parse(errorsOf(script))
  expect(line).toMatchObject({ level: 50, id: 7, msg: 'a mail went wrong' })
  expect(err.message).toBe('550 <‹address›>: the cause')
  const pretty = errorsOf(script, { isTerminal: true })
  expect(pretty).toMatch(/ERROR.*a mail went wrong[\s\S]*Error: 550 <‹address›>\n\s+at [\s\S]*\n\s+caused by: Error: the cause\n\s+at /)
})

test('a reader of standard error that stands still stops nothing, and later hears how many lines it missed', async () => {
  const lines = 20_000
  const script = `for (let n = 0; n < ${lines}; n++) log.info({ n, text: 'x'.repeat(300) }, 'a line')
    process.stdout.write('done')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', sourceOf(script)], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'exit')
  await once(child.stdout, 'data')
  let heard = ''
  child.stderr.setEncoding('utf8')
  for await (const text of child.stderr) {
    heard += text
    if (heard.includes('"dropped"') && heard.endsWith('\n')) break
  }
  child.kill()
  await ended
  const told = heard
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const { dropped, level, msg } = told.at(-1)
  expect({ level, msg }).toEqual({ level: 40, msg: expect.stringContaining('log lines were dropped') })
  expect(told.length - 1 + dropped).toBe(lines)
})
