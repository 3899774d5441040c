import { execFile } from 'node:child_process'
import { rename, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { readArticles } from '../../src/articles/articles.ts'
import type { ArticleSettings } from '../../src/publication/publication.ts'
import { openArticlesWorld, type Settings } from './articles-world.ts'

const run = promisify(execFile)
const foreign: ArticleSettings = {
  isOwnFolder: false,
  fields: new Map(),
  links: undefined,
  ids: undefined,
  author: undefined,
  authorsFile: undefined,
  show: [],
  dialects: 'auto',
  missingForMs: 3_600_000,
}

function world(undated: ArticleSettings['undated'], files: Readonly<Record<string, string>>, more: Partial<Settings> = {}) {
  return openArticlesWorld(files, { ...more, publication: { articles: { ...foreign, ...(undated && { undated }) } } })
}

/** Runs git in a folder, with its clock at `at`. */
function gitIn(folder: string) {
  const user = ['-c', 'user.name=T', '-c', 'user.email=t@example.org', '-c', 'commit.gpgSign=false']
  return async (at: string, ...args: string[]) => {
    const env = { PATH: process.env.PATH, HOME: folder, GIT_AUTHOR_DATE: at, GIT_COMMITTER_DATE: at }
    await run('git', [...user, ...args], { cwd: folder, env })
  }
}

function datesOf({ articles }: { articles: readonly { path: string; publishedAt: Date }[] }) {
  return Object.fromEntries(articles.map(({ path, publishedAt }) => [path, publishedAt.toISOString()]))
}

test('files without a date are left out unless a setting dates them, whatever the time of the file', async () => {
  await using tide = await world(undefined, { 'a.md': '# A note\n\nText.\n' })
  await utimes(join(tide.content.folder, 'articles/a.md'), new Date('2020-01-01'), new Date('2020-01-01'))
  await tide.restart()
  expect(tide.articles.current()).toMatchObject({ articles: [], problems: [], leftOut: [{ path: 'a.md', reason: 'undated' }] })
})

test('first_seen dates a file by the instant it was first read, over restarts and renames', async () => {
  const files = { 'a.md': '# A note\n\nText.\n', 'b.md': '---\ntitle: B\ndate: 2024-01-02\n---\n', 'README.md': '# How to build' }
  await using tide = await world('first_seen', files, { now: '2026-11-24T09:00:00Z' })
  const expected = { 'a.md': '2026-11-24T09:00:00.000Z', 'b.md': '2024-01-02T00:00:00.000Z' }
  expect(datesOf(tide.articles.current())).toEqual(expected)
  await tide.clock.advance(86_400_000)
  await tide.restart()
  expect(datesOf(tide.articles.current())).toEqual(expected)
  await tide.nextChange(() => tide.content.write('articles/a.md', '# A note\n\nAnother text.\n'))
  expect(datesOf(tide.articles.current())).toEqual(expected)
  await tide.articles.close()
  await rename(join(tide.content.folder, 'articles/a.md'), join(tide.content.folder, 'articles/c.md'))
  await tide.restart()
  expect(datesOf(tide.articles.current())).toEqual({ 'b.md': expected['b.md'], 'c.md': expected['a.md'] })
  const next = await tide.nextChange(() => tide.content.write('articles/d.md', '# Another\n'))
  expect(datesOf(next)['d.md']).toBe('2026-11-25T09:00:00.000Z')
})

test('git dates a file by the first commit that added it, over renames and from outside the folder', async () => {
  await using tide = await world('git', { 'new.md': '# Not committed\n' })
  const git = gitIn(tide.content.folder)
  await git('2020-01-01T00:00:00Z', 'init', '-q')
  await tide.content.write('articles/a b ü.md', '# A note\n\nText of some length.\n')
  await tide.content.write('old/b.md', '# B note\n\nText of some other length.\n')
  await tide.content.write('articles/.gitattributes', '*.md diff=x\n')
  await git('2020-01-01T00:00:00Z', 'config', 'diff.x.textconv', 'touch ran; cat')
  await git('2020-01-02T03:04:05+02:00', 'add', 'articles/a b ü.md', 'old')
  await git('2020-01-02T03:04:05+02:00', 'commit', '-qm', 'one')
  await git('2021-01-01T00:00:00Z', 'mv', 'old/b.md', 'articles/b.md')
  await git('2021-01-01T00:00:00Z', 'commit', '-qm', 'two')
  await tide.content.write('articles/b.md', '# B note\n\nText of some other length, edited.\n')
  await git('2022-01-01T00:00:00Z', 'commit', '-qam', 'three')
  await tide.restart()
  const dates = { 'a b ü.md': '2020-01-02T01:04:05.000Z', 'b.md': '2020-01-02T01:04:05.000Z' }
  expect(datesOf(tide.articles.current())).toEqual(dates)
  expect(tide.articles.current()).toMatchObject({ problems: [], leftOut: [{ path: 'new.md', reason: 'undated' }] })
  expect(datesOf(await readArticles(tide.publication, tide.clock.now()))).toEqual(dates)

  await git('2023-01-01T00:00:00Z', 'add', 'articles/new.md')
  await git('2023-01-01T00:00:00Z', 'commit', '-qm', 'four')
  const next = await tide.nextChange(() => tide.clock.advance(60_000))
  expect(datesOf(next)['new.md']).toBe('2023-01-01T00:00:00.000Z')
})

test('dates by git are stored with the commit that they were read for', async () => {
  await using tide = await world('git', { 'a.md': '# A note\n' })
  const git = gitIn(tide.content.folder)
  await git('2020-01-02T00:00:00Z', 'init', '-q')
  await git('2020-01-02T00:00:00Z', 'add', 'articles')
  await git('2020-01-02T00:00:00Z', 'commit', '-qm', 'one')
  await tide.restart()
  expect(datesOf(tide.articles.current())).toEqual({ 'a.md': '2020-01-02T00:00:00.000Z' })
  // Without its objects git can no longer list commits, but still knows the current one.
  await rm(join(tide.content.folder, '.git/objects'), { recursive: true })
  await tide.content.write('.git/objects/info/packs', '')
  await tide.restart()
  expect(datesOf(tide.articles.current())).toEqual({ 'a.md': '2020-01-02T00:00:00.000Z' })
})

test('a folder that git does not know, and a shallow clone, are reported', async () => {
  await using tide = await world('git', { 'a.md': '# A note\n', 'b.md': '---\ntitle: B\ndate: 2024-01-02\n---\n' })
  const problem = () => tide.articles.current().problems.map(({ severity, path, reason }) => `${severity} ${path} ${reason}`)
  expect(problem()).toEqual([
    'error ../publication.yaml articles.undated is git, but the articles are not in a git repository. Files without a date are left out',
  ])
  expect(datesOf(tide.articles.current())).toEqual({ 'b.md': '2024-01-02T00:00:00.000Z' })
  const git = gitIn(tide.content.folder)
  await git('2020-01-02T00:00:00Z', 'init', '-q')
  await tide.restart()
  expect(problem()[0]).toContain('has no commits')
  await git('2020-01-02T00:00:00Z', 'add', 'articles')
  await git('2020-01-02T00:00:00Z', 'commit', '-qm', 'one')
  await git('2021-01-02T00:00:00Z', 'commit', '-qm', 'two', '--allow-empty')
  await using clone = await world('git', {})
  await rm(join(clone.content.folder, 'articles'), { recursive: true, force: true })
  await run('git', ['clone', '-q', '--depth', '1', `file://${tide.content.folder}`, join(clone.content.folder, 'clone')])
  await rename(join(clone.content.folder, 'clone/.git'), join(clone.content.folder, '.git'))
  await rename(join(clone.content.folder, 'clone/articles'), join(clone.content.folder, 'articles'))
  await clone.restart()
  expect(clone.articles.current().problems[0]?.reason).toContain('shallow clone')
  expect(clone.articles.current().leftOut).toMatchObject([{ path: 'a.md', reason: 'undated' }])
})
