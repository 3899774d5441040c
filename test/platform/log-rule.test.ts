import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const refused = [
  `log.error({ reason: error.message }, 'x')`,
  `context.log.warn({ id, reason: error instanceof Error ? error.message : String(error) }, 'x')`,
  `log.error({ reason: (error as Error).message, path: 'x' }, 'x')`,
  `log.error({ error, path: 'x' }, 'x')`,
  `log.info({ id, err }, 'x')`,
  `log.debug({ err: error }, 'x')`,
  'log.error(`x: $' + '{error.message}`)',
  'log.error(error.message)',
  `log.error(error, 'x')`,
]
const allowed = [
  `log.error({ id, reason }, 'x')`,
  `log.warn('x')`,
  `logError(log, error, 'x', { id })`,
  `report.error({ reason: error.message })`,
]

test('the lint rule rejects every way of logging an error without its stack and cause', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'broadsheet-rule-'))
  try {
    await writeFile(join(folder, 'biome.json'), JSON.stringify({ plugins: [resolve('biome/log-errors-whole.grit')] }))
    await writeFile(join(folder, 'sample.ts'), [...refused, ...allowed].join('\n'))
    const biome = resolve('node_modules/@biomejs/biome/bin/biome')
    const told = await new Promise<string>((fulfil) => {
      execFile(process.execPath, [biome, 'lint', '--max-diagnostics=100', 'sample.ts'], { cwd: folder }, (_, stdout, stderr) =>
        fulfil(stdout + stderr),
      )
    })
    const lines = [...told.matchAll(/sample\.ts:(\d+):\d+ plugin/g)].map(([, line]) => Number(line))
    expect(lines).toEqual(refused.map((_, index) => index + 1))
  } finally {
    await rm(folder, { recursive: true })
  }
})
