import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { command } from '../support/command.ts'
import { articleText, makeContent } from '../support/content.ts'
import { dataFolder } from '../support/spawned-service.ts'

const body = 'One.\n\n![](https://pictures.example.net/q.png)'

test('check reports problems with their line, and --strict fails on warnings', async () => {
  await using content = await makeContent({ 'tides.md': articleText({ body, topics: ['coast'] }) })
  await using data = await dataFolder()
  const env = { CONTENT_DIR: content.folder, DATA_DIR: data.folder, PUBLIC_URL: 'https://tide.example.net' }
  const check = (...args: string[]) => command(['check', ...args], { cwd: content.folder, env })
  const line =
    articleText({ body, topics: ['coast'] })
      .split('\n')
      .indexOf('![](https://pictures.example.net/q.png)') + 1
  const [usual, strict, unknown] = await Promise.all([check('--format', 'github'), check('--strict'), check('--format', 'none')])
  expect(usual.out).toContain(
    `::warning file=articles/tides.md,line=${line},title=body::body the picture https://pictures.example.net/q.png`,
  )
  expect(strict.out).toContain(`articles/tides.md:${line}: body the picture https://pictures.example.net/q.png has no alt text (warning)\n`)
  expect([usual.code, strict.code, unknown.code]).toEqual([0, 1, 2])
  expect(unknown.err).toContain('github')
})

test('a preview opens in the browser with every view of the next issue', async () => {
  await using content = await makeContent({ 'tides.md': articleText({ title: 'Tides <b>', body }) })
  await using data = await dataFolder()
  const browser = join(data.folder, 'browser')
  const seen = join(data.folder, 'seen')
  await writeFile(browser, `#!/bin/sh\nprintf %s "$1" > '${seen}'\n`)
  await chmod(browser, 0o755)
  const env = { CONTENT_DIR: content.folder, DATA_DIR: data.folder, BROWSER: browser }
  const { code, out } = await command(['preview', 'weekly', '--open'], { cwd: content.folder, env })
  expect(code).toBe(0)
  const path = /^Opened (.+)\n$/.exec(out)?.[1] ?? ''
  await expect.poll(() => readFile(seen, 'utf8').catch(() => '')).toBe(path)
  const page = await readFile(path, 'utf8')
  for (const view of ['Desktop', 'Phone', 'Phone, dark', 'Desktop, dark', 'Pictures off']) expect(page).toContain(`<iframe title="${view}"`)
  for (const part of ['The week: Tides &lt;b&gt;', 'KB as sent', 'has no alt text', 'List-Unsubscribe-Post: ', 'Read in a browser: '])
    expect(page, part).toContain(part)
  expect(page).not.toContain('Tides <b>')
  await rm(dirname(path), { recursive: true })
})
