import { expect, test } from 'vitest'
import { parseArticle } from '../../src/articles/parse.ts'
import type { ArticleField } from '../../src/publication/publication.ts'
import { makePublication } from './articles-world.ts'

interface Settings {
  readonly isOwn?: boolean
  readonly fields?: readonly (readonly [ArticleField, readonly string[]])[]
  readonly body?: string
}

function parse(frontMatter: string, { isOwn = false, fields = [], body = 'The water rose.' }: Settings = {}) {
  const plain = makePublication('/c')
  const publication = { ...plain, articles: { ...plain.articles, isOwnFolder: isOwn, fields: new Map(fields) } }
  const file = `---\ntitle: Tides\ndate: 2026-11-10\n${frontMatter}\n---\n${body}\n`
  return parseArticle(file, '_posts/tides.md', { publication, authors: new Map(), dialects: new Set() })
}

const wordsOf = (frontMatter: string, settings?: Settings) => {
  const { parsed } = parse(frontMatter, settings)
  if (!parsed) throw new Error(`not parsed: ${frontMatter}`)
  const { hidings, isIndexed, isInFeeds, mail } = parsed.visibility
  const flags = [...(isIndexed ? [] : ['noindex']), ...(isInFeeds ? [] : ['no feed']), ...(mail === 'usual' ? [] : [`mail ${mail}`])]
  return [...hidings.map(({ words }) => words), ...flags]
}

test.each([
  ['draft: true', 'draft'],
  ['draft: wip', 'draft'],
  ['published: false', 'draft: published'],
  ['dg-publish: false', 'draft: dg-publish'],
  ['saveAsDraft: true', 'draft: saveAsDraft'],
  ['ignorePost: true', 'draft: ignorePost'],
  ['status: Draft', 'draft: status'],
  ['status: pending', 'draft: status'],
  ['private: true', 'private'],
  ['public: no', 'private: public'],
  ['status: private', 'private: status'],
  ['visibility: private', 'private: visibility'],
  ['headless: true', 'private: headless'],
  ['permalink: false', 'private: permalink'],
  ['routable: false', 'private: routable'],
  ['build: { render: never }', 'private: build.render'],
  ['_build:\n  render: false', 'private: _build.render'],
  ['password: x', 'protected: password'],
  ['password: none', 'protected: password'],
  ['password: 1234', 'protected: password'],
  ['password: [a, b]', 'protected: password'],
  ['params: { password: x }', 'protected: params.password'],
  ['encrypted: true', 'protected: encrypted'],
  ['encrypt: { enable: true }', 'protected: encrypt'],
  ['access: paid', 'protected: access'],
  ['access: [members, paid]', 'protected: access'],
  ['access: { site.login: true }', 'protected: access'],
  ['visibility: paid', 'protected: visibility'],
  ['visibility: members', 'protected: visibility'],
  ['visibility: gold-tier', 'protected: visibility'],
  ['audience: only_paid', 'protected: audience'],
  ['paid: true', 'protected: paid'],
  ['members_only: yes', 'protected: members_only'],
  ['protect: logged_in', 'protected: protect'],
  ['unlisted: true', 'unlisted'],
  ['hidden: true', 'unlisted: hidden'],
  ['hideInList: true', 'unlisted: hideInList'],
  ['Status: hidden', 'unlisted: Status'],
  ['eleventyExcludeFromCollections: true', 'unlisted: eleventyExcludeFromCollections'],
  ['build: { list: never }', 'unlisted: build.list'],
  ['build: { list: local }', 'unlisted: build.list'],
  ['_build: { list: false }', 'unlisted: _build.list'],
  ['visibility: unlisted', 'unlisted: visibility'],
])('%s hides the article', (frontMatter, words) => {
  expect(wordsOf(frontMatter)[0]).toBe(words)
})

test.each([
  'draft: false',
  'draft: ""',
  'draft: 0',
  'published: true',
  'published: 2026-11-10',
  'status: published',
  'status: in progress',
  'status: 3',
  'private: "no"',
  'hidden: false',
  'hidden: "0"',
  'hide: [toc, navigation]',
  'unlisted: off',
  'password: ""',
  'password: "  "',
  'password: false',
  'password: []',
  'password:',
  'encrypted: "false"',
  'encrypt: { enable: false, hint: a }',
  'access: public',
  'access: 2024-01-02',
  'access: {}',
  'visibility: public',
  'visibility: Everyone',
  'audience: everyone',
  'audience: developers',
  'paid: false',
  'build: { list: always, render: always }',
  'build: { render: link }',
  'build: never mind',
  'robots: index, follow',
  'robots: { index: true, follow: false }',
  'sitemap: true',
  'sitemap: { priority: 0.3, changefreq: never }',
  'sitemap: { disable: false }',
  'index: 0',
  'mail: owen@example.org',
  'feed: https://example.org/feed.xml',
  'feed: { excerpt_only: true }',
])('%s hides nothing', (frontMatter) => {
  expect(wordsOf(frontMatter)).toEqual([])
})

test.each([
  'noindex: true',
  'robotsNoIndex: true',
  'robots: noindex',
  'robots: "noindex, nofollow"',
  'robots: none',
  'robots: { index: false }',
  'seo: { noindex: true }',
  'metadata: { robots: noindex }',
  'head:\n  - - meta\n    - name: robots\n      content: noindex',
  'sitemap: false',
  'sitemap: { disable: true }',
  'sitemap: { exclude: "yes" }',
  'sitemap: never',
  'sitemap_exclude: true',
])('%s keeps search engines away', (frontMatter) => {
  expect(wordsOf(frontMatter)).toEqual(['noindex'])
})

