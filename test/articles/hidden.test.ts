import { expect, test } from 'vitest'
import { lintHidden } from '../../src/articles/lint-hidden.ts'
import { articleText } from '../support/content.ts'
import { quietLog } from '../support/quiet.ts'
import { makePublication, openArticlesWorld } from './articles-world.ts'

const file = (extra: string, date = '2026-11-10') => articleText({ date, extra: `${extra}\n` })
const slugsOf = (articles: readonly { readonly slug: string }[]) => articles.map(({ slug }) => slug).sort()

const files = {
  'plain.md': file('subheading: A'),
  'draft.md': file('draft: true'),
  'private.md': file('private: true'),
  'password.md': file('password: swordfish'),
  'unlisted.md': file('unlisted: true'),
  'noindex.md': file('noindex: true'),
  'over.md': file('expires: 2026-11-20'),
  'no-mail.md': file('mail: never'),
  'no-feed.md': file('feed: never'),
  'mail-only.md': file('mail: only'),
}

test('each kind of article is where its author wants it', async () => {
  await using world = await openArticlesWorld(files)
  const snapshot = world.articles.current()
  expect(slugsOf(snapshot.articles)).toEqual(['no-feed', 'no-mail', 'noindex', 'plain'])
  expect(slugsOf(snapshot.inFeeds)).toEqual(['no-mail', 'noindex', 'plain'])
  expect(slugsOf(snapshot.inMail)).toEqual(['mail-only', 'no-feed', 'noindex', 'plain'])
  expect(slugsOf([...snapshot.bySlug.values()].filter(({ isIndexed }) => isIndexed))).toEqual(['no-feed', 'no-mail', 'plain'])
  expect(slugsOf(snapshot.unlisted)).toEqual(['unlisted'])
  expect(slugsOf(snapshot.mailOnly)).toEqual(['mail-only'])
  expect(snapshot.bySlug.has('mail-only')).toBe(false)
  expect(slugsOf(snapshot.unpublished)).toEqual(['draft', 'private'])
  expect(snapshot.hidden.map(({ article, hiding }) => [article.slug, hiding.words])).toEqual([
    ['over', 'expired on 2026-11-20'],
    ['password', 'protected: password'],
  ])
  const found = (slug: string) => world.articles.find(slug)
  for (const slug of ['draft', 'private', 'password']) expect(found(slug), slug).toEqual({ status: 'unknown' })
  expect(found('over')).toEqual({ status: 'expired', at: new Date('2026-11-20T00:00:00Z') })
  expect(found('unlisted')).toMatchObject({ status: 'published' })
})

test('articles.show lifts the kinds that it names, and never drafts and private ones', async () => {
  const { articles } = makePublication('/c')
  const publication = { articles: { ...articles, show: ['unlisted', 'expired', 'protected'] as const } }
  await using world = await openArticlesWorld(files, { publication })
  const { articles: shown, inFeeds, inMail } = world.articles.current()
  expect(slugsOf(shown)).toEqual(['no-feed', 'no-mail', 'noindex', 'over', 'password', 'plain', 'unlisted'])
  expect(slugsOf(inFeeds)).toEqual(['no-mail', 'noindex', 'over', 'password', 'plain', 'unlisted'])
  expect(slugsOf(inMail)).toEqual(['mail-only', 'no-feed', 'noindex', 'over', 'password', 'plain', 'unlisted'])
})

test('an article goes by the clock when its time is over, also before it was ever due', async () => {
  await using world = await openArticlesWorld({
    'a.md': file('expires: 2026-11-25'),
    'b.md': file('expires: 2026-11-26T10:00:00Z', '2026-11-24T22:00:00Z'),
    'c.md': file('expires: 2026-11-25', '2026-11-27'),
  })
  const now = () => slugsOf(world.articles.current().articles)
  expect(now()).toEqual(['a'])
  await world.nextChange(() => world.clock.set('2026-11-24T22:00:00Z'))
  expect(now()).toEqual(['a', 'b'])
  await world.nextChange(() => world.clock.set('2026-11-25T00:00:00Z'))
  expect(now()).toEqual(['b'])
  expect(world.articles.find('a')).toEqual({ status: 'expired', at: new Date('2026-11-25T00:00:00Z') })
  await world.nextChange(() => world.clock.set('2026-11-26T10:00:00Z'))
  expect(now()).toEqual([])
  expect(world.articles.current().nextDueAt).toBeUndefined()
})

