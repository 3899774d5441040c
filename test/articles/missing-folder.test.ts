import { mkdir, rename, rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { articleText } from '../support/content.ts'
import { openArticlesWorld } from './articles-world.ts'

const files = { 'a.md': articleText({ title: 'A' }), 'b.md': articleText({ title: 'B' }) }

test.each([
  ['goes away', false],
  ['is empty, as a disk that is not mounted', true],
])('a folder that %s is not a withdrawal: its articles stay, and after missing_for they are gone', async (_, leavesFolder) => {
  const warned: unknown[] = []
  const log = { debug() {}, info() {}, warn: (...words: unknown[]) => void warned.push(words), error() {} }
  await using world = await openArticlesWorld(files, { log })
  const folder = world.publication.articlesFolder
  const away = `${folder}-away`
  await rename(folder, away)
  if (leavesFolder) await mkdir(folder)
  world.clock.advance(1_000)
  await expect.poll(() => JSON.stringify(warned), { timeout: 20_000 }).toContain('stay in service')
  expect(world.articles.current().articles).toHaveLength(2)
  world.clock.advance(59 * 60_000)
  expect(world.articles.find('a').status).toBe('published')

  const gone = await world.nextChange(() => world.clock.advance(2 * 60_000))
  expect(gone.articles).toEqual([])
  expect(world.articles.find('a').status).toBe('gone')

  if (leavesFolder) await rm(folder, { recursive: true })
  await rename(away, folder)
  const back = await world.nextChange(() => world.clock.advance(60_000))
  expect(back.articles).toHaveLength(2)
})

test('a folder that comes back in time changes nothing, and is watched again', async () => {
  await using world = await openArticlesWorld(files)
  const folder = world.publication.articlesFolder
  const before = world.articles.current()
  await rename(folder, `${folder}-away`)
  await world.articles.reload(world.publication)
  expect(world.articles.current()).toBe(before)
  await rename(`${folder}-away`, folder)
  world.clock.advance(60_000)
  await world.articles.reload(world.publication)
  await world.articles.watch()
  const next = await world.nextChange(() => world.content.write('articles/c.md', articleText({ title: 'C' })))
  expect(next.articles).toHaveLength(3)
})

test('a start without the folder answers nothing with gone, until missing_for has passed', async () => {
  await using world = await openArticlesWorld(files)
  const folder = world.publication.articlesFolder
  await world.articles.close()
  await rename(folder, `${folder}-away`)
  await mkdir(folder)
  await world.restart()
  expect(world.articles.find('a').status).toBe('unknown')
  world.clock.advance(61 * 60_000)
  expect(world.articles.find('a').status).toBe('gone')
  await rm(`${folder}-away`, { recursive: true })
})
