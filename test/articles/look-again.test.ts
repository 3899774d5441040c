import { rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openArticles } from '../../src/articles/articles.ts'
import { articleMigrations } from '../../src/articles/migrations.ts'
import { feedMigrations } from '../../src/feeds/migrations.ts'
import { articleText, makeContent } from '../support/content.ts'
import { openTestDatabase } from '../support/databases.ts'
import { drivenClock } from '../support/driven-clock.ts'
import { quietLog } from '../support/quiet.ts'
import { makePublication } from './articles-world.ts'
import { png } from './files/image-bytes.ts'

/** Articles whose folder is not watched, as on a file system without events. */
async function openUnwatched(files: Readonly<Record<string, string>>) {
  const content = await makeContent(files)
  const opened = await openTestDatabase('sqlite', [...articleMigrations, ...feedMigrations])
  const publication = makePublication(content.folder)
  const articles = await openArticles({ publication, database: opened.database, clock: drivenClock('2026-11-24T09:00:00Z'), log: quietLog })
  onTestFinished(async () => {
    await articles.close()
    await opened[Symbol.asyncDispose]()
    await content[Symbol.asyncDispose]()
  })
  return { articles, content, titles: () => articles.current().articles.map(({ title }) => title) }
}

test('changed, new and removed files are found without an event', async () => {
  const { articles, content, titles } = await openUnwatched({ 'a.md': articleText({ title: 'A' }), 'b.md': articleText({ title: 'B' }) })
  await content.write('articles/a.md', articleText({ title: 'A, changed' }))
  await content.write('articles/c.md', articleText({ title: 'C' }))
  await content.remove('articles/b.md')
  await articles.lookAgain()
  expect(titles()).toEqual(['A, changed', 'C'])
})

test('a picture that is exchanged is measured again', async () => {
  const { articles, content } = await openUnwatched({
    'a.md': articleText({ extra: '' }).replace(/heroImage: .*/, "heroImage: 'boat.png'"),
  })
  const file = join(content.folder, 'articles', 'boat.png')
  await writeFile(file, png(40, 30))
  await articles.lookAgain(true)
  await articles.lookAgain()
  expect(articles.current().articles[0]?.hero?.file).toMatchObject({ width: 40, height: 30 })
  await writeFile(file, png(80, 60))
  await utimes(file, 1, 1)
  await articles.lookAgain()
  expect(articles.current().articles[0]?.hero?.file).toMatchObject({ width: 80, height: 60 })
})

test('a folder that is empty all of a sudden is unmounted: its articles stay, unless the operator asks', async () => {
  const { articles, content, titles } = await openUnwatched({ 'a.md': articleText({ title: 'A' }) })
  for (const name of ['articles', 'publication.yaml']) await rm(join(content.folder, name), { recursive: true })
  await articles.lookAgain()
  expect(titles()).toEqual(['A'])
  await articles.lookAgain(true)
  expect(titles()).toEqual([])
})