test('a hidden article leaves its slug and its links to others', async () => {
  await using world = await openArticlesWorld({
    'old/tides.md': file('password: x'),
    'old/secret.md': file('password: x'),
    'tides.md': file('subheading: A'),
    'links.md': articleText({ body: 'See [hidden](old/secret.md), [listed](tides.md) and [unlisted](quiet.md).' }),
    'quiet.md': file('unlisted: true'),
  })
  const snapshot = world.articles.current()
  expect(snapshot.problems).toEqual([])
  expect(snapshot.bySlug.get('tides')?.path).toBe('tides.md')
  const html = snapshot.bySlug.get('links')?.html() ?? ''
  expect(html).toContain('See <a>hidden</a>,')
  expect(html).toContain('/articles/quiet')
})

test('a listed article keeps its address when an unlisted one has the same slug', async () => {
  await using world = await openArticlesWorld({ 'a/tides.md': file('hidden: true'), 'b/tides.md': file('subheading: A') })
  const { bySlug, problems } = world.articles.current()
  expect(bySlug.get('tides')?.path).toBe('b/tides.md')
  expect(problems).toMatchObject([{ path: 'a/tides.md', field: 'slug' }])
})

test('a translation of a protected article does not take its place', async () => {
  await using world = await openArticlesWorld({ 'post.md': file('password: x'), 'post.fr.md': file('subheading: A') })
  expect(world.articles.current().articles).toEqual([])
})

test('an edit that hides an article counts even if the file has an error', async () => {
  await using world = await openArticlesWorld({ 'a.md': file('subheading: A') })
  await world.nextChange(() => world.content.write('articles/a.md', "---\ntitle: A\npublish_date: 'soon'\npassword: x\n---\nText.\n"))
  expect(world.articles.current().articles).toEqual([])
})

test('check names each hidden article by line, with the reason and the setting that shows it', async () => {
  await using world = await openArticlesWorld(files)
  const findings = lintHidden(world.publication, world.articles.current())
  const told = findings.map(({ severity, file: path, line, reason }) => [severity, path?.split('/').at(-1), line, reason])
  expect(told).toEqual([
    [
      'notice',
      'over.md',
      12,
      'hides the article (expired on 2026-11-20): it is no longer published. To show it: articles: { show: [expired] }',
    ],
    [
      'notice',
      'password.md',
      12,
      'hides the article (protected: password): it is not published. To show it: articles: { show: [protected] }',
    ],
    ['notice', 'mail-only.md', 12, 'hides the article (only in mail): it is in digests only, without a page'],
    [
      'notice',
      'unlisted.md',
      12,
      'hides the article (unlisted): only its page is served, with noindex. To show it everywhere: articles: { show: [unlisted] }',
    ],
    ['notice', 'private.md', 12, 'hides the article (private): it is not published, and no setting shows it'],
  ])
})

test.each(['sqlite', 'postgres'] as const)('the first start on %s counts once what was published and stops being shown', async (engine) => {
  const said: string[] = []
  const log = { ...quietLog, warn: (_: unknown, message: string) => void said.push(message) } as typeof quietLog
  const shown = file('subheading: A')
  await using world = await openArticlesWorld({ 'a.md': shown, 'b.md': shown, 'c.md': shown, 'd.md': shown }, { engine, log })
  await world.content.write('articles/a.md', file('password: x'))
  await world.content.write('articles/b.md', file('expires: 2026-11-20'))
  await world.content.write('articles/c.md', file('draft: true'))
  await world.content.write('articles/new.md', file('password: x'))
  await world.restart()
  await world.articles.reportHidden()
  await world.articles.reportHidden()
  expect(said.filter((line) => line.includes('no longer shown'))).toEqual([
    'published articles that are no longer shown, because their authors hide them: 2; npx broadsheet check names them',
  ])
})
