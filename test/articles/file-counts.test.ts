import { readdirSync } from 'node:fs'
import { mkdir, symlink } from 'node:fs/promises'
import { join, relative } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readArticles } from '../../src/articles/articles.ts'
import { countFiles, describeCounts } from '../../src/articles/file-counts.ts'
import { listUnread } from '../../src/articles/files/unread-files.ts'
import { readPublication } from '../../src/publication/read.ts'
import { makeContent } from '../support/content.ts'
import { quietLog } from '../support/quiet.ts'
import { runHere } from '../support/run-command.ts'
import { dataFolder, startService } from '../support/spawned-service.ts'
import { openArticlesWorld } from './articles-world.ts'

const now = new Date('2026-11-24T09:00:00Z')
const settings = 'title: T\nlanguage: en\nsender: { name: T, email: t@example.org }\n'
const dated = '---\ntitle: T\ndate: 2024-01-02\n---\nText.\n'

async function account(folder: string) {
  const reading = await readPublication(folder, undefined, 'http://localhost:3000')
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  const { articles, leftOut } = await readArticles(reading.publication, now)
  const { files } = await listUnread(reading.publication)
  return { articles, leftOut: [...leftOut, ...files], counts: countFiles(articles.length, [...leftOut, ...files]) }
}

test('each reason for which a file is not served is named', async () => {
  await using content = await makeContent({}, settings)
  const files: Record<string, [string, string]> = {
    'served.md': [dated, 'served'],
    'a/draft.mdx': ['---\ntitle: D\ndraft: true\n---\n', 'draft'],
    '_drafts/soon.md': ['# Soon', 'draft'],
    'later.qmd': ['---\ntitle: L\ndate: 2027-01-02\n---\n', 'scheduled'],
    'torn.markdown': ['---\ntitle: "torn\n---\n', 'error'],
    'served.fr.md': [dated, 'translation'],
    'note.mdoc': ['A note.', 'undated'],
    'page.md': ['---\ntitle: A page\n---\n', 'undated'],
    'README.md': ['# How to build', 'page'],
    'about.md': ['---\ntitle: About\n---\n', 'page'],
    'blog/_index.md': ['---\ntitle: Blog\n---\n', 'section'],
    '_note.mkd': ['A part.', 'partial'],
    '_includes/a.md': ['A part.', 'template'],
    'themes/x/README.md': ['# A theme', 'template'],
    'b.Rmd': [dated, 'notebook'],
    'b.md': [dated, 'served'],
    'old.md.bak': [dated, 'other_name'],
    'old.html.md.erb': [dated, 'other_name'],
    '.hidden.md': [dated, 'dot_file'],
    '.obsidian/a.md': [dated, 'dot_file'],
    'node_modules/x/README.md': ['# X', 'dot_file'],
  }
  for (const [path, [text]] of Object.entries(files)) await content.write(path, text)
  const { articles, leftOut, counts } = await account(content.folder)
  const found = new Map([
    ...articles.map(({ path }) => [path, 'served'] as const),
    ...leftOut.map(({ path, reason }) => [path, reason] as const),
  ])
  expect(Object.fromEntries([...found].sort())).toEqual(
    Object.fromEntries(
      Object.entries(files)
        .map(([path, [, reason]]) => [path, reason])
        .sort(),
    ),
  )
  expect(counts).toMatchObject({ total: 21, served: 2, left_out: { draft: 2, translation: 1 }, not_articles: { undated: 2, dot_file: 3 } })
  expect(describeCounts(counts)).toMatch(
    /^21 Markdown files: 2 served; 5 left out \(2 drafts, .*1 translation\); 14 not articles \(2 without a date, /,
  )
})

const endings = [
  '.md',
  '.mdx',
  '.markdown',
  '.mdown',
  '.mkd',
  '.mkdn',
  '.mdoc',
  '.qmd',
  '.Rmd',
  '.MD',
  '.md.bak',
  '.md~',
  '.md.erb',
  '.txt',
  '.png',
]
const names = [
  'post',
  'index',
  '_index',
  'README',
  'about',
  '_part',
  '2024-01-02-x',
  '2024-02-30-x',
  'post.en',
  'post.fr',
  '.dot',
  'page',
  '404',
  'x.html',
]
const folders = ['blog', '_posts', '_drafts', '_includes', 'en', 'fr', 'node_modules', '.git', 'themes', '2024', 'articles']
const texts = [
  dated,
  '---\ntitle: T\n---\n',
  'Text.',
  '',
  '---\ntitle: T\ndate: 2024-02-30\n---\n',
  '---\ntitle: T\ndraft: true\n---\n',
  '---\ntitle: T\ndate: 2099-01-01\n---\n',
  '---js\nx\n---\n',
  '---\ntitle: T\nslug: same\nid: same\ndate: 2024-01-03\n---\n',
  '---\ntitle: T\nslug: a/b\ndate: 2024-01-03\n---\n',
  'Title: T\nDate: 2024-01-02\n\nText.',
  '\0\xff',
]

test('the counts add up to the Markdown files of any tree', async () => {
  const file = fc.record({
    folder: fc.array(fc.constantFrom(...folders), { maxLength: 3 }),
    name: fc.constantFrom(...names),
    ending: fc.constantFrom(...endings),
    text: fc.constantFrom(...texts),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(file, { maxLength: 40 }), fc.constantFrom('', 'articles: blog\n'), async (tree, more) => {
      await using content = await makeContent({}, settings + more)
      await mkdir(join(content.folder, 'blog'))
      for (const { folder, name, ending, text } of tree) await content.write([...folder, name + ending].join('/'), text)
      const { articles, leftOut, counts } = await account(content.folder)
      const reading = await readPublication(content.folder, undefined, 'http://localhost:3000')
      const base = reading.ok ? reading.publication.articlesFolder : ''
      const onDisk = readdirSync(content.folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.(?:md|mdx|markdown|mdown|mkdn?|mdoc|qmd|rmd)(?:~|\.\w+)?$/i.test(entry.name))
        .map((entry) => relative(base, join(entry.parentPath, entry.name)))
      expect([...articles, ...leftOut].map(({ path }) => path).sort()).toEqual(onDisk.sort())
      const sum = (part: object) => Object.values(part).reduce((all: number, one: number) => all + one, 0)
      expect(counts.served + sum(counts.left_out) + sum(counts.not_articles)).toBe(counts.total)
      expect(counts.total).toBe(onDisk.length)
      expect(leftOut.filter(({ reason }) => reason === 'hidden')).toEqual([])
    }),
    { numRuns: 60 },
  )
})

test('check counts the files, says in one line that notes have no date, and names each file only when asked', async () => {
  await using content = await makeContent({}, settings)
  await using data = await dataFolder()
  for (let number = 0; number < 30; number++) {
    await content.write(`notes/${number}.md`, 'A note.')
    await content.write(`t/${number}.fr.md`, dated)
    await content.write(`t/${number}.md`, dated)
  }
  await mkdir(join(data.folder, 'elsewhere'))
  await symlink(join(data.folder, 'elsewhere'), join(content.folder, 'linked'))
  const check = (...args: string[]) => runHere(content.folder, data.folder, ['check', ...args])
  const { out } = await check()
  expect(out.match(/have no date/g)).toHaveLength(1)
  expect(out).toMatch(/30 files have no date: notes\/0\.md, .* and 27 more\. .*undated: git.*undated: first_seen/)
  expect(out).toContain('90 Markdown files: 30 served; 30 left out (30 translations); 30 not articles (30 without a date).\n')
  expect(out).toContain('linked: the folder is a link')
  expect(out).not.toContain('is a translation')
  const verbose = await check('--verbose')
  expect(verbose.out.match(/is a translation \(fr\) of t\/\d+\.md/g)).toHaveLength(30)
  expect(verbose.out.match(/: has no date/g)).toHaveLength(30)
  expect(JSON.parse((await check('--json')).out).files).toEqual({
    total: 90,
    served: 30,
    left_out: { translation: 30 },
    not_articles: { undated: 30 },
  })
  expect((await runHere(content.folder, data.folder, ['why', 'notes/7.md'])).out).toBe('notes/7.md has no date\n')
  await using service = await startService({ content: content.folder, data: data.folder, now: now.toISOString() })
  const said = service.said().split('\n')
  expect(said.filter((line) => line.includes('translation'))).toHaveLength(1)
  expect(said.find((line) => line.includes('translation'))).toContain('90 Markdown files: 30 served; 30 left out (30 translations)')
})

test('of many problems the start logs twenty, and counts the others', async () => {
  const lines: string[] = []
  const log = { ...quietLog, warn: (...words: unknown[]) => void lines.push(JSON.stringify(words)) }
  const files = Object.fromEntries(Array.from({ length: 50 }, (_, number) => [`${number}.md`, '---\ntitle: "torn\n---\n']))
  await using world = await openArticlesWorld(files, { log })
  expect(world.articles.current().problems).toHaveLength(50)
  expect(lines.filter((line) => line.includes('has an error and was not read'))).toHaveLength(20)
  expect(lines.filter((line) => line.includes('30 more problems with articles'))).toHaveLength(1)
})

test('a file that looks like Markdown is counted when it comes and goes', async () => {
  await using world = await openArticlesWorld({ 'a.md': dated })
  const next = await world.nextChange(() => world.content.write('articles/b.md.bak', dated))
  expect(next.leftOut).toMatchObject([{ path: 'b.md.bak', reason: 'other_name' }])
  expect((await world.nextChange(() => world.content.remove('articles/b.md.bak'))).leftOut).toEqual([])
})
