import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test, vi } from 'vitest'
import { articleText, publicationYaml } from '../support/content.ts'
import { dataFolder, type Service, startService } from '../support/spawned-service.ts'

const start = '2026-11-20T09:00:00Z'

async function titlesIn(service: Pick<Service, 'fetch'>): Promise<string[]> {
  const feed = (await (await service.fetch('/feed.json')).json()) as { items: { title: string }[] }
  return feed.items.map(({ title }) => title)
}

async function writeRelease(folder: string, title: string): Promise<void> {
  await mkdir(join(folder, 'articles'), { recursive: true })
  await writeFile(join(folder, 'publication.yaml'), publicationYaml)
  await writeFile(join(folder, 'articles', 'tide.md'), articleText({ title }))
}

test('a content folder that is a link is followed to its new release, also once the old one is deleted', async () => {
  await using data = await dataFolder()
  const at = (name: string) => join(data.folder, name)
  await writeRelease(at('one'), 'First release')
  await writeRelease(at('two'), 'Second release')
  await symlink('one', at('current'))
  await using service = await startService({ content: at('current'), data: data.folder, now: start })
  expect(await titlesIn(service)).toEqual(['First release'])
  await symlink('two', at('next'))
  await rename(at('next'), at('current'))
  await rm(at('one'), { recursive: true })
  await service.setClock('2026-11-20T09:01:00Z')
  await vi.waitFor(async () => expect(await titlesIn(service)).toEqual(['Second release']), 20_000)
  // The new folder is watched: no minute passes.
  await writeFile(join(at('two'), 'articles', 'tide.md'), articleText({ title: 'An edit' }))
  await vi.waitFor(async () => expect(await titlesIn(service)).toEqual(['An edit']), 20_000)
  expect(service.said()).not.toMatch(/"level":[56]0/)
})

test('a volume of Kubernetes, whose ..data link is exchanged, is read again', async () => {
  await using data = await dataFolder()
  const volume = join(data.folder, 'volume')
  const write = async (name: string, title: string) => {
    await mkdir(join(volume, name), { recursive: true })
    await writeFile(join(volume, name, 'publication.yaml'), publicationYaml.replace('The Test Tide', `The Tide, ${title}`))
    await writeFile(join(volume, name, 'tide.md'), articleText({ title }))
  }
  await write('..2026_11_20', 'first')
  await symlink('..2026_11_20', join(volume, '..data'))
  for (const file of ['publication.yaml', 'tide.md']) await symlink(`..data/${file}`, join(volume, file))
  await using service = await startService({ content: volume, data: data.folder, now: start })
  expect(await titlesIn(service)).toEqual(['first'])
  await write('..2026_11_21', 'second')
  await symlink('..2026_11_21', join(volume, '..data_tmp'))
  await rename(join(volume, '..data_tmp'), join(volume, '..data'))
  await rm(join(volume, '..2026_11_20'), { recursive: true })
  await service.setClock('2026-11-20T09:01:00Z')
  await vi.waitFor(async () => expect(await titlesIn(service)).toEqual(['second']), 20_000)
  await vi.waitFor(async () => expect(await (await service.fetch('/')).text()).toContain('The Tide, second'), 20_000)
})

test('SIGHUP reads the content again where standard input is no terminal', async () => {
  await using data = await dataFolder()
  const content = join(data.folder, 'content')
  await writeRelease(content, 'As it was')
  const child = spawn(process.execPath, [resolve('bin/broadsheet.js'), 'start', '--json'], {
    cwd: data.folder,
    env: {
      PATH: process.env.PATH,
      TEMPLATES_DIR: resolve('templates'),
      CONTENT_DIR: content,
      DATA_DIR: join(data.folder, 'data'),
      PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  await vi.waitFor(() => expect(out).toContain('\n'), 30_000)
  child.kill('SIGHUP')
  await vi.waitFor(() => expect(err).toContain('reading the content again (SIGHUP)'), 10_000)
  const { address } = JSON.parse(out)
  expect((await fetch(`${address}/healthz`)).status).toBe(200)
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})