test('feed and mail have values of their own, and other values mean something else in a foreign folder', () => {
  expect(wordsOf('feed: never')).toEqual(['no feed'])
  expect(wordsOf('hiddenFromFeed: true')).toEqual(['no feed'])
  expect(wordsOf('mail: only')).toEqual(['mail only'])
  expect(wordsOf('newsletter: Never', { fields: [['mail', ['newsletter']]] })).toEqual(['mail never'])
  expect(parse('mail: owen@example.org').problems).toEqual([])
  expect(parse('mail: sometimes\nfeed: no', { isOwn: true }).problems).toMatchObject([
    { severity: 'warning', field: 'mail', line: 4, reason: 'mail must be only or never' },
    { severity: 'warning', field: 'feed', line: 5, reason: 'feed must be never' },
  ])
})

const expiryOf = (frontMatter: string, settings?: Settings) => parse(frontMatter, settings).parsed?.visibility.expiry?.at.toISOString()

test.each(['expires', 'expiryDate', 'expiry_date', 'unpublishDate', 'unpublish_date', 'expiration-date', 'Expire_Date'])(
  '%s ends the time of an article, at the start of that day in the time zone of the publication',
  (name) => {
    expect(expiryOf(`${name}: 2026-07-10`)).toBe('2026-07-09T23:00:00.000Z')
    expect(expiryOf(`${name}: 2026-07-10T12:00:00-07:00`)).toBe('2026-07-10T19:00:00.000Z')
  },
)

test('an expiry may be written in TOML, under a name of the blog, and must be a date', () => {
  const publication = makePublication('/c')
  const file = (date: string) => `+++\ntitle = "Tides"\ndate = 2026-01-10\nexpiryDate = ${date}\n+++\nText.\n`
  const toml = (date: string) =>
    parseArticle(file(date), 'tides.md', { publication, authors: new Map(), dialects: new Set() }).parsed?.visibility.expiry?.at
  expect(toml('2026-07-10')).toEqual(new Date('2026-07-09T23:00:00Z'))
  expect(toml('2026-07-10T12:00:00Z')).toEqual(new Date('2026-07-10T12:00:00Z'))
  expect(expiryOf('bis: 2026-11-12', { fields: [['expires', ['bis']]] })).toBe('2026-11-12T00:00:00.000Z')
  for (const none of ['never', 'false', '""', '']) expect(parse(`expires: ${none}`)).toMatchObject({ problems: [] })
  const { problems, parsed } = parse('expires: [soon]\nexpiryDate: next week')
  expect(parsed?.visibility.expiry).toBeUndefined()
  expect(problems.map(({ line, field, severity }) => [severity, field, line])).toEqual([
    ['warning', 'expires', 4],
    ['warning', 'expiryDate', 5],
  ])
})

test('TOML and JSON say it too', () => {
  const publication = makePublication('/c')
  const hidings = (file: string) =>
    parseArticle(file, 'tides.md', { publication, authors: new Map(), dialects: new Set() }).parsed?.visibility.hidings
  const toml = (rest: string) => `+++\ntitle = "Tides"\ndate = 2026-01-10\n${rest}\n+++\nText.\n`
  expect(hidings(toml('[build]\nlist = "never"'))).toMatchObject([{ words: 'unlisted: build.list', line: 4 }])
  expect(hidings(toml('password = 1234'))).toMatchObject([{ words: 'protected: password', line: 4 }])
  expect(hidings(toml('encrypted = false\n[params]\nhidden = true'))).toMatchObject([{ words: 'unlisted: params.hidden', line: 5 }])
  const json = (rest: string) => `---json\n{ "title": "Tides", "date": "2026-01-10",\n${rest} }\n---\nText.\n`
  expect(hidings(json('"password": { "hash": "x" }'))).toMatchObject([{ words: 'protected: password', line: 3 }])
  expect(hidings(json('"password": null, "private": false'))).toEqual([])
})

test('the strictest reason comes first, and no reason repeats a password', () => {
  expect(wordsOf('hidden: true\npassword: swordfish\nprivate: true')).toEqual(['private', 'protected: password', 'unlisted: hidden'])
  expect(JSON.stringify(parse('password: swordfish\nencrypted: swordfish').parsed?.visibility)).not.toContain('swordfish')
})

test('a text with an encrypted part is protected, as its generator shows it to nobody', () => {
  const shortcode = '{{% hugo-encryptor "swordfish" %}}\nSecret.\n{{% /hugo-encryptor %}}'
  expect(wordsOf('author: A', { body: shortcode })).toEqual(['protected: encrypted text'])
  expect(wordsOf('author: A', { body: '{{< fixit-encryptor "x" >}}Secret.{{< /fixit-encryptor >}}' })).toEqual([
    'protected: encrypted text',
  ])
  expect(wordsOf('author: A', { body: 'How to encrypt: {{ encrypt }}' })).toEqual([])
})

test('no value of a field that hides makes the reader throw', () => {
  const deep = `${'['.repeat(200)}1${']'.repeat(200)}`
  const values = [
    '~',
    '[]',
    '{}',
    '[[[[[[[1]]]]]]]',
    '{ a: { b: { c: { d: { e: 1 } } } } }',
    '.nan',
    '2026-02-30',
    `"${'noindex '.repeat(5000)}"`,
    deep,
    '{ __proto__: 1, constructor: 2 }',
  ]
  const names = [
    'draft',
    'password',
    'access',
    'visibility',
    'build',
    'robots',
    'sitemap',
    'head',
    'metadata',
    'status',
    'hidden',
    'expires',
    'mail',
    'feed',
    'encrypt',
    'toString',
    '__proto__',
    'constructor',
  ]
  for (const name of names)
    for (const value of values) expect(() => parse(`${name}: ${value}`), `${name}: ${value.slice(0, 40)}`).not.toThrow()
})
