import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readArticles } from '../../../src/articles/articles.ts'
import { lintAll } from '../../../src/digests/edition/lint.ts'
import { type Renderer, startRenderer } from '../../../src/email/renderer.ts'
import type { Finding } from '../../../src/platform/finding.ts'
import { readPublication } from '../../../src/publication/read.ts'
import { makeContent } from '../../support/content.ts'

const now = new Date('2026-11-20T09:00:00Z')
let renderer: Renderer

beforeAll(() => {
  renderer = startRenderer(resolve('templates'))
})

afterAll(() => renderer?.close())

const publication = {
  title: 'Tide',
  url: 'https://tide.example',
  language: 'en',
  timezone: 'Europe/London',
  sender: { name: 'Tide', email: 'news@tide.example' },
  postal_address: '1 Quay Street',
  digests: { weekly: { title: 'The week', schedule: '0 8 * * mon' } },
}

const whole = {
  title: 'Tides',
  description: 'Two sentences about tides. They are short.',
  publish_date: '2026-11-10',
  heroImage: 'https://pictures.tide.example/a.jpg',
  hero_alt: 'A tide staff',
}

async function lint(
  articles: Readonly<Record<string, { fields?: object; body?: string }>>,
  settings: object = {},
  templates = resolve('templates'),
  by = renderer,
) {
  await using content = await makeContent(
    Object.fromEntries(
      Object.entries(articles).map(([name, { fields = {}, body = 'The water rose.' }]) => [
        name,
        `---\n${JSON.stringify({ ...whole, ...fields }, null, 1)}\n---\n\n${body}\n`,
      ]),
    ),
    JSON.stringify({ ...publication, ...settings }, null, 1),
  )
  await content.write('images/heavy.jpg', new Uint8Array(1_200_000).fill(0xff))
  const reading = await readPublication(content.folder, undefined, 'http://localhost:3000')
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  const snapshot = await readArticles(reading.publication, now)
  const findings = await lintAll(reading.publication, snapshot, by.render, templates, now)
  return findings.map(({ severity, file = '', line, field, reason }: Finding) => ({
    severity,
    where: `${file.replace(`${content.folder}/`, '').replace(`${templates}/`, 'templates/')}:${line ?? ''}`,
    text: `${field} ${reason}`,
  }))
}

test('a complete article has no findings', async () => {
  expect(
    await lint({
      'a.md': {
        body: 'See [the almanac](https://almanac.example.org/) and ![a quay](https://pictures.tide.example/q.png).[^1]\n\n[^1]: Ibid',
      },
    }),
  ).toEqual([])
})

test.each<[string, { fields?: object; body?: string }, string, RegExp]>([
  ['a description that is missing', { fields: { description: undefined } }, 'articles/a.md:', /^description is missing/],
  ['a hero without words', { fields: { hero_alt: undefined } }, 'articles/a.md:6', /^hero_alt is missing/],
  [
    'a picture without words',
    { body: 'One.\n\nTwo ![](https://pictures.tide.example/q.png)' },
    'articles/a.md:13',
    /q\.png has no alt text/,
  ],
  [
    'a picture without words in HTML',
    { body: '<p>\n<img src="https://pictures.tide.example/q.png">\n</p>' },
    'articles/a.md:12',
    /has no alt text/,
  ],
  [
    'a link to an article that is not there',
    { body: 'See [this](other.md).' },
    'articles/a.md:11',
    /other\.md is broken: no published article is in that file/,
  ],
  [
    'a link to a page of ours that is not there',
    { body: 'See [this](https://tide.example/articles/none).' },
    'articles/a.md:11',
    /is broken: no published article has this address/,
  ],
  [
    'a link to the writer’s own machine',
    { body: 'See [this](http://localhost:3000/x).' },
    'articles/a.md:11',
    /points to a private or local host/,
  ],
  ['a link that anybody can read on its way', { body: 'See [this](http://almanac.example.org/).' }, 'articles/a.md:11', /uses http/],
  [
    'a call to action that leads into the local network',
    { fields: { cta: 'Go', cta_url: 'https://192.168.1.7/' } },
    'articles/a.md:',
    /^cta_url points to a private or local host/,
  ],
  ['a picture that is too heavy', { body: '![a quay](../images/heavy.jpg)' }, 'articles/a.md:11', /1\.2 MB/],
])('%s is reported with file, line and field', async (_name, article, where, text) => {
  const findings = await lint({ 'a.md': article })
  expect(findings).toContainEqual({
    severity: expect.stringMatching(/warning|notice/),
    where: expect.stringContaining(where),
    text: expect.stringMatching(text),
  })
})

test('settings and digests: no postal address, a local address, a digest without articles, a subject that is too long', async () => {
  const settings = {
    url: 'http://localhost:3000',
    postal_address: undefined,
    accent: { light: '#d9a0a0', dark: '#402020' },
    topics: { coast: 'Coast' },
    digests: { ...publication.digests, coast: { title: 'Coast', schedule: '0 7 * * *', topics: ['coast'] } },
  }
  const findings = await lint({ 'a.md': { fields: { title: `Tides ${'and tides '.repeat(10)}` } } }, settings)
  for (const text of [
    /^accent\.light #d9a0a0 has too little contrast on #fffdf8: 2\.2 : 1/,
    /^accent\.dark #402020 has too little contrast on #16150f: 1\.3 : 1/,
    /^url http:\/\/localhost:3000 points to a private or local host/,
    /^postal_address is missing/,
    /^digests\.coast has nothing to send/,
    /^subject has \d+ characters/,
  ]) {
    expect(findings).toContainEqual(expect.objectContaining({ text: expect.stringMatching(text) }))
  }
  const places = findings.map(({ where, text }) => `${where} ${text.split(' ')[0]}`)
  expect(places).toEqual(
    expect.arrayContaining([
      'publication.yaml:3 url',
      'publication.yaml:24 accent.light',
      'articles/a.md:3 subject',
      'publication.yaml:15 digests.coast',
    ]),
  )
  const worded = { digests: { weekly: { ...publication.digests.weekly, subject: '{{ articles.first.title }} '.repeat(12) } } }
  expect(await lint({ 'a.md': {} }, worded)).toContainEqual({
    severity: 'warning',
    where: 'publication.yaml:15',
    text: expect.stringMatching(/^digests\.weekly\.subject has \d+ characters/),
  })
})

test('faults of a custom template are reported with file and line', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'broadsheet-templates-'))
  const templates = join(parent, 'templates')
  await cp(resolve('templates'), templates, { recursive: true })
  const card = join(templates, 'email/partials/article.mjml')
  const faint = '<p style="color:#bbbbbb;display:grid">Faint</p><img src="http://localhost/x.png"><a href="x.html">x</a>'
  await writeFile(card, (await readFile(card, 'utf8')).replace('</mj-text>', `${faint}</mj-text>`))
  const own = startRenderer(templates)
  const findings = await lint({ 'a.md': {} }, {}, templates, own)
  for (const text of [
    /^contrast "Faint" is #bbbbbb on #fffdf8/,
    /^alt the picture http:\/\/localhost\/x\.png has no alt text/,
    /^support display:grid is not supported by .*Outlook/,
    /^links the link x\.html is a relative URL/,
  ]) {
    expect(findings).toContainEqual({
      severity: 'warning',
      where: expect.stringMatching(/^templates\/email\/.+\.mjml:/),
      text: expect.stringMatching(text),
    })
  }
  await own.close()
  await rm(parent, { recursive: true, force: true })
})

test('different topics that share a page are reported, unless only punctuation differs', async () => {
  const topics = ['C', 'C#', 'open source', 'Open-Source', '.NET', 'Node.js', 'node js']
  const articles = { 'a.md': { fields: { topics } }, 'b.md': { fields: { tags: ['C*', 'Tides & weather', 'Craft'] } } }
  const found = await lint(articles, { topics: { craft: 'Craft', tides: 'Tides & weather' } })
  expect(found.filter(({ text }) => text.startsWith('topics'))).toEqual([
    {
      severity: 'notice',
      where: 'articles/b.md:8',
      text: 'topics "C*" and "C" in a.md are one topic, with the key c: one page, one feed',
    },
  ])
})
